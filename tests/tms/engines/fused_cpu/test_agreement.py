"""The fused engine and the reference engine train the same models.

Both engines draw the same inputs, so that short trainings differ by the rounding of float32 sums alone.
Longer trainings amplify that difference, and only their distributions can be compared.
"""

from __future__ import annotations

import dataclasses
from types import ModuleType

import numpy as np
import pytest
import torch
from scipy import stats

from tests.helpers.engine_checks import assert_close
from tests.helpers.small import VARIANTS, ignore, small
from tms.analysis.geometry import dimensionality
from tms.engines import fused_cpu, reference
from tms.engines.cpu import narrow, team, wide
from tms.engines.result import Result
from tms.experiment import Experiment


@pytest.mark.parametrize("kernel", [narrow, wide])
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_short_training_of_both_engines_agrees_to_rounding(
    variant: str, kernel: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = small(checkpoints=(0, 1, 7, 30), **VARIANTS[variant])
    chosen = narrow if experiment.features.sets else kernel
    monkeypatch.setattr(fused_cpu, "kernel_of", lambda _experiment, _empty: chosen)
    fused = fused_cpu.run(experiment, ignore)
    exact = reference.run(experiment, "cpu", ignore, dtype=torch.float64)
    assert_close(fused, reference.run(experiment, "cpu", ignore))
    assert_close(fused, exact)
    moved = np.abs(fused.parameters["W"].numpy() - experiment.initial_weights()).max()
    assert moved > 0.05, "nothing was trained"


@pytest.mark.parametrize("kernel", [narrow, wide])
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_team_of_any_size_trains_the_same_and_to_rounding_as_one_thread_alone(
    variant: str, kernel: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = small(checkpoints=(0, 1, 7, 30), **VARIANTS[variant], batch_size=45)
    chosen = narrow if experiment.features.sets else kernel
    monkeypatch.setattr(fused_cpu, "kernel_of", lambda _experiment, _empty: chosen)
    whole = fused_cpu.run(experiment, ignore)
    monkeypatch.setattr(fused_cpu, "parts_of", lambda *_: 4)
    alone, *shared = (trained_by(experiment, members) for members in (1, 2, 3, 4))
    assert_close(alone, whole)
    for each in shared:
        for name, values in alone.parameters.items():
            assert torch.equal(each.parameters[name], values), name
        assert each.checkpoint_loss is not None
        assert alone.checkpoint_loss is not None
        assert torch.equal(each.checkpoint_loss, alone.checkpoint_loss)


def trained_by(experiment: Experiment, members: int) -> Result:
    stack = fused_cpu.Stack(experiment)
    for k in range(len(experiment.instances)):
        stack.train(k, members)
    return stack.result()


@pytest.mark.parametrize(
    ("n", "m", "batch", "divided"),
    [
        (2, 1, 128, 1),
        (20, 5, 1024, 1),
        (100, 10, 128, 1),
        (100, 10, 255, 1),
        (100, 10, 256, 2),
        (400, 30, 4096, 8),
    ],
)
def test_only_batches_with_enough_to_do_are_divided(n: int, m: int, batch: int, divided: int) -> None:
    assert team.parts_of(n, m, batch) == divided


def test_engines_agree_in_the_distribution_of_losses_and_of_geometry() -> None:
    # Unrelated seeds, so that only distributions can agree; Kolmogorov-Smirnov at the level 0.001.
    tiny = small(density=[[0.1]], seeds=64, steps=250, batch_size=64, learning_rate=0.03)
    fused = fused_cpu.run(tiny.with_run_seed(1), ignore)
    other = reference.run(tiny.with_run_seed(2), "cpu", ignore)
    worse = fused_cpu.run(dataclasses.replace(tiny, run_seed=3, learning_rate=0.01), ignore)
    for measure in (held_out_loss, shares_of_dimensions, mean_bias):
        assert stats.ks_2samp(measure(fused), measure(other)).pvalue > 0.001, measure
    assert stats.ks_2samp(held_out_loss(worse), held_out_loss(other)).pvalue < 0.001, "no power"


def held_out_loss(result: Result) -> np.ndarray:
    return result.loss.numpy()


def shares_of_dimensions(result: Result) -> np.ndarray:
    return dimensionality(result.parameters["W"]).sum(-1).numpy()


def mean_bias(result: Result) -> np.ndarray:
    return result.parameters["b"].mean(-1).numpy()
