"""Held-out losses, checkpoints and progress reports of both engines on the CPU."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.helpers.engine_checks import run_on_cpu
from tests.helpers.small import VARIANTS, ignore, small
from tms.engines import fused_cpu, reference
from tms.experiment import Experiment


@pytest.mark.parametrize("held_out", [1, 64, 65, 1024, 1100, 3000])
@pytest.mark.parametrize("variant", ["relu_output", "untied with a bias", "L1", "correlated"])
def test_held_out_losses_agree_for_any_number_of_inputs(variant: str, held_out: int) -> None:
    experiment = small(**VARIANTS[variant], held_out=held_out, steps=2)
    fused = fused_cpu.run(experiment, ignore)
    expected = reference.run(experiment, "cpu", ignore)
    np.testing.assert_allclose(fused.loss.numpy(), expected.loss.numpy(), rtol=2e-5, atol=1e-9)


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_trials_of_a_seed_are_judged_on_the_same_inputs_and_seeds_on_their_own(
    monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    experiment = small(seeds=2, best_of=3, density=[[0.3], [0.3]], held_out=50, steps=1, learning_rate=1e-12)
    equal = np.full_like(experiment.initial_weights(), 0.4)
    monkeypatch.setattr(Experiment, "initial_weights", lambda _self, role=0: equal + role)
    loss = run_on_cpu(experiment, engine).loss.numpy().reshape(4, 3)
    assert np.ptp(loss, axis=1).max() < 1e-6
    assert np.diff(np.sort(loss[:, 0])).min() > 1e-4


def test_a_checkpoint_holds_the_weights_after_so_many_steps() -> None:
    constant = {"schedule": "constant", "seeds": 1}
    long = fused_cpu.run(small(steps=20, checkpoints=(0, 1, 5, 20), **constant), ignore)
    assert long.checkpoint_parameters is not None
    kept = long.checkpoint_parameters["W"]
    np.testing.assert_array_equal(kept[0].numpy(), small(**constant).initial_weights())
    for position, steps in ((1, 1), (2, 5), (3, 20)):
        assert torch.equal(
            kept[position], fused_cpu.run(small(steps=steps, **constant), ignore).parameters["W"]
        )


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_a_checkpoint_loss_is_the_mean_of_the_training_losses_since_the_one_before(engine: str) -> None:
    every = run_on_cpu(small(steps=6, checkpoints=tuple(range(7))), engine).checkpoint_loss
    some = run_on_cpu(small(steps=6, checkpoints=(0, 2, 6)), engine).checkpoint_loss
    assert every is not None
    assert some is not None
    each = every.double().numpy()
    np.testing.assert_allclose(each[0], each[1], rtol=1e-6)
    np.testing.assert_allclose(some[1].double().numpy(), each[1:3].mean(0), rtol=1e-6)
    np.testing.assert_allclose(some[2].double().numpy(), each[3:7].mean(0), rtol=1e-6)


def test_an_experiment_without_checkpoints_has_no_history() -> None:
    for engine in ("fused", "reference"):
        result = run_on_cpu(small(steps=2), engine)
        assert result.checkpoint_loss is None
        assert result.checkpoint_parameters is None


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_an_error_in_a_progress_report_ends_the_training(engine: str) -> None:
    def stop(_steps: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_on_cpu(small(), engine, stop)
