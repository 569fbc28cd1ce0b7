"""The fused CUDA kernels compute what the reference engine computes, from the same samples.

On a machine with a GPU they run compiled; without one, Triton's interpreter runs them in NumPy, slowly, and
one test compiles them for a GPU that is not here.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.helpers.bfloat16 import multiply_as_numbers
from tests.helpers.engine_checks import (
    assert_close,
    assert_same_bits,
    everything,
    exact_gradient,
    random_net,
    settings_of_an_instance,
)
from tests.helpers.paths import ROOT
from tests.helpers.small import VARIANTS, ignore, small
from tms.engines import fused_cpu, fused_cuda, reference
from tms.engines.cuda import stack as stacks
from tms.engines.cuda.layout import views
from tms.engines.cuda.plan import Plan, plan_of
from tms.engines.cuda.stack import Stack
from tms.engines.fused_cuda import lacking
from tms.engines.result import Result
from tms.experiment import Experiment
from tms.features import sample
from tms.random_streams import HELD_OUT

DEVICE: Final = "cuda" if torch.cuda.is_available() else "cpu"

MATRIX_PRODUCTS: Final = {"tile": 16, "dot": True, "rows": 16, "hidden": 16}
FORMS: Final[dict[str, dict[str, Any]]] = {
    "alone": {},
    "alone, drawn again": {"kept": False},
    "alone, several tiles": {"tile": 32},
    "shared": {"shared": True, "tile": 32},
    "alone, matrix products": {**MATRIX_PRODUCTS, "kept": True},
    "shared, matrix products": {**MATRIX_PRODUCTS, "shared": True, "kept": True},
    "shared, matrix products, drawn again": {**MATRIX_PRODUCTS, "shared": True, "kept": False},
    "registers": {"rows": 16, "kept": False, "registers": True},
    "active inputs": {"rows": 16, "kept": False, "registers": True, "packed": True, "tile": 32},
    "tensor cores": {**MATRIX_PRODUCTS, "shared": True, "kept": True, "split": True},
    "tensor cores, drawn again": {**MATRIX_PRODUCTS, "shared": True, "kept": False, "split": True},
}
"""Every way in which the kernels treat a model, forced on models small enough for the interpreter."""

pytestmark = [
    pytest.mark.skipif(lacking() is not None, reason=f"the CUDA kernels are not tested: {lacking()}"),
    pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning"),
]


@pytest.fixture(autouse=True, scope="module")
def _products_of_bfloat16() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if DEVICE == "cpu":
            multiply_as_numbers(patch)
        yield


def form_of(experiment: Experiment, form: str) -> Plan:
    return dataclasses.replace(plan_of(experiment), **FORMS[form])


def run(experiment: Experiment, form: str = "alone") -> Result:
    return fused_cuda.run(experiment, ignore, DEVICE, form_of(experiment, form))


DISTRIBUTIONS: Final[dict[str, dict[str, Any]]] = {
    "independent": {"density": [[0.0, 1.0, 0.3, 1e-3, 2.0**-31, 1e-12, 0.9]]},
    "correlated": {"density": 0.4, "correlated": ((0, 1), (5, 2, 6))},
    "anticorrelated": {"density": [[0.3, 0.3, 1, 1, 1, 0.1, 0.1]], "anticorrelated": ((1, 0), (3, 4, 2))},
    "both, signed": {"density": 0.7, "correlated": ((6, 0),), "anticorrelated": ((1, 2, 3),), "signed": True},
}


@pytest.mark.parametrize("step", [0, 7, HELD_OUT + 3])
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_kernels_draw_the_samples_of_the_other_engines_bit_for_bit(name: str, step: int) -> None:
    from tests.helpers.drawn import drawn

    experiment = small(n_features=7, batch_size=75, seeds=3, **DISTRIBUTIONS[name])
    plan = dataclasses.replace(plan_of(experiment), rows=4, tile=32)
    stack, own = Stack(experiment, plan, DEVICE), experiment.instances
    out = torch.zeros(len(own), 8, 75, device=DEVICE)
    drawn[(len(own), 3)](
        out, stack._keys, stack._features, stack._sets, step, 75, 8, experiment.features.columns, plan=plan
    )
    expected = sample(experiment.features, own.density, own.keys, step, 75)
    assert torch.equal(out[:, :7].transpose(1, 2).cpu(), expected)
    assert not out[:, 7].any(), "padding"


def gradient(experiment: Experiment, form: str, parameters: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """Gradient of the first batch at given parameters."""
    weights = {name: torch.from_numpy(values)[None] for name, values in parameters.items()}
    stack = Stack(experiment, form_of(experiment, form), DEVICE, weights)
    stack.train(0, 1)
    stack.wait()
    return views(stack._grads.sum(1).cpu(), stack._layout)


@given(settings_of_an_instance(), st.sampled_from(list(FORMS)), st.integers(0, 2**32 - 1))
# Compiled, each example takes seconds; interpreted, a failure would take minutes to shrink.
@settings(max_examples=40 if DEVICE == "cpu" else 6, phases=[Phase.explicit, Phase.generate])
def test_gradients_of_the_kernels_are_those_of_autograd_in_float64(
    settings_: dict[str, Any], form: str, seed: int
) -> None:
    experiment = small(**{**settings_, "held_out": 1, "steps": 1})
    net = random_net(experiment, seed)
    exact_loss, exact = exact_gradient(experiment, net, 0)
    computed = gradient(experiment, form, net._asdict())
    scale = max(1e-3, exact_loss, *(np.abs(values).max() for values in exact.values()))
    for name, values in exact.items():
        np.testing.assert_allclose(
            computed[name][0].numpy(), values, rtol=1e-5, atol=1e-5 * scale, err_msg=f"{form}: {name}"
        )


# Drawing again is left to the gradients: interpreted, each combination takes most of a second.
@pytest.mark.parametrize("form", [form for form in FORMS if "drawn again" not in form])
@pytest.mark.parametrize("variant", VARIANTS)
def test_several_steps_are_those_of_the_reference_engine_in_float64(variant: str, form: str) -> None:
    one = {"density": [[0.4]], "seeds": 1, "batch_size": 40, "held_out": 20}
    experiment = small(**one, **VARIANTS[variant], steps=2, checkpoints=(0, 1, 2))
    fused = run(experiment, form)
    exact = reference.run(experiment, "cpu", ignore, dtype=torch.float64)
    assert_close(fused, exact)


def test_training_follows_the_fused_cpu_engine_for_longer() -> None:
    experiment = small(
        density=[[0.3]], seeds=1, steps=20, batch_size=64, schedule="cosine", weight_decay=0.01
    )
    ours, theirs = run(experiment), fused_cpu.run(experiment, ignore)
    np.testing.assert_allclose(ours.parameters["W"], theirs.parameters["W"], atol=1e-3)
    np.testing.assert_allclose(ours.loss, theirs.loss, rtol=1e-3)


@pytest.mark.parametrize("held_out", [1, 33, 1024, 1100])
@pytest.mark.parametrize("form", ["alone", "shared, matrix products"])
def test_held_out_losses_agree_for_any_number_of_inputs(held_out: int, form: str) -> None:
    experiment = small(held_out=held_out, steps=1, batch_size=32, best_of=2)
    expected = reference.run(experiment, "cpu", ignore, dtype=torch.float64)
    plan = dataclasses.replace(form_of(experiment, form), tile=256)
    stack = Stack(experiment, plan, DEVICE)
    stack.train(0, 1)
    np.testing.assert_allclose(stack.held_out_loss(), expected.loss, rtol=2e-5)


@pytest.mark.parametrize("form", FORMS)
def test_an_instance_alone_is_bitwise_the_same_instance_in_a_stack(form: str) -> None:
    stack = small(
        density=np.geomspace(0.03, 1, 5)[:, None],
        seeds=1,
        batch_size=40,
        steps=3,
        held_out=40,
        checkpoints=(0, 3),
    )
    together = everything(run(stack, form))
    for k in (0, 3):
        assert_same_bits(everything(run(stack.at([k]), form)), together, slice(k, k + 1))


@pytest.mark.parametrize("form", ["alone", "shared"])
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(form: str) -> None:
    experiment = small(batch_size=40, steps=3, held_out=40, checkpoints=(0, 3))
    first, second = (everything(run(experiment, form)) for _ in range(2))
    assert_same_bits(first, second)
    other = everything(run(experiment.with_run_seed(1), form))
    assert (first["W"] != other["W"]).reshape(4, -1).any(1).all()


@pytest.mark.parametrize("form", ["alone", "shared", "registers", "tensor cores"])
def test_where_the_steps_are_split_changes_no_bit(form: str) -> None:
    experiment = small(batch_size=40, steps=5, held_out=40, seeds=1)
    whole, split = (Stack(experiment, form_of(experiment, form), DEVICE) for _ in range(2))
    whole.train(0, 5)
    for start, stop in ((0, 1), (1, 4), (4, 5)):
        split.train(start, stop)
    assert_same_bits(whole.parameters(), split.parameters())
    assert torch.equal(whole.losses(), split.losses())


@pytest.mark.skipif(DEVICE == "cpu", reason="only a GPU has graphs")
def test_steps_replayed_from_a_graph_are_bitwise_those_launched_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    experiment = small(batch_size=40, steps=15, held_out=40)
    one_by_one, replayed = (Stack(experiment, form_of(experiment, "shared"), DEVICE) for _ in range(2))
    one_by_one.train(0, 15)
    monkeypatch.setattr(stacks, "GRAPH_STEPS", 4)
    replayed.train(0, 15)
    assert_same_bits(one_by_one.parameters(), replayed.parameters())
    assert torch.equal(one_by_one.losses(), replayed.losses())


@pytest.mark.skipif(DEVICE == "cpu", reason="only a GPU launches kernels early")
def test_steps_launched_early_are_bitwise_those_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    # 50 instances in 8 parts: programs of a step are still at work when those of the next are launched.
    experiment = small(batch_size=128, steps=300, held_out=40, n_features=64, n_hidden=20, seeds=25)
    early = Stack(experiment, plan_of(experiment), DEVICE)
    monkeypatch.setattr(stacks, "order", lambda _device: {"chained": False})
    waiting = Stack(experiment, plan_of(experiment), DEVICE)
    early.train(0, 300)
    waiting.train(0, 300)
    assert_same_bits(early.parameters(), waiting.parameters())
    assert torch.equal(early.losses(), waiting.losses())


@pytest.mark.parametrize("form", ["alone", "shared, matrix products"])
def test_weights_that_are_not_a_number_give_a_loss_that_is_none(form: str) -> None:
    experiment = small(batch_size=32, steps=1, held_out=32, architecture="relu_hidden")
    stack = Stack(experiment, form_of(experiment, form), DEVICE)
    stack._params[0] = torch.nan
    loss = stack.held_out_loss()
    assert loss[0].isnan()
    assert not loss[1:].isnan().any()


def test_an_experiment_without_checkpoints_has_no_history() -> None:
    result = run(small(batch_size=8, steps=1, held_out=1))
    assert result.checkpoint_loss is None
    assert result.checkpoint_parameters is None


def test_an_error_in_a_progress_report_ends_the_training() -> None:
    def stop(_steps: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fused_cuda.run(small(batch_size=8, steps=2, held_out=1), stop, DEVICE)


def test_progress_counts_every_step_of_every_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    reports: list[int] = []
    monkeypatch.setattr(fused_cuda, "LAUNCH_WORK", 1)
    fused_cuda.run(small(batch_size=8, steps=4, held_out=1, checkpoints=(0, 3)), reports.append, DEVICE)
    assert reports == [4, 4, 4, 4]


@pytest.mark.skipif(DEVICE == "cuda", reason="with a GPU, all other tests compile the kernels")
def test_the_kernels_compile_for_a_gpu_that_is_not_here() -> None:
    program = ROOT / "tests" / "gpu" / "compile_kernels.py"
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    done = subprocess.run(
        [sys.executable, program], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") >= 6
