"""A change that is said to be detectable is detected 9 times in 10, by simulation with fixed seeds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from claims.harness.baselines.power import (
    detectable_centre,
    detectable_change,
    detectable_count,
    detectable_share,
)
from claims.harness.baselines.significance import (
    p_value_of_centre,
    p_value_of_counts,
    p_value_of_means,
    p_value_of_shares,
)
from claims.harness.judging.quantity import LARGEST_COUNT


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


@pytest.mark.parametrize(("total", "n"), [(0, 3), (3, 3), (26, 4), (60, 10), (300, 4)])
def test_detectable_change_of_a_count_is_caught_nine_times_in_ten(total: int, n: int) -> None:
    alpha = 1e-6
    change = detectable_count(total, n, alpha)
    totals = np.arange(2 * total + 200)
    caught = np.array([p_value_of_counts(int(k), n, total, n) < alpha for k in totals])
    powers = [
        float(stats.poisson.pmf(totals, n * mean) @ caught)
        for mean in (total / n + change, total / n - change)
        if mean >= 0
    ]
    assert max(powers) == pytest.approx(0.9, abs=1e-6)


def test_detectable_change_of_a_count_shrinks_with_models_and_grows_with_strictness() -> None:
    assert detectable_count(64, 64, 1e-6) < detectable_count(16, 16, 1e-6) < detectable_count(16, 16, 1e-9)
    largest = 10 * LARGEST_COUNT
    assert detectable_count(largest, 10, 1e-6) < 1e-3 * LARGEST_COUNT


def test_detectable_centre_is_caught_nine_times_in_ten() -> None:
    rng, alpha, runs = np.random.default_rng(8), 1e-4, 2000
    change = detectable_centre(2.0, 12, alpha)
    caught = sum(p_value_of_centre(row, 0.5) < alpha for row in rng.normal(0.5 + change, 2, (runs, 12)))
    assert caught / runs == pytest.approx(0.9, abs=0.03)
    assert detectable_centre(0.0, 12, alpha) == 0


def test_a_share_from_which_only_the_opposite_can_be_told_has_a_detectable_change() -> None:
    # Of 10 models, 10 differ from 0 at this level, and not from 1.
    assert detectable_share(10, 10, 5e-5) is not None
    assert detectable_share(10, 10, 5e-6) is None
