"""The drift tests err as often as their level says, by simulation with fixed seeds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from claims.harness.baselines.significance import (
    RANKS_FROM,
    SHORT_TAILS,
    SUITE_FALSE_ALARM,
    alpha_of_one,
    p_value_of_centre,
    p_value_of_counts,
    p_value_of_means,
    p_value_of_more,
    p_value_of_shares,
    p_value_without_spread,
)
from tests.helpers.rates import no_less_often_than

Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray[Any, np.dtype[np.float64]]]


values = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30)


def test_all_comparisons_together_keep_the_false_alarm_rate_of_the_suite() -> None:
    assert 200 * alpha_of_one(200) * SHORT_TAILS == pytest.approx(SUITE_FALSE_ALARM)
    assert alpha_of_one(0) == alpha_of_one(1)


@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(lambda rng, shape: rng.normal(size=shape), id="normal"),
        pytest.param(lambda rng, shape: rng.lognormal(size=shape), id="long right tail"),
        pytest.param(lambda rng, shape: rng.standard_t(2, shape), id="two long tails"),
        pytest.param(lambda rng, shape: (rng.random(shape) < 0.1).astype(float), id="rare outliers"),
        pytest.param(lambda rng, shape: rng.random(shape), id="no tails"),
    ],
)
def test_drift_test_on_unchanged_distributions_errs_no_more_often_than_allowed(draw: Draw) -> None:
    rng, runs, alpha = np.random.default_rng(3), 4000, 0.002
    alarms = sum(
        p_value_of_means(now, before) < alpha
        for now, before in zip(draw(rng, (runs, 8)), draw(rng, (runs, 8)), strict=True)
    )
    assert no_less_often_than(runs - alarms, runs, 1 - alpha * 1.5)


def test_fisher_test_on_unchanged_shares_errs_no_more_often_than_its_level() -> None:
    rng = np.random.default_rng(4)
    pairs = rng.random((1000, 2, 20)) < 0.7
    alarms = sum(p_value_of_shares(now, before) < 0.05 for now, before in pairs)
    assert no_less_often_than(1000 - alarms, 1000, 0.95)


@pytest.mark.parametrize(("mean", "n", "m"), [(0.3, 3, 3), (4.0, 4, 4), (20.0, 3, 10)])
def test_test_of_counts_with_unchanged_means_errs_no_more_often_than_its_level(
    mean: float, n: int, m: int
) -> None:
    rng = np.random.default_rng(5)
    pairs = zip(rng.poisson(n * mean, 1000), rng.poisson(m * mean, 1000), strict=True)
    alarms = sum(p_value_of_counts(int(now), n, int(before), m) < 0.05 for now, before in pairs)
    assert no_less_often_than(1000 - alarms, 1000, 0.95)


def test_totals_of_counts_differ_as_the_parts_of_their_sum_do() -> None:
    assert p_value_of_counts(0, 3, 0, 4) == 1
    assert p_value_of_counts(0, 3, 10, 3) == p_value_of_counts(10, 3, 0, 3) == pytest.approx(2 / 2**10)
    assert p_value_of_counts(10, 30, 1, 3) == pytest.approx(1)
    assert p_value_of_counts(8, 2, 0, 6) == pytest.approx(0.25**8)
    assert p_value_of_counts(2, 6, 5, 3) == pytest.approx(p_value_of_counts(5, 3, 2, 6))


@given(values, values)
def test_welch_p_value_agrees_with_scipy(now: list[float], before: list[float]) -> None:
    # scipy warns of cancellation where a sample has next to no spread.
    assume(all(np.std(sample) > 1e-3 * np.max(np.abs(sample)) for sample in (now, before)))
    expected = stats.ttest_ind(now, before, equal_var=False).pvalue
    assert p_value_of_means(now, before) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_samples_without_spread_differ_or_do_not() -> None:
    assert p_value_of_means([2.0] * 8, [2.0] * 8) == 1.0
    assert p_value_of_means([2.0] * 8, [2.5] * 8) == 0.0
    assert p_value_of_means([2.0], [2.0]) == 1.0
    assert p_value_of_means([2.0], [2.5]) == 0.0


def test_samples_without_spread_of_other_draws_differ_by_chance_where_there_are_few() -> None:
    other_draws = {"same_draws": False}
    assert p_value_of_means([2.0] * 8, [2.0] * 8, **other_draws) == 1.0
    assert p_value_of_means([2.0], [2.5], **other_draws) == 1.0
    assert p_value_of_means([2.0] * 2, [2.5] * 2, **other_draws) == pytest.approx(4 / 27)
    assert p_value_of_means([2.0] * 3, [2.5] * 8, **other_draws) == p_value_without_spread(3, 8)
    assert p_value_of_means([2.0, 2.1], [2.5] * 2, **other_draws) == p_value_of_means([2.0, 2.1], [2.5] * 2)
    assert p_value_without_spread(16, 16) < 1e-9


@given(st.integers(1, 12), st.integers(1, 12), st.lists(st.floats(0.01, 1), min_size=2, max_size=6))
def test_no_distribution_gives_two_samples_without_spread_more_often_than_said(
    n: int, m: int, weights: list[float]
) -> None:
    p = np.array(weights) / sum(weights)
    chance = (p**n).sum() * (p**m).sum() - (p ** (n + m)).sum()
    assert chance <= p_value_without_spread(n, m) + 1e-12
    assert p_value_without_spread(n, m) == p_value_without_spread(m, n)


def test_one_seed_of_eight_that_leaves_a_degenerate_sample_is_no_drift() -> None:
    assert p_value_of_means([5.0] * 7 + [6.0], [5.0] * 8) > 0.1


@pytest.mark.parametrize("n", [8, RANKS_FROM, 200])
@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(lambda rng, shape: rng.normal(size=shape), id="normal"),
        pytest.param(lambda rng, shape: rng.standard_t(2, shape), id="two long tails"),
        pytest.param(lambda rng, shape: rng.normal(size=shape) * (rng.random(shape) < 0.1), id="rare jumps"),
        pytest.param(lambda rng, shape: rng.uniform(-1, 1, shape), id="no tails"),
    ],
)
def test_a_centre_at_the_edge_of_its_margin_is_found_beyond_it_no_more_often_than_allowed(
    n: int, draw: Draw
) -> None:
    rng, runs, alpha = np.random.default_rng(6), 500, 0.01
    alarms = sum(p_value_of_centre(0.3 + row, 0.3) < alpha for row in draw(rng, (runs, n)))
    assert no_less_often_than(runs - alarms, runs, 1 - alpha * 1.5)


def test_a_centre_beyond_its_margin_is_found_whatever_a_few_outliers_do() -> None:
    rng = np.random.default_rng(7)
    few, many = rng.normal(0.02, 1e-3, 12), rng.normal(0.02, 1e-3, 100)
    many[:10] = rng.normal(0, 1.0, 10)
    assert p_value_of_centre(few, 2e-3) < 1e-9
    assert p_value_of_centre(many, 2e-3) < 1e-9
    assert p_value_of_centre(-many, 2e-3) == pytest.approx(p_value_of_centre(many, 2e-3))
    assert p_value_of_centre(few, 0.03) == 1


def test_centres_on_either_side_count_for_both() -> None:
    drawn = np.random.default_rng(8).normal(0.2, 1.0, RANKS_FROM)
    for sample in (drawn, drawn[:10]):
        assert p_value_of_centre(sample, 0.1) == p_value_of_centre(-sample, 0.1)
    by_ranks = stats.wilcoxon(drawn, method="asymptotic").pvalue
    assert p_value_of_centre(drawn, 0.0) == pytest.approx(by_ranks)
    assert p_value_of_centre(drawn[:10], 0.0) == pytest.approx(stats.ttest_1samp(drawn[:10], 0).pvalue)


def test_a_centre_of_values_without_spread_is_beyond_its_margin_or_is_not() -> None:
    assert p_value_of_centre([0.0] * 60, 0.0) == 1
    assert p_value_of_centre([0.1] * 4, 0.2) == 1
    assert p_value_of_centre([0.3] * 4, 0.2) == 0
    assert p_value_of_centre([0.3], 0.2) == 1
    assert p_value_of_centre([0.1] * RANKS_FROM, 0.0) < 1e-8


def test_a_share_that_grew_is_distinguished_from_chance() -> None:
    assert p_value_of_more(8, 8, 0, 40) == pytest.approx(1 / math.comb(48, 8))
    assert p_value_of_more(0, 8, 20, 40) == 1
