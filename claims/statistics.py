"""Intervals that claims are judged by and the test that tells drift from chance, thin over scipy.stats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from scipy import optimize, stats

LEVEL: Final = 0.99
"""Confidence level of every interval that a claim is judged by."""

SUITE_FALSE_ALARM: Final = 5e-4
"""Chance that a whole run of unchanged code reports any drift.

As much again is left to the paper's verdicts, so that both together stay below 1 in 1000 runs.
"""

SHORT_TAILS: Final = 8.0
"""How many times more often than its level says Welch's test may err on values with short tails.

For 8 uniform values a side, simulation of 30 million pairs finds 6 times at a level of 6e-7; with more seeds
or longer tails the test errs less. The level of every comparison is divided by this.
"""

RESOLUTION: Final = 1e-5
"""Relative change that is never drift: one unit in the last of the six digits that baselines keep.

Reordered float32 sums move a converged result by about as much; nothing that small is a finding.
"""


class Interval(NamedTuple):
    """A closed range of numbers; an infinite end is open."""

    lo: float
    hi: float

    def contains(self, other: Interval) -> bool:
        """Whether all of `other` lies in this interval."""
        return self.lo <= other.lo and other.hi <= self.hi


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
        If there are fewer than two values: one value says nothing of its own spread.
    """
    n = len(values)
    if n < 2:
        raise ValueError(f"an interval of the mean needs at least 2 values, not {n}")
    mean, error = float(np.mean(values)), float(np.std(values, ddof=1)) / math.sqrt(n)
    half = error * float(stats.t.ppf((1 + level) / 2, n - 1))
    return Interval(mean - half, mean + half)


def share_interval(successes: int, n: int, level: float = LEVEL) -> Interval:
    """Clopper and Pearson's exact interval of a share.

    Parameters
    ----------
    successes, n
        How many of how many; `n` at least 1.
    level
        Confidence level, between 0 and 1; coverage is never below it.
    """
    interval = stats.binomtest(successes, n).proportion_ci(level, method="exact")
    return Interval(float(interval.low), float(interval.high))


def alpha_of_one(comparisons: int) -> float:
    """Level of one comparison, so that all of them together keep `SUITE_FALSE_ALARM` (Bonferroni).

    The bound holds however the comparisons depend on each other; here they do, as claims share models.

    Parameters
    ----------
    comparisons
        Quantities that a whole run compares.
    """
    return SUITE_FALSE_ALARM / SHORT_TAILS / max(comparisons, 1)


def p_value_of_means(now: Sequence[float], before: Sequence[float]) -> float:
    """Two-sided p-value of Welch's t test that two samples have one mean.

    Unchanged code gives two samples of one distribution and of one size. The difference of their means is
    then symmetric however skewed the values are, and Welch's degrees of freedom, fewer than Student's where
    the two spreads differ by chance, make the test careful with long tails; short ones are what
    `SHORT_TAILS` is for. Ranks or permutations cannot serve here: with 8 seeds a side their smallest
    p-value, 2 in 12870, is far above the level of one comparison.

    Parameters
    ----------
    now, before
        One value a seed. Two samples without any spread, or of one value each, give 1 if equal and 0 if not.
    """
    n, m = len(now), len(before)
    difference = float(np.mean(now)) - float(np.mean(before))
    if difference == 0:
        return 1.0
    a = float(np.var(now, ddof=1)) / n if n > 1 else 0.0
    b = float(np.var(before, ddof=1)) / m if m > 1 else 0.0
    if a + b == 0:
        return 0.0
    freedom = (a + b) ** 2 / ((a**2 / (n - 1) if n > 1 else 0.0) + (b**2 / (m - 1) if m > 1 else 0.0))
    return float(2 * stats.t.sf(abs(difference) / math.sqrt(a + b), freedom))


def p_value_of_shares(now: Sequence[float], before: Sequence[float]) -> float:
    """Two-sided p-value of Fisher's exact test that two samples of 0 and 1 have one share."""
    table = [[round(sum(sample)), len(sample) - round(sum(sample))] for sample in (now, before)]
    return float(stats.fisher_exact(table).pvalue)


def detectable_change(sd: float, n: int, alpha: float, power: float = 0.9) -> float:
    """Smallest change of a mean that the drift test catches with the given probability.

    Both samples are taken to be normal with `n` values and standard deviation `sd`, which makes the test
    statistic noncentral t. Its degrees of freedom are those whose reciprocal is expected of Welch's formula:
    (k + 2) / (2 k (k + 1)) with k = n - 1.

    Parameters
    ----------
    sd
        Standard deviation over seeds, in the quantity's unit.
    n
        Seeds on each side, at least 2.
    alpha
        Level of the comparison.
    power
        Probability of catching the change.

    Returns
    -------
    float
        The change, in the quantity's unit; 0 where there is no spread.
    """
    if sd == 0:
        return 0.0
    freedom = 2 * (n - 1) * n / (n + 1)
    critical = float(stats.t.isf(alpha / 2, freedom))

    def shortfall(shift: float) -> float:
        return float(stats.nct.sf(critical, freedom, shift)) - power

    upper = critical
    while shortfall(upper) < 0:
        upper *= 1.5
    return float(optimize.brentq(shortfall, 0.0, upper)) * sd * math.sqrt(2 / n)
