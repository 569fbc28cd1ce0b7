"""The compiled loss is the formula's, and its gradient has the bits of autograd's."""

from __future__ import annotations

from collections.abc import Callable

import numba
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.helpers.engine_checks import SEEDS
from tms.engines import squared_error
from tms.engines.squared_error import can_compile, weighted_error

Arrange = Callable[[Tensor], Tensor]

ARRANGEMENTS: dict[str, Arrange] = {
    "as the inputs": torch.Tensor.contiguous,
    "batch first": lambda x: x.transpose(0, 1).contiguous().transpose(0, 1),
    "feature first": lambda x: x.permute(2, 0, 1).contiguous().permute(1, 2, 0),
    "part of more": lambda x: torch.cat([x, x], 2)[..., : x.shape[2]],
    "repeated": lambda x: x[:1, :1].expand(x.shape),
}


def formula(out: Tensor, target: Tensor, importance: Tensor) -> Tensor:
    return (importance[:, None, :] * (target - out) ** 2).sum(-1).mean(-1)


def problem(shape: tuple[int, int, int], arrange: Arrange, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    instances, _, n = shape
    importance = torch.rand(instances, n, generator=draw)
    if instances > 1:
        importance[1] = importance[0]
    out, target = torch.randn(shape, generator=draw), torch.rand(shape, generator=draw)
    return arrange(out), target, importance


def differentiated(loss: Callable[..., Tensor], out: Tensor, *rest: Tensor) -> tuple[Tensor, Tensor]:
    leaf = out.detach().requires_grad_()
    losses = loss(leaf, *rest)
    losses.sum().backward()
    assert leaf.grad is not None
    return losses.detach(), leaf.grad


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
@given(
    instances=st.integers(1, 4),
    rows=st.sampled_from([1, 2, 7, 100, 300]),
    n=st.sampled_from([1, 2, 3, 5, 100, 513]),
    seed=SEEDS,
)
@settings(max_examples=25)
def test_gradients_have_the_bits_of_autograd(
    arrangement: str, instances: int, rows: int, n: int, seed: int
) -> None:
    given_ = problem((instances, rows, n), ARRANGEMENTS[arrangement], seed)
    losses, gradient = differentiated(weighted_error, *given_)
    expected, exact = differentiated(formula, *given_)
    assert torch.equal(gradient, exact)
    torch.testing.assert_close(losses, expected, rtol=1e-5, atol=0)


@pytest.mark.parametrize("arrangement", ["as the inputs", "batch first"])
def test_gradients_are_arranged_in_memory_like_the_outputs(arrangement: str) -> None:
    out, *rest = problem((3, 7, 5), ARRANGEMENTS[arrangement], 1)
    seen = []
    out.requires_grad_()
    out.register_hook(lambda gradient: seen.append(gradient.stride()))
    weighted_error(out, *rest).sum().backward()
    assert seen == [out.stride()]


def test_losses_are_rounded_once() -> None:
    given_ = problem((2, 5000, 3), torch.Tensor.contiguous, 3)
    exact = formula(*(part.double() for part in given_))
    torch.testing.assert_close(weighted_error(*given_).double(), exact, rtol=2e-7, atol=0)


def test_losses_of_unequal_weight_have_gradients_in_proportion() -> None:
    out, *rest = problem((3, 7, 5), torch.Tensor.contiguous, 1)
    factors = torch.tensor([1.0, 0.0, -2.5])
    _, gradient = differentiated(lambda *own: factors * weighted_error(*own), out, *rest)
    _, expected = differentiated(lambda *own: factors * formula(*own), out, *rest)
    torch.testing.assert_close(gradient, expected)


def test_no_gradient_is_computed_where_none_is_wanted() -> None:
    given_ = problem((2, 6, 3), torch.Tensor.contiguous, 1)
    assert not weighted_error(*given_).requires_grad
    with torch.no_grad():
        assert not weighted_error(given_[0].requires_grad_(), *given_[1:]).requires_grad


@pytest.mark.parametrize("part", [0, 1, 2])
def test_numbers_of_other_types_go_the_way_of_the_formula(part: int) -> None:
    given_ = list(problem((2, 6, 3), torch.Tensor.contiguous, 1))
    given_[part] = given_[part].double()
    assert not can_compile(*given_)
    assert torch.equal(weighted_error(*given_), formula(*given_))


@pytest.mark.parametrize("part", [1, 2])
def test_targets_and_importances_can_have_gradients(part: int) -> None:
    given_ = list(problem((2, 6, 3), torch.Tensor.contiguous, 1))
    given_[part].requires_grad_()
    weighted_error(*given_).sum().backward()
    assert given_[part].grad is not None


def test_the_formula_is_used_where_numba_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    given_ = problem((2, 6, 3), torch.Tensor.contiguous, 1)
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    monkeypatch.setattr(squared_error, "squared_errors", None)
    assert torch.equal(weighted_error(*given_), formula(*given_))
