"""Intervals cover and the drift test errs as often as they say, by simulation with fixed seeds."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from claims.harness.baselines.power import detectable_centre, detectable_change, detectable_share
from claims.harness.baselines.significance import (
    RANKS_FROM,
    SHORT_TAILS,
    SUITE_FALSE_ALARM,
    alpha_of_one,
    p_value_of_centre,
    p_value_of_means,
    p_value_of_more,
    p_value_of_shares,
)
from claims.harness.judging.statistics import LEVEL, Interval, mean_interval, share_interval

Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray[Any, np.dtype[np.float64]]]
values = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30)


def no_less_often_than(count: int, n: int, rate: float) -> bool:
    """Whether a count is compatible with a rate of at least `rate`; wrong once in 10 000."""
    return bool(stats.binom.cdf(count, n, rate) > 1e-4)


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


def test_one_seed_of_eight_that_leaves_a_degenerate_sample_is_no_drift() -> None:
    assert p_value_of_means([5.0] * 7 + [6.0], [5.0] * 8) > 0.1


@pytest.mark.parametrize("n", [8, 24])
def test_detectable_change_is_caught_nine_times_in_ten(n: int) -> None:
    rng, alpha, runs = np.random.default_rng(5), 1e-4, 2000
    change = detectable_change(2.0, n, alpha)
    before, now = rng.normal(0, 2, (runs, n)), rng.normal(change, 2, (runs, n))
    caught = sum(p_value_of_means(a, b) < alpha for a, b in zip(now, before, strict=True))
    assert caught / runs == pytest.approx(0.9, abs=0.03)


def test_detectable_change_shrinks_with_seeds_and_grows_with_strictness() -> None:
    assert detectable_change(1, 64, 1e-6) < detectable_change(1, 16, 1e-6) < detectable_change(1, 16, 1e-9)
    assert detectable_change(0.0, 16, 1e-6) == 0.0


@pytest.mark.parametrize(("successes", "n"), [(40, 40), (0, 40), (30, 60), (100, 101)])
def test_detectable_change_of_a_share_is_caught_nine_times_in_ten(successes: int, n: int) -> None:
    alpha = 1e-6
    change = detectable_share(successes, n, alpha)
    assert change is not None
    stored = [1.0] * successes + [0.0] * (n - successes)
    caught = np.array([p_value_of_shares([1.0] * k + [0.0] * (n - k), stored) < alpha for k in range(n + 1)])
    powers = [
        float(stats.binom.pmf(np.arange(n + 1), n, share) @ caught)
        for share in (successes / n + change, successes / n - change)
        if 0 <= share <= 1
    ]
    assert max(powers) == pytest.approx(0.9, abs=1e-6)


def test_a_share_of_few_values_can_never_be_seen_to_change() -> None:
    assert detectable_share(8, 8, 1e-6) is None
    assert detectable_share(10, 20, 1e-8) is None


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


def test_a_centre_of_values_without_spread_is_beyond_its_margin_or_is_not() -> None:
    assert p_value_of_centre([0.0] * 60, 0.0) == 1
    assert p_value_of_centre([0.1] * 4, 0.2) == 1
    assert p_value_of_centre([0.3] * 4, 0.2) == 0
    assert p_value_of_centre([0.3], 0.2) == 1
    assert p_value_of_centre([0.1] * RANKS_FROM, 0.0) < 1e-8


def test_detectable_centre_is_caught_nine_times_in_ten() -> None:
    rng, alpha, runs = np.random.default_rng(8), 1e-4, 2000
    change = detectable_centre(2.0, 12, alpha)
    caught = sum(p_value_of_centre(row, 0.5) < alpha for row in rng.normal(0.5 + change, 2, (runs, 12)))
    assert caught / runs == pytest.approx(0.9, abs=0.03)
    assert detectable_centre(0.0, 12, alpha) == 0


def test_a_greater_share_is_told_from_a_chance_one() -> None:
    assert p_value_of_more(8, 8, 0, 40) == pytest.approx(1 / math.comb(48, 8))
    assert p_value_of_more(0, 8, 20, 40) == 1
