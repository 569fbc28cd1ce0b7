"""Intervals cover as often as their level says, by simulation with fixed seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from claims.harness.judging.statistics import (
    LEVEL,
    Interval,
    count_interval,
    count_intervals,
    mean_interval,
    share_interval,
    standard_deviation,
)
from tests.helpers.rates import no_less_often_than

values = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30)


def test_values_that_are_equal_but_for_rounding_have_no_standard_deviation() -> None:
    assert standard_deviation([3.0]) == 0
    assert standard_deviation([-0.2, 0.2 - 0.4, 0.4 - 0.6]) == 0
    assert standard_deviation([0.0, 0.0]) == 0
    assert standard_deviation([1e9, 1e9 + 1]) == pytest.approx(math.sqrt(0.5))
    assert standard_deviation([1.0, 2.0, 6.0]) == pytest.approx(math.sqrt(7))


@pytest.mark.parametrize("n", [2, 8, 64])
def test_mean_interval_covers_the_mean_of_normal_values_at_its_level(n: int) -> None:
    rng = np.random.default_rng(1)
    intervals = [mean_interval(row) for row in rng.normal(3.0, 2.0, (2000, n))]
    covered = sum(lo <= 3.0 <= hi for lo, hi in intervals)
    assert no_less_often_than(covered, 2000, LEVEL)
    assert no_less_often_than(2000 - covered, 2000, 1 - LEVEL)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_share_interval_covers_the_share_at_least_at_its_level(share: float) -> None:
    counts = np.random.default_rng(2).binomial(20, share, 2000)
    intervals = [share_interval(int(k), 20) for k in range(21)]
    assert no_less_often_than(sum(intervals[k].lo <= share <= intervals[k].hi for k in counts), 2000, LEVEL)


@pytest.mark.parametrize(("successes", "expected"), [(0, (0.0, 0.2327)), (20, (0.7673, 1.0))])
def test_share_interval_agrees_with_its_closed_form_at_the_ends(
    successes: int, expected: tuple[float, float]
) -> None:
    assert pytest.approx(0.2327, abs=1e-4) == 1 - (0.01 / 2) ** (1 / 20)
    assert share_interval(successes, 20) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("successes", range(21))
def test_share_interval_agrees_with_scipy(successes: int) -> None:
    expected = stats.binomtest(successes, 20).proportion_ci(LEVEL, method="exact")
    assert share_interval(successes, 20) == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.parametrize("successes", [-1, 21])
def test_share_of_more_or_fewer_than_all_is_refused(successes: int) -> None:
    with pytest.raises(ValueError, match="between 0 and n, 20"):
        share_interval(successes, 20)


@pytest.mark.parametrize(("mean", "n"), [(0.1, 3), (1.0, 3), (16.0, 4)])
def test_count_interval_covers_a_poisson_mean_at_least_at_its_level(mean: float, n: int) -> None:
    totals = np.random.default_rng(3).poisson(mean, (2000, n)).sum(1)
    intervals = [count_interval(int(total), n) for total in totals]
    assert no_less_often_than(sum(lo <= mean <= hi for lo, hi in intervals), 2000, LEVEL)


def test_count_interval_covers_counts_that_vary_less_than_poisson() -> None:
    totals = np.random.default_rng(4).binomial(8, 0.5, (2000, 3)).sum(1)
    covered = sum(lo <= 4.0 <= hi for lo, hi in (count_interval(int(total), 3) for total in totals))
    assert no_less_often_than(covered, 2000, 0.999)


@pytest.mark.parametrize(
    ("total", "n", "expected"),
    [(0, 3, (0.0, 1.7661)), (14, 4, (1.5577, 6.7090)), (3, 3, (0.1126, 3.6592)), (0, 1, (0.0, 5.2983))],
)
def test_count_interval_agrees_with_known_values(total: int, n: int, expected: tuple[float, float]) -> None:
    assert pytest.approx(1.7661, abs=1e-4) == -math.log(0.01 / 2) / 3
    assert count_interval(total, n) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("total", [0, 1, 14, 1300])
def test_ends_of_a_count_interval_are_the_means_from_which_half_the_rest_lies_beyond(total: int) -> None:
    lo, hi = count_interval(total, 4, 0.9)
    assert stats.poisson.cdf(total, 4 * hi) == pytest.approx(0.05)
    assert lo == 0 if total == 0 else stats.poisson.sf(total - 1, 4 * lo) == pytest.approx(0.05)


def test_count_intervals_are_those_of_each_total() -> None:
    assert count_intervals(range(9), 5) == pytest.approx(np.array([count_interval(k, 5) for k in range(9)]))


@pytest.mark.parametrize(
    ("total", "n", "words"), [(-1, 3, "total is -1"), (0, 0, "at least 1 count, not 0"), (1, -1, "not -1")]
)
def test_count_interval_of_a_negative_total_or_of_no_count_is_refused(total: int, n: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        count_interval(total, n)


def test_mean_interval_agrees_with_scipy() -> None:
    sample = [1.0, 2.0, 4.0, 4.5]
    expected = stats.ttest_1samp(sample, 0).confidence_interval(LEVEL)
    assert mean_interval(sample) == pytest.approx((expected.low, expected.high))


def test_mean_interval_of_one_value_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 values, not 1"):
        mean_interval([1.0])


@given(values)
def test_mean_interval_is_centred_on_the_mean(sample: list[float]) -> None:
    lo, hi = mean_interval(sample)
    assert lo <= np.mean(sample) <= hi
    assert (lo + hi) / 2 == pytest.approx(np.mean(sample), abs=1e-6 * (1 + hi - lo))


def test_interval_contains_what_touches_its_ends_and_nothing_beyond() -> None:
    assert Interval(0, 1).contains(Interval(0, 1))
    assert Interval(-math.inf, 1).contains(Interval(-1e300, 1))
    assert not Interval(0, 1).contains(Interval(0, math.nextafter(1, 2)))
