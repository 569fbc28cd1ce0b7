"""The confidence intervals that claims are judged by, thin over scipy.stats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

LEVEL: Final = 0.99
"""Confidence level of every interval that a claim is judged by."""

RESOLUTION: Final = 1e-5
"""Relative change that is never drift: one unit in the last of the six digits that baselines keep.

Reordered float32 sums move a converged result by about as much; nothing that small is a finding.
"""

ROUNDING: Final = 1e-12
"""Range of values, as a share of the largest size, up to which they are equal but for rounding."""

_GRID: Final = 2000


class Interval(NamedTuple):
    """A closed range of numbers; an infinite end is open."""

    lo: float
    hi: float

    def contains(self, other: Interval) -> bool:
        """Whether all of `other` lies in this interval."""
        return self.lo <= other.lo and other.hi <= self.hi

    def meets(self, other: Interval) -> bool:
        """Whether the two intervals have a point in common."""
        return self.lo <= other.hi and other.lo <= self.hi


def standard_deviation(values: Sequence[float] | NDArray[np.float64]) -> float:
    """Estimate the standard deviation of independent values, with n - 1 in the denominator.

    Parameters
    ----------
    values
        At least one finite value.

    Returns
    -------
    float
        Exactly 0 for one value, and for values that are equal but for rounding.
    """
    if len(values) < 2 or np.ptp(values) <= ROUNDING * np.abs(values).max():
        return 0.0
    return float(np.std(values, ddof=1))


def mean_interval(values: Sequence[float], level: float = LEVEL) -> Interval:
    """Student's t interval of the mean of independent values.

    Parameters
    ----------
    values
        At least two finite values.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Interval
        Both ends are the mean where all values are equal.

    Raises
    ------
    ValueError
        If there are fewer than two values: one value says nothing about its own spread.
    """
    n = len(values)
    if n < 2:
        raise ValueError(f"an interval of the mean needs at least 2 values, not {n}")
    mean, error = float(np.mean(values)), standard_deviation(values) / math.sqrt(n)
    half = error * float(stats.t.ppf((1 + level) / 2, n - 1))
    return Interval(mean - half, mean + half)


def share_interval(successes: int, n: int, level: float = LEVEL) -> Interval:
    """Clopper and Pearson's exact interval of a share.

    Parameters
    ----------
    successes, n
        Number of successes and of trials; `n` is at least 1.
    level
        Confidence level, between 0 and 1; coverage is never below it.

    Raises
    ------
    ValueError
        If `successes` does not lie between 0 and `n`.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"successes is {successes}; it must lie between 0 and n, {n}.")
    lo, hi = share_intervals(n, level)[successes]
    return Interval(float(lo), float(hi))


@cache
def share_intervals(n: int, level: float = LEVEL) -> NDArray[np.float64]:
    """`share_interval` of every number of successes from 0 to `n`: shape (n + 1, 2), lower ends first."""
    successes, tail = np.arange(n + 1), (1 - level) / 2
    ends = np.stack(
        [
            stats.beta.ppf(tail, np.maximum(successes, 1), n - successes + 1),
            stats.beta.ppf(1 - tail, successes + 1, np.maximum(n - successes, 1)),
        ],
        axis=1,
    )
    ends[0, 0], ends[n, 1] = 0, 1
    return ends


def count_interval(total: int, n: int, level: float = LEVEL) -> Interval:
    """Garwood's exact interval of the mean of counts that are distributed as Poisson.

    Parameters
    ----------
    total, n
        Sum of the counts, at least 0, and how many counts there are, at least 1.
    level
        Confidence level, between 0 and 1; coverage of a Poisson mean is never below it.

    Raises
    ------
    ValueError
        If `total` is negative, or there is no count.
    """
    if total < 0:
        raise ValueError(f"total is {total}; a sum of counts must not be negative.")
    if n < 1:
        raise ValueError(f"an interval of the mean of counts needs at least 1 count, not {n}.")
    [(lo, hi)] = count_intervals([total], n, level)
    return Interval(float(lo), float(hi))


def count_intervals(totals: ArrayLike, n: int, level: float = LEVEL) -> NDArray[np.float64]:
    """`count_interval` of every total, shape (total,): shape (total, 2), lower ends first."""
    sums, tail = np.asarray(totals, dtype=np.float64), (1 - level) / 2
    lower = np.where(sums > 0, stats.chi2.ppf(tail, 2 * np.maximum(sums, 1)), 0)
    return np.stack([lower, stats.chi2.ppf(1 - tail, 2 * (sums + 1))], axis=1) / 2 / n


@cache
def estimated_spreads(freedom: float) -> NDArray[np.float64]:
    """Equally likely ratios of an estimated standard deviation to the true one, shape (ratio,).

    Parameters
    ----------
    freedom
        Degrees of freedom of the estimate.
    """
    return np.asarray(np.sqrt(stats.chi2.ppf((np.arange(_GRID) + 0.5) / _GRID, freedom) / freedom))
