"""Losses that other orders of sums or chance change are no drift; a change of 2% is."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
import torch

from claims.harness.baselines.drift import Steadiness
from claims.harness.baselines.loss_drift import LOSS_RESOLUTION, NOTABLE, compare
from claims.harness.baselines.losses import FLOOR, Losses
from claims.harness.baselines.twins import twins_of
from tests.helpers.losses import ALPHA, changed, shifted, stored, sweep
from tests.helpers.small import small
from tms.engines.batches import Batches
from tms.training import train


def test_the_other_engine_which_sums_in_another_order_is_no_drift() -> None:
    trained = train(sweep(), engine="reference")
    assert not torch.equal(trained.W, train(sweep(), engine="fused").W)
    drift = compare(Losses.of(trained), stored(), ALPHA)
    assert drift.status is Steadiness.STEADY
    assert drift.p_value == 1


def test_a_batch_summed_in_another_order_is_no_drift(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = sweep(steps=150)
    one = train(experiment, engine="reference")

    draw = Batches.draw

    def shuffled(*arguments: Any) -> torch.Tensor:
        return draw(*arguments).flip(1)

    monkeypatch.setattr(Batches, "draw", shuffled)
    other = train(experiment, engine="reference")
    assert not torch.equal(one.W, other.W)
    assert compare(Losses.of(other), Losses.of(one), ALPHA).status is Steadiness.STEADY


@pytest.mark.parametrize("mistake", [{"learning_rate": 0.015}, {"steps": 330}, {"learning_rate": 0.012}])
def test_training_that_changes_losses_by_about_two_percent_is_drift(mistake: dict[str, Any]) -> None:
    drift = compare(changed(**mistake), stored(), ALPHA)
    assert drift.change is not None
    assert 0.01 < abs(drift.change) < 0.06
    assert drift.status is Steadiness.DRIFTED


def test_even_one_model_a_point_shows_a_change_of_two_percent() -> None:
    experiment = sweep(density=np.geomspace(0.05, 1, 40)[:, None], seeds=1, steps=200)
    before, now = (
        Losses.of(train(dataclasses.replace(experiment, learning_rate=rate), engine="fused"))
        for rate in (0.02, 0.017)
    )
    twins = [train(twin, engine="fused") for twin in twins_of(experiment)]
    drift = compare(now, before.with_twins(twins), ALPHA)
    assert drift.change is not None
    assert abs(drift.change) < 0.04
    assert drift.status is Steadiness.DRIFTED


def test_a_change_of_two_percent_at_one_point_is_drift_there() -> None:
    before = dataclasses.replace(stored(), twins=())
    noise = np.random.default_rng(0).normal(1.02, 5e-4, 8)
    values = [list(row) for row in before.values]
    values[4] = list(np.array(values[4]) * noise)
    drift = compare(dataclasses.replace(before, values=tuple(map(tuple, values))), before, ALPHA)
    assert drift.status is Steadiness.DRIFTED
    assert drift.largest is not None
    point, change = drift.largest
    assert point == 4
    assert change == pytest.approx(0.02, rel=0.1)


def test_a_change_within_the_resolution_is_no_drift_and_more_is() -> None:
    for factor, status in ((1 + LOSS_RESOLUTION / 2, Steadiness.STEADY), (1.006, Steadiness.DRIFTED)):
        assert compare(shifted(stored(), factor), stored(), ALPHA).status is status


def test_ratios_of_losses_that_are_rounding_mean_nothing() -> None:
    tiny = Losses(0, 1, tuple((1e-8 * k,) * 16 for k in range(1, 5)))
    assert compare(shifted(tiny, 5.0), tiny, ALPHA).status is Steadiness.STEADY
    assert tiny.mean == pytest.approx(FLOOR, rel=1e-3)


def test_models_that_rounding_sends_to_other_minima_are_no_drift() -> None:
    # Half of all models end elsewhere, 10% up or down, in the run, among its twins, and at times on average.
    rng = np.random.default_rng(1)

    def jumps(shape: tuple[int, ...]) -> np.ndarray:
        return np.where(rng.random(shape) < 0.5, rng.normal(0, 0.1, shape), 0.0)

    runs, alpha = 500, 0.02
    alarms = 0
    for _ in range(runs):
        before = Losses(0, 1, ((0.1,) * 12,) * 4, tuple(jumps((32,)).tolist()))
        now = dataclasses.replace(before, values=tuple(map(tuple, (0.1 * np.exp(jumps((4, 12)))).tolist())))
        alarms += compare(now, before, alpha).status is Steadiness.DRIFTED
    assert alarms <= runs * alpha * 1.5


def test_other_seeds_are_compared_by_points_without_drift() -> None:
    for seed in (1, 2, 3):
        drift = compare(changed(run_seed=seed), stored(), ALPHA)
        assert (drift.status, drift.paired) == (Steadiness.STEADY, False)


def test_other_seeds_show_a_change_that_all_points_share() -> None:
    before = Losses(0, 1, tuple((0.1,) * 8 for _ in range(60)))
    spread = np.random.default_rng(2).normal(0.105, 0.002, (60, 8))
    now = Losses(1, 1, tuple(map(tuple, spread.tolist())))
    assert compare(now, before, ALPHA).status is Steadiness.DRIFTED


def test_models_judged_among_another_number_of_trials_are_not_compared_one_by_one() -> None:
    now = dataclasses.replace(stored(), best_of=2)
    assert compare(now, stored(), ALPHA).paired is False


def test_one_point_of_another_seed_tells_nothing_and_is_not_compared() -> None:
    before, now = Losses(0, 1, ((0.1, 0.11, 0.12),)), Losses(1, 1, ((0.2, 0.21, 0.22),))
    assert compare(now, before, ALPHA).status is Steadiness.NOT_COMPARED


def test_fewer_models_are_compared_with_the_first_of_more() -> None:
    fewer = dataclasses.replace(stored(), values=tuple(row[:3] for row in stored().values))
    assert compare(fewer, stored(), ALPHA).change == 0


def test_another_number_of_points_has_no_baseline() -> None:
    fewer = dataclasses.replace(stored(), values=stored().values[:3])
    assert compare(fewer, stored(), ALPHA).status is Steadiness.MISSING


def test_what_would_be_caught_is_caught() -> None:
    caught = compare(shifted(stored(), 1.0), stored(), ALPHA).detectable
    assert caught == NOTABLE
    assert compare(shifted(stored(), 1 + 1.3 * NOTABLE), stored(), ALPHA).status is Steadiness.DRIFTED
    untwinned = dataclasses.replace(stored(), twins=())
    worst = compare(untwinned, untwinned, ALPHA).detectable
    assert worst is not None
    assert worst > NOTABLE


def test_a_model_that_diverged_counts_as_very_bad() -> None:
    trained = train(small(seeds=8), engine="reference")
    trained.trial_loss[0] = math.nan
    trained.trial_loss[1] = math.inf
    diverged = Losses.of(trained)
    assert {value for row in diverged.values for value in row} == {1e6}
    before = Losses.of(train(small(seeds=8), engine="reference"))
    assert compare(diverged, before, 1e-3).status is Steadiness.DRIFTED


def test_changes_are_ratios_of_geometric_means_over_all_models_and_at_each_point() -> None:
    before = Losses(0, 1, ((0.1, 0.4), (0.2, 0.2)))
    drift = compare(Losses(0, 1, ((0.2, 0.4), (0.1, 0.05))), before, ALPHA)
    assert drift.change == pytest.approx(2**-0.5 - 1, rel=0.02)
    assert drift.points == pytest.approx((2**0.5 - 1, 2**-1.5 - 1), rel=0.02)
    assert drift.largest == (1, drift.points[1])
