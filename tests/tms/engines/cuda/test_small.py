"""The forms for models with few features compute what the default form computes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest
import torch

from tests.helpers.engine_checks import assert_close, assert_same_bits, everything
from tests.helpers.small import VARIANTS, ignore, small
from tms.engines import fused_cuda
from tms.engines.cuda.forms import ACTIVE_INPUTS, REGISTERS
from tms.engines.cuda.plan import Plan, plan_of
from tms.engines.cuda.stack import Stack
from tms.engines.fused_cuda import lacking
from tms.engines.result import Result, initial_weights
from tms.experiment import Experiment
from tms.features import sample

DEVICE: Final = "cuda" if torch.cuda.is_available() else "cpu"

pytestmark = [
    pytest.mark.skipif(lacking() is not None, reason=f"the CUDA kernels are not tested: {lacking()}"),
    pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning"),
]


def run(experiment: Experiment, plan: Plan) -> Result:
    """Train from random weights, with biases that are not 0, so that empty inputs have gradients."""
    random = torch.Generator().manual_seed(0)
    weights = {
        name: values + 0.3 * torch.randn(values.shape, generator=random)
        for name, values in initial_weights(experiment).items()
    }
    return fused_cuda.run(experiment, ignore, DEVICE, plan, weights)


def of(**changes: Any) -> Experiment:
    settings = {"seeds": 1, "steps": 3, "held_out": 20, "checkpoints": (0, 1, 3), "batch_size": 40}
    return small(**{**settings, **changes})


@pytest.mark.parametrize("variant", VARIANTS)
def test_inputs_in_registers_lead_to_the_numbers_of_the_default_form(variant: str) -> None:
    experiment = of(**{"density": [[0.4]], **VARIANTS[variant]})
    plan = replace(plan_of(experiment, (REGISTERS,)), tile=32)
    assert plan.registers
    default = replace(plan, registers=False, kept=True)
    ours, theirs = run(experiment, plan), run(experiment, default)
    if DEVICE == "cpu":
        assert_same_bits(everything(ours), everything(theirs))
    assert_close(ours, theirs)


def test_few_features_need_no_other_blocks_than_in_the_default_form() -> None:
    experiment = of(n_features=3, density=[[0.4]])
    plan, default = plan_of(experiment, (REGISTERS,)), plan_of(experiment, ())
    assert plan == replace(default, registers=True, kept=False)
    if DEVICE == "cpu":
        assert_same_bits(everything(run(experiment, plan)), everything(run(experiment, default)))


def packed(experiment: Experiment) -> tuple[Plan, Plan]:
    """The plan with inputs left out, and the one that differs from it in this alone."""
    plan = replace(plan_of(experiment, (ACTIVE_INPUTS,)), tile=32, warps=1)
    return plan, replace(plan, packed=False)


@pytest.mark.parametrize("density", [0.0, 0.1])
@pytest.mark.parametrize("variant", VARIANTS)
def test_leaving_out_inputs_changes_nothing_but_the_order_of_sums(variant: str, density: float) -> None:
    experiment = of(**{"density": [[density]], **VARIANTS[variant]}, batch_size=100)
    assert_close(*(run(experiment, plan) for plan in packed(experiment)))


@pytest.mark.parametrize("batch", [32, 64, 70])
def test_no_bit_changes_where_no_input_can_be_left_out(batch: int) -> None:
    experiment = of(density=1.0, batch_size=batch)
    ours, theirs = (everything(run(experiment, plan)) for plan in packed(experiment))
    assert_same_bits(ours, theirs)


def test_no_bit_changes_where_only_zeros_are_left_out() -> None:
    experiment = of(density=np.full((8, 1), 0.01), batch_size=30, n_features=4)
    own = experiment.instances
    drawn = sample(experiment.features, own.density, own.keys, 0, 30)
    few = np.flatnonzero(((drawn != 0).any(2).sum(1) <= 2) & (drawn != 0).any(2).any(1))
    assert len(few) >= 2, "sums of two numbers do not depend on their order"
    experiment = experiment.at(few)
    weights = {
        "W": torch.from_numpy(experiment.initial_weights()),
        # Outputs of inputs without an active feature are 0, and so are their gradients.
        "b": torch.full((len(few), 4), -0.01),
    }
    stacks = [Stack(experiment, plan, DEVICE, weights) for plan in packed(experiment)]
    for stack in stacks:
        stack.train(0, 1)
        stack.wait()
    assert_same_bits(*(stack.parameters() for stack in stacks))
    assert stacks[0]._grads.any()


@pytest.mark.parametrize(
    ("n", "m", "batch", "used"),
    [(2, 1, 1024, True), (8, 8, 128, True), (9, 2, 128, False), (5, 4, 2048, False), (8, 9, 64, False)],
)
def test_only_small_models_that_one_program_trains_use_registers(
    n: int, m: int, batch: int, used: bool
) -> None:
    experiment = small(n_features=n, n_hidden=m, batch_size=batch, density=0.1, architecture="relu_hidden")
    for form in (REGISTERS, ACTIVE_INPUTS):
        plan = plan_of(experiment, (form,))
        assert plan.registers == used
        assert plan.packed == (used and form == ACTIVE_INPUTS)
        assert used or plan == plan_of(experiment, ())
