"""The tests that tell drift from chance, and the level of each, thin over scipy.stats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from claims.harness.judging.statistics import standard_deviation

SUITE_FALSE_ALARM: Final = 5e-4
"""Chance that a run of all claims with unchanged code reports any drift.

The verdicts against the paper may use as much again, so that both together stay below 1 in 1000 runs.
"""

SHORT_TAILS: Final = 8.0
"""How many times more often than its level says Welch's test may err on values with short tails.

For 8 uniform values a side, simulation of 30 million pairs finds 6 times at a level of 6e-7; with more seeds
or longer tails the test errs less. The level of every comparison is divided by this.
"""

RANKS_FROM: Final = 48
"""Number of differences from which signed ranks are tested: if all have one sign, p is then below 1e-9."""


def alpha_of_one(comparisons: int) -> float:
    """Level of one comparison, so that all of them together keep `SUITE_FALSE_ALARM` (Bonferroni).

    The bound holds however the comparisons depend on each other; here they do, as claims share models.

    Parameters
    ----------
    comparisons
        Number of comparisons in a run of all claims.
    """
    return SUITE_FALSE_ALARM / SHORT_TAILS / max(comparisons, 1)


def p_value_of_means(now: Sequence[float], before: Sequence[float], *, same_draws: bool = True) -> float:
    """Two-sided p-value of Welch's t test that two samples have the same mean.

    Unchanged code gives two samples of one distribution and of one size. The difference of their means is
    then symmetric however skewed the values are, and Welch's degrees of freedom, fewer than Student's where
    the two spreads differ by chance, make the test conservative for long tails; `SHORT_TAILS` accounts for
    short ones. Ranks or permutations cannot serve here: with 8 seeds a side their smallest p-value, 2 in
    12870, is far above the level of one comparison.

    Parameters
    ----------
    now, before
        One value a seed. Two samples without any spread, or of one value each, give 1 if equal. If not, they
        give 0 where unchanged code would repeat every value; else `p_value_without_spread`.
    same_draws
        Whether unchanged code would repeat every value, as with the same seed of the run.
    """
    n, m = len(now), len(before)
    difference = float(np.mean(now)) - float(np.mean(before))
    if difference == 0:
        return 1.0
    a, b = standard_deviation(now) ** 2 / n, standard_deviation(before) ** 2 / m
    if a + b == 0:
        return 0.0 if same_draws else p_value_without_spread(n, m)
    freedom = (a + b) ** 2 / ((a**2 / (n - 1) if n > 1 else 0.0) + (b**2 / (m - 1) if m > 1 else 0.0))
    return float(2 * stats.t.sf(abs(difference) / math.sqrt(a + b), freedom))


def p_value_without_spread(n: int, m: int) -> float:
    """Largest chance that n values of a distribution are equal, and m more are equal but different.

    Values that seeds share, such as numbers of features, often have no spread where there are few. If p is
    the probability of the m values' common value, the chance is at most the sum of p^m (1 - p)^n over all
    values. As the probabilities sum to 1, that is at most the largest p^(m - 1) (1 - p)^n, and the same
    holds with n and m exchanged.
    """

    def bound(n: int, m: int) -> float:
        p = (m - 1) / (n + m - 1)
        return float(p ** (m - 1) * (1 - p) ** n)

    return min(bound(n, m), bound(m, n))


def p_value_of_centre(differences: ArrayLike, margin: float) -> float:
    """Two-sided p-value that differences have a centre of symmetry within `margin` of 0.

    Fewer than `RANKS_FROM` differences are tested by Student's t test, more by Wilcoxon's signed ranks. The
    level of the latter holds for tails of any length, so that a few models in another minimum do not hide
    what all others show. Both tests are conservative inside the margin and exact at its edge.

    Parameters
    ----------
    differences
        Independent values, shape (difference,). A single one shows nothing: p is 1.
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
    excess, error = abs(float(values.mean())) - margin, standard_deviation(values) / math.sqrt(len(values))
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
    """Two-sided p-value of Fisher's exact test that two samples of 0 and 1 have the same share."""
    table = [[round(sum(sample)), len(sample) - round(sum(sample))] for sample in (now, before)]
    return float(stats.fisher_exact(table).pvalue)


def p_value_of_counts(now: int, n: int, before: int, m: int) -> float:
    """Two-sided p-value of the exact test that two samples of Poisson counts have the same mean.

    If they do, the total of one is binomial, given both. Counts that vary less than Poisson err less often.

    Parameters
    ----------
    now, before
        Totals of the two samples. Two totals of 0 give 1.
    n, m
        Numbers of counts in the two samples, each at least 1.
    """
    together = now + before
    return float(stats.binomtest(now, together, n / (n + m)).pvalue) if together else 1.0
