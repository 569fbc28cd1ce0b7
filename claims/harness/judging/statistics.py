"""Intervals that claims are judged by and the test that tells drift from chance, thin over scipy.stats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
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

_GRID: Final = 2000

RANKS_FROM: Final = 48
"""Differences from which on signed ranks are tested: when all have one sign, p is then below 1e-9."""

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

    Raises
    ------
    ValueError
        If there are not from 0 to `n` successes.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"successes is {successes}; it must lie between 0 and n, {n}.")
    lo, hi = share_intervals(n, level)[successes]
    return Interval(float(lo), float(hi))


@cache
def share_intervals(n: int, level: float = LEVEL) -> NDArray[np.float64]:
    """`share_interval` of every number of successes from 0 to `n`: shape ``(n + 1, 2)``, lower ends first."""
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


def p_value_of_centre(differences: ArrayLike, margin: float) -> float:
    """Two-sided p-value that differences, symmetric about a centre, have it further than `margin` from 0.

    Student's t test of few differences; from `RANKS_FROM` on Wilcoxon's signed ranks, whose level holds for
    tails of any length, so that a few models in another minimum do not hide what all others show. Both are
    careful in the centre of the margin and exact at its edge.

    Parameters
    ----------
    differences
        Independent values, shape (difference,). A single one tells nothing: p is 1.
    margin
        Largest distance of the centre from 0 that counts as none, at least 0.
    """
    values = np.asarray(differences, dtype=np.float64)
    if len(values) < 2:
        return 1.0
    if len(values) >= RANKS_FROM:
        above = _p_value_of_ranks(values - margin)
        below = _p_value_of_ranks(-values - margin)
        return min(1.0, 2 * min(above, below))
    excess, error = abs(float(values.mean())) - margin, float(values.std(ddof=1)) / math.sqrt(len(values))
    if error == 0:
        return 0.0 if excess > 0 else 1.0
    return min(1.0, 2 * float(stats.t.sf(excess / error, len(values) - 1)))


def _p_value_of_ranks(values: NDArray[np.float64]) -> float:
    if not values.any():
        return 1.0
    return float(stats.wilcoxon(values, alternative="greater", method="asymptotic").pvalue)


def p_value_of_more(now: int, n: int, before: int, m: int) -> float:
    """One-sided p-value of Fisher's exact test that the share now/n is no greater than before/m."""
    return float(stats.fisher_exact([[now, n - now], [before, m - before]], alternative="greater").pvalue)


def p_value_of_shares(now: Sequence[float], before: Sequence[float]) -> float:
    """Two-sided p-value of Fisher's exact test that two samples of 0 and 1 have one share."""
    table = [[round(sum(sample)), len(sample) - round(sum(sample))] for sample in (now, before)]
    return float(stats.fisher_exact(table).pvalue)


def detectable_centre(sd: float, n: int, alpha: float, power: float = 0.9) -> float:
    """Smallest distance of a centre from its margin that Student's test catches with the given probability.

    Parameters
    ----------
    sd
        Standard deviation of the differences.
    n
        How many there are, at least 2.
    alpha
        Two-sided level.
    power
        Probability of catching the change.

    Returns
    -------
    float
        The distance, in the unit of `sd`; 0 where there is no spread.
    """
    return _noncentrality(n - 1, alpha, power) * sd / math.sqrt(n) if sd > 0 else 0.0


def detectable_share(successes: int, n: int, alpha: float, power: float = 0.9) -> float | None:
    """Smallest change of a share that Fisher's test catches with the given probability.

    Parameters
    ----------
    successes, n
        The stored sample, which stays as it is; the new one has as many values and another share.
    alpha
        Level of the comparison.
    power
        Probability of catching the change.

    Returns
    -------
    float or None
        The smaller of the changes up and down; None if so few values can never tell.
    """
    stored = [1.0] * successes + [0.0] * (n - successes)

    def caught(k: int) -> bool:
        return p_value_of_shares([1.0] * k + [0.0] * (n - k), stored) < alpha

    fewest = next(filter(caught, range(successes, n + 1)), None)
    most = next(filter(caught, range(successes, -1, -1)), None)
    share, changes = successes / n, []
    if fewest is not None:
        # P(at least k of n) grows with the share as a beta distribution's distribution function does.
        changes.append(float(stats.beta.ppf(power, fewest, n - fewest + 1)) - share)
    if most is not None:
        changes.append(share - float(stats.beta.ppf(1 - power, most + 1, n - most)))
    return min(changes, default=None)


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
    return _noncentrality(freedom, alpha, power) * sd * math.sqrt(2 / n)


@cache
def estimated_spreads(freedom: float) -> NDArray[np.float64]:
    """Equally likely values of an estimated standard deviation over the true one, shape (value,)."""
    return np.asarray(np.sqrt(stats.chi2.ppf((np.arange(_GRID) + 0.5) / _GRID, freedom) / freedom))


@cache
def _noncentrality(freedom: float, alpha: float, power: float) -> float:
    # Over a grid of what the estimated spread may be: scipy's noncentral t fails at levels so strict.
    critical = float(stats.t.isf(alpha / 2, freedom))
    spreads = estimated_spreads(freedom)

    def shortfall(shift: float) -> float:
        return float(stats.norm.sf(critical * spreads - shift).mean()) - power

    upper = critical
    while shortfall(upper) < 0:
        upper *= 1.5
    return float(optimize.brentq(shortfall, 0.0, upper))
