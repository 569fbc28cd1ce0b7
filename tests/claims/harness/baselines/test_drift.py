"""Drift is a change that neither chance nor rounding explains."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

from claims.harness.baselines.drift import Steadiness, Stored, rounded
from claims.harness.baselines.power import detectable_change, detectable_count, detectable_share
from claims.harness.baselines.significance import alpha_of_one
from claims.harness.judging.quantity import Kind
from tests.helpers.baselines import KEY, STEADY, baseline_with, quantity, scaled


@pytest.mark.parametrize(
    ("kind", "before", "now", "status"),
    [
        (Kind.MEAN, STEADY, STEADY, Steadiness.STEADY),
        (Kind.MEAN, STEADY, STEADY[::-1], Steadiness.STEADY),
        (Kind.MEAN, STEADY, scaled(1.01), Steadiness.STEADY),
        (Kind.MEAN, STEADY, scaled(2.0), Steadiness.DRIFTED),
        (Kind.MEAN, (0.5,) * 8, (0.5 * (1 + 1e-7),) * 8, Steadiness.STEADY),
        (Kind.MEAN, (0.5,) * 8, (0.51,) * 8, Steadiness.DRIFTED),
        (Kind.EXACT, (0.5,), (0.5 * (1 + 1e-7),), Steadiness.STEADY),
        (Kind.EXACT, (0.5,), (0.5001,), Steadiness.DRIFTED),
        (Kind.EXACT, (1e-16,), (3e-16,), Steadiness.STEADY),
        (Kind.SHARE, (1.0,) * 20, (1.0,) * 19 + (0.0,), Steadiness.STEADY),
        (Kind.SHARE, (1.0,) * 20, (0.0,) * 20, Steadiness.DRIFTED),
        (Kind.COUNT, (0.0,) * 3, (0.0,) * 3, Steadiness.STEADY),
        (Kind.COUNT, (0.0,) * 3, (2.0,) * 3, Steadiness.STEADY),
        (Kind.COUNT, (1.0,) * 3, (0.0,) * 3, Steadiness.STEADY),
        (Kind.COUNT, (17.0,) * 3, (0.0,) * 3, Steadiness.DRIFTED),
        (Kind.COUNT, (0.0,) * 3, (17.0,) * 3, Steadiness.DRIFTED),
        (Kind.COUNT, (9.0,) * 3, (9.0,) * 12, Steadiness.STEADY),
    ],
)
def test_drift_is_a_change_that_neither_chance_nor_rounding_explains(
    kind: Kind, before: tuple[float, ...], now: tuple[float, ...], status: Steadiness
) -> None:
    drift = baseline_with(quantity(*before, kind=kind)).compare(KEY, quantity(*now, kind=kind))
    assert drift.status is status


def test_values_are_stored_to_six_digits_with_their_spread() -> None:
    assert [rounded(value) for value in (1.23456789, -1.23456449e-9)] == [1.23457, -1.23456e-9]
    pair = Stored(Kind.MEAN, "", (1.0, 2.0))
    assert (pair.n, pair.mean, pair.sd) == (2, 1.5, 0.707107)
    assert Stored(Kind.EXACT, "", (1.0,)).sd == 0


def test_a_two_percent_change_of_a_loss_with_little_spread_is_drift() -> None:
    losses = [0.2 + 0.0005 * i for i in range(10)]
    drift = baseline_with(quantity(*losses)).compare(KEY, quantity(*(1.02 * loss for loss in losses)))
    assert drift.status is Steadiness.DRIFTED


def test_stated_resolution_is_no_drift_and_more_is() -> None:
    before = baseline_with(quantity(0.5, kind=Kind.EXACT))
    inside, beyond = (
        dataclasses.replace(quantity(value, kind=Kind.EXACT), resolution=1e-3) for value in (0.5009, 0.5011)
    )
    assert before.compare(KEY, inside).status is Steadiness.STEADY
    assert before.compare(KEY, beyond).status is Steadiness.DRIFTED


def test_smallest_detectable_change_is_drift_and_half_of_it_is_not() -> None:
    baseline = baseline_with(quantity(*STEADY))
    detectable = baseline.compare(KEY, quantity(*STEADY)).detectable
    assert detectable is not None
    for share, status in ((1.2, Steadiness.DRIFTED), (0.5, Steadiness.STEADY)):
        shifted = quantity(*(value + share * detectable for value in STEADY))
        assert baseline.compare(KEY, shifted).status is status


def test_a_change_is_in_units_of_the_baselines_spread_and_relative_to_the_size_of_its_mean() -> None:
    before, now = (-1.0, -2.0, -3.0, -6.0), (-4.0, -4.2, -4.1, -4.3, -4.4)
    drift = baseline_with(quantity(*before)).compare(KEY, quantity(*now))
    assert drift.effect == pytest.approx(-1.2 / np.std(before, ddof=1), rel=1e-5)
    assert drift.relative == pytest.approx(-1.2 / 3.0, rel=1e-5)
    assert drift.p_value == pytest.approx(stats.ttest_ind(now, before, equal_var=False).pvalue, rel=1e-5)
    assert drift.alpha == alpha_of_one(1)


def test_a_change_of_what_has_no_spread_and_mean_0_has_no_such_units() -> None:
    drift = baseline_with(quantity(0.0, 0.0, 0.0)).compare(KEY, quantity(1.0, 1.0, 1.0))
    assert (drift.status, drift.effect, drift.relative) == (Steadiness.DRIFTED, None, None)


@pytest.mark.parametrize(
    ("kind", "seeds", "run_seed", "status"),
    [
        (Kind.MEAN, 2, None, Steadiness.DRIFTED),
        (Kind.MEAN, 2, 0, Steadiness.DRIFTED),
        (Kind.MEAN, 2, 1, Steadiness.STEADY),
        (Kind.MEAN, 16, 1, Steadiness.DRIFTED),
        (Kind.EXACT, 1, 1, Steadiness.DRIFTED),
    ],
)
def test_a_few_equal_values_may_be_others_with_another_seed(
    kind: Kind, seeds: int, run_seed: int | None, status: Steadiness
) -> None:
    before = dataclasses.replace(baseline_with(quantity(*(20.0,) * seeds, kind=kind)), run_seed=run_seed)
    drift = before.compare(KEY, quantity(*(21.0,) * seeds, kind=kind))
    assert drift.status is status
    assert (drift.detectable is None) == (status is Steadiness.STEADY)


def test_equal_values_whose_mean_is_rounded_have_no_spread() -> None:
    # The mean of three times -0.2 is not quite -0.2, which is no spread.
    before = dataclasses.replace(baseline_with(quantity(*(-0.2,) * 3)), run_seed=0)
    again = before.compare(KEY, quantity(*(0.2 - 0.6,) * 3))
    assert (again.status, again.effect) == (Steadiness.DRIFTED, None)
    other = dataclasses.replace(before, run_seed=1).compare(KEY, quantity(*(0.2 - 0.6,) * 3))
    assert (other.status, other.effect, other.detectable) == (Steadiness.STEADY, None, None)


def test_a_change_of_few_values_with_some_spread_is_detectable_with_another_seed() -> None:
    before = dataclasses.replace(baseline_with(quantity(20.0, 21.0)), run_seed=1)
    assert before.compare(KEY, quantity(20.0, 21.0)).detectable is not None


@pytest.mark.parametrize("run_seed", [0, 1])
def test_counts_are_compared_by_their_totals_whatever_the_seed(run_seed: int) -> None:
    stored = baseline_with(quantity(5.0, 3.0, 4.0, kind=Kind.COUNT))
    before = dataclasses.replace(stored, run_seed=run_seed)
    drift = before.compare(KEY, quantity(1.0, 2.0, kind=Kind.COUNT))
    assert drift.p_value == pytest.approx(stats.binomtest(3, 15, 2 / 5).pvalue)
    assert drift.detectable == detectable_count(12, 3, alpha_of_one(1))


def test_a_change_of_a_count_is_no_smaller_than_its_resolution() -> None:
    before = baseline_with(quantity(100.0, 100.0, kind=Kind.COUNT))
    now = dataclasses.replace(quantity(300.0, 300.0, kind=Kind.COUNT), resolution=250.0)
    drift = before.compare(KEY, now)
    assert (drift.status, drift.detectable) == (Steadiness.STEADY, 250.0)


def test_what_is_detectable_follows_from_the_baselines_values_and_is_no_less_than_the_resolution() -> None:
    baseline, alpha = baseline_with(quantity(*STEADY)), alpha_of_one(1)
    expected = detectable_change(float(np.std(STEADY, ddof=1)), len(STEADY), alpha)
    noisy = quantity(*(3.0 * value**2 for value in STEADY[:5]))
    assert baseline.compare(KEY, noisy).detectable == pytest.approx(expected, rel=1e-4)
    coarse = dataclasses.replace(quantity(*STEADY), resolution=3 * expected)
    assert baseline.compare(KEY, coarse).detectable == 3 * expected
    shares = baseline_with(quantity(*(1.0,) * 30, *(0.0,) * 10, kind=Kind.SHARE))
    now = quantity(*(1.0,) * 10, *(0.0,) * 2, kind=Kind.SHARE)
    assert shares.compare(KEY, now).detectable == detectable_share(30, 40, alpha)
