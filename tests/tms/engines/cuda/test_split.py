"""Three bfloat16 terms hold a float32 number, and six products of terms have the error of float32."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest
import torch

from tests.helpers.bfloat16 import multiply_as_numbers
from tms.engines.cuda.stack import bfloat16_terms
from tms.engines.fused_cuda import lacking

DEVICE: Final = "cuda" if torch.cuda.is_available() else "cpu"
COUNT: Final = 4096

pytestmark = [
    pytest.mark.skipif(lacking() is not None, reason=f"the CUDA kernels are not tested: {lacking()}"),
    pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning"),
]


def terms_of(x: torch.Tensor) -> torch.Tensor:
    from tests.helpers.split_kernels import stored_terms

    terms = torch.empty(3, len(x), dtype=torch.bfloat16, device=DEVICE)
    stored_terms[(1,)](x.to(DEVICE), terms, COUNT=len(x))
    return terms.cpu()


def numbers() -> torch.Tensor:
    """Numbers of all sizes that occur, with random bits, and those at which rounding is special."""
    rng = np.random.default_rng(0)
    sizes = np.exp2(rng.uniform(-60, 60, COUNT)) * rng.choice([-1.0, 1.0], COUNT)
    special = [
        0.0,
        1.0,
        -1.0,
        1 + 2.0**-23,
        2 - 2.0**-23,
        1 + 2.0**-8,
        1 + 3 * 2.0**-8,
        1 - 2.0**-9 - 2.0**-24,
    ]
    return torch.from_numpy(np.concatenate([special, sizes[len(special) :]]).astype(np.float32))


def test_three_terms_are_the_number_and_each_is_small_beside_the_one_before() -> None:
    x = numbers()
    terms = terms_of(x).double()
    assert torch.equal(terms.sum(0), x.double())
    assert (terms[1].abs() <= 2.0**-8 * x.double().abs()).all()
    assert (terms[2].abs() <= 2.0**-16 * x.double().abs()).all()


@pytest.mark.parametrize("value", [torch.nan, -torch.nan, torch.inf, -torch.inf])
def test_what_is_not_finite_has_a_term_that_is_not(value: float) -> None:
    x = torch.full((16,), value)
    # An invalid operation on a GPU gives these bits.
    x[1:][x[1:].isnan()] = torch.tensor(0x7FFFFFFF, dtype=torch.int32).view(torch.float32)
    assert not terms_of(x).float().isfinite().all(0).any()


def test_the_host_splits_initial_weights_as_the_kernels_split_updated_ones() -> None:
    x = numbers()
    assert torch.equal(bfloat16_terms(x[None])[0], terms_of(x))


@pytest.mark.parametrize("inner", [16, 32, 64])
def test_six_products_have_the_error_of_float32(inner: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.helpers.split_kernels import multiplied

    if DEVICE == "cpu":
        multiply_as_numbers(monkeypatch)
    rng = np.random.default_rng(inner)
    a, b = (torch.from_numpy(rng.normal(size=(32, inner)).astype(np.float32)) for _ in range(2))
    out = torch.empty(32, 32, device=DEVICE)
    multiplied[(1,)](a.to(DEVICE), b.to(DEVICE), out, ROWS=32, INNER=inner, COLUMNS=32)
    exact = a.double() @ b.double().T
    terms = (a.double().abs() @ b.double().abs().T).max()
    error, of_float32 = (float((c.double() - exact).abs().max() / terms) for c in (out.cpu(), a @ b.T))
    assert error <= max(1.5 * of_float32, 2.0**-23)
    assert error <= 2.0**-22
