"""Losses are relative to a model that outputs 0, of the first models of every point, and stored exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from claims.harness.baselines.losses import Losses, as_json, from_json, models_at_a_point
from tests.helpers.losses import stored
from tests.helpers.small import small
from tms.analysis.exact_losses import zero_loss
from tms.experiment import Experiment
from tms.training import Trained, train


def test_losses_are_in_units_of_that_of_a_model_that_outputs_0(monkeypatch: pytest.MonkeyPatch) -> None:
    importance = [[1.0, 0.5, 0.2, 2.0, 0.0]]
    kinds: list[dict[str, Any]] = [
        {},
        {"signed": True, "importance": importance},
        {"correlated": ((0, 1), (2, 3))},
        {"anticorrelated": ((0, 1, 2),), "importance": importance},
    ]
    for kind in kinds:
        experiment = small(density=[[0.2], [1.0]], held_out=20_000, steps=1, learning_rate=1e-12, **kind)
        zeros = np.zeros_like(experiment.initial_weights())
        with monkeypatch.context() as patch:
            patch.setattr(Experiment, "initial_weights", lambda *_, zeros=zeros: zeros)
            values = np.array(Losses.of(train(experiment, engine="reference")).values)
        np.testing.assert_allclose(values, 1, rtol=0.05)
    assert zero_loss(small(importance=0.0)).tolist() == [1, 1]


def test_the_first_models_of_every_point_are_kept_and_no_more_than_it_takes() -> None:
    few = Losses.of(train(small(seeds=2, best_of=3, steps=2), engine="fused"))
    more = Losses.of(train(small(seeds=80, best_of=3, steps=2), engine="fused"))
    assert [len(row) for row in more.values] == [128, 128]
    assert [row[:6] for row in more.values] == list(few.values)


def test_two_models_of_every_point_are_kept_at_least_if_there_are_two() -> None:
    density = np.linspace(0.1, 1, 200)[:, None]
    kept = [models_at_a_point(small(density=density, seeds=seeds)) for seeds in (1, 2, 3)]
    assert kept == [1, 2, 2]


def test_losses_survive_being_written() -> None:
    assert from_json(as_json(stored())) == stored()


def test_a_trained_sweep_of_best_trials_keeps_all_trials_in_its_losses() -> None:
    trained: Trained = train(small(seeds=2, best_of=4), engine="fused")
    kept = np.array(Losses.of(trained).values).reshape(2, 2, 4)
    relative = trained.loss.numpy() / zero_loss(trained.experiment)[:, None]
    np.testing.assert_allclose(kept.min(-1), relative, rtol=1e-5)


def test_the_best_trial_of_each_seed_is_kept_and_of_an_incomplete_last_seed_too() -> None:
    losses = Losses(3, 2, ((0.5, 0.4, 0.2, 0.9, 0.7), (0.1, 0.3, 0.6, 0.6, 0.8)), (0.1,))
    assert losses.of_best_trials() == Losses(3, 1, ((0.4, 0.2, 0.7), (0.1, 0.6, 0.8)), ())
