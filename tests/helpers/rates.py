"""Rates that a simulation counts."""

from __future__ import annotations

from scipy import stats


def no_less_often_than(count: int, n: int, rate: float) -> bool:
    """Whether a count is compatible with a rate of at least `rate`; wrong once in 10 000."""
    return bool(stats.binom.cdf(count, n, rate) > 1e-4)
