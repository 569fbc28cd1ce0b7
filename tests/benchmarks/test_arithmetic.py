"""The emulated forms have the errors of their number types, and the emulated step is that of a model."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

import numpy as np
import pytest
import torch

from tests.benchmarks import arithmetic
from tests.benchmarks.arithmetic import FLOAT32, FORMS, cut_off, rounded, step
from tests.benchmarks.arithmetic_errors import gradient_error, inputs, relative, tasks
from tests.helpers.small import small
from tms.engines import reference
from tms.engines.cuda.plan import plan_of
from tms.engines.fused_cuda import lacking
from tms.engines.result import initial_weights
from tms.experiment import Experiment

BY_NAME = {form.name: form for form in FORMS}


def numbers(*shape: int, seed: int = 0) -> torch.Tensor:
    drawn = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    return torch.from_numpy(drawn).double()


def test_sums_that_are_cut_off_are_the_nearest_number_towards_zero() -> None:
    x = numbers(1000) * numbers(1000, seed=1)
    cut = cut_off(x)
    assert (cut.abs() <= x.abs()).all()
    assert (torch.nextafter(cut.float(), x.float() * torch.inf).double().abs() > x.abs()).all()
    assert torch.equal(cut_off(cut), cut)
    assert (rounded(x) - x).abs().sum() < 0.7 * (cut - x).abs().sum()


@pytest.mark.parametrize(
    ("terms", "bits"), [(arithmetic.tf32_terms, 22), (arithmetic.bf16_terms, 24), (arithmetic.fp16_terms, 22)]
)
def test_terms_hold_as_many_bits_as_their_types_have(terms: object, bits: int) -> None:
    assert callable(terms)
    x = numbers(10, 100)
    split = terms(x)
    assert ((sum(split) - x).abs() <= 2.0**-bits * x.abs()).all()
    types = {2: (torch.float16, torch.bfloat16), 3: (torch.bfloat16,)}[len(split)]
    assert torch.equal(split[0].to(types[0]).double(), split[0]) or terms is arithmetic.tf32_terms


def test_an_fma_unit_rounds_its_sum_after_each_product() -> None:
    a, b = numbers(1, 40), numbers(40, 1, seed=1)
    total = Fraction(0)
    for one, other in zip(a[0].tolist(), b[:, 0].tolist(), strict=True):
        total = Fraction(float(np.float32(float(total + Fraction(one) * Fraction(other)))))
    assert float(FLOAT32.product(a, b, rounded, None)) == float(total)


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("float32 on FMA units", 1e-8, 3e-7),
        ("TF32", 1e-4, 1e-3),
        ("bf16 x 3", 1e-6, 1e-4),
        ("fp16 x 3, second term scaled", 1e-8, 4e-7),
        ("bf16 x 6, one sum", 1e-8, 3e-7),
        ("bf16 x 6", 1e-8, 2e-7),
    ],
)
def test_each_form_has_the_error_of_its_number_type(name: str, least: float, most: float) -> None:
    a, b = numbers(40, 100), numbers(100, 30, seed=1)
    assert least <= relative(BY_NAME[name].product(a, b, rounded, 32), a @ b) <= most


def test_a_tensor_core_that_cuts_off_long_sums_is_less_exact_than_one_that_rounds_them() -> None:
    a, b = numbers(40, 400).abs(), numbers(400, 30, seed=1).abs()
    one_sum, apart = BY_NAME["bf16 x 6, one sum"], BY_NAME["bf16 x 6"]
    errors = [relative(form.product(a, b, cut_off, form.rows), a @ b) for form in (one_sum, apart)]
    assert errors[0] > 5 * errors[1]


EXPERIMENTS: Final[list[dict[str, Any]]] = [
    {"batch_size": 64, "density": 0.5},
    {
        "batch_size": 64,
        "architecture": "relu_hidden_untied",
        "n_hidden": 8,
        "signed": True,
        "target": "absolute",
        "importance": [[1.0, 0.5, 0.2, 2.0, 0.0]],
        "density": 0.5,
    },
]


def of(index: int) -> Experiment:
    return small(seeds=1, held_out=1, steps=1, **EXPERIMENTS[index])


@pytest.mark.parametrize("index", range(len(EXPERIMENTS)))
def test_the_step_has_the_outputs_and_gradients_of_the_model(index: int) -> None:
    experiment = of(index)
    weights = initial_weights(experiment)
    model = reference.build(experiment).double()
    x = inputs(experiment).double()
    importance = torch.from_numpy(experiment.instances.importance)
    reference.losses(model, experiment, x, importance).sum().backward()
    [task] = tasks(experiment, weights)
    exact = step(task, None)
    torch.testing.assert_close(exact.out, model(x)[0].detach())
    names = ["W"] if len(exact.gradient) == 1 else ["W", "W_out"]
    for name, gradient in zip(names, exact.gradient, strict=True):
        expected = model.get_parameter(name).grad
        assert expected is not None
        torch.testing.assert_close(gradient, expected[0], rtol=1e-6, atol=1e-9)
    for form in (FLOAT32, replace(FLOAT32, samples=16)):
        assert relative(step(task, form).gradient, exact.gradient) < 1e-6


@pytest.mark.skipif(lacking() is not None, reason=f"the CUDA kernels are not tested: {lacking()}")
@pytest.mark.skipif(torch.cuda.is_available(), reason="the kernels are defined for a GPU")
@pytest.mark.parametrize("index", range(len(EXPERIMENTS)))
def test_the_error_of_a_kernel_is_measured_at_the_weights_that_are_given(index: int) -> None:
    experiment = of(index)
    plan = plan_of(experiment, ())
    weights = {name: values + 0.1 for name, values in initial_weights(experiment).items()}
    assert gradient_error(experiment, plan, "cpu") < 1e-6
    assert gradient_error(experiment, plan, "cpu", weights) < 1e-6
