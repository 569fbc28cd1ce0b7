"""The smallest changes that the tests of `claims.harness.baselines.significance` detect."""

from __future__ import annotations

import math
from bisect import bisect_left
from functools import cache

from scipy import optimize, stats

from claims.harness.baselines.significance import p_value_of_counts, p_value_of_shares
from claims.harness.judging.statistics import estimated_spreads


def detectable_change(sd: float, n: int, alpha: float, power: float = 0.9) -> float:
    """Smallest change of a mean that Welch's test detects with the given probability.

    Both samples are taken to be normal with `n` values and standard deviation `sd`, which makes the test
    statistic noncentral t. Its degrees of freedom are those whose reciprocal is expected of Welch's formula:
    (k + 2) / (2 k (k + 1)) with k = n - 1.

    Parameters
    ----------
    sd
        Standard deviation over seeds, in the quantity's unit.
    n
        Number of seeds on each side, at least 2.
    alpha
        Level of the comparison.
    power
        Probability of detecting the change.

    Returns
    -------
    float
        The change, in the quantity's unit; 0 where there is no spread.
    """
    if sd == 0:
        return 0.0
    freedom = 2 * (n - 1) * n / (n + 1)
    return _noncentrality(freedom, alpha, power) * sd * math.sqrt(2 / n)


def detectable_centre(sd: float, n: int, alpha: float, power: float = 0.9) -> float:
    """Smallest distance of a centre from its margin that Student's test detects with the given probability.

    Parameters
    ----------
    sd
        Standard deviation of the differences.
    n
        Number of differences, at least 2.
    alpha
        Two-sided level.
    power
        Probability of detecting the distance.

    Returns
    -------
    float
        The distance, in the unit of `sd`; 0 where there is no spread.
    """
    return _noncentrality(n - 1, alpha, power) * sd / math.sqrt(n) if sd > 0 else 0.0


def detectable_share(successes: int, n: int, alpha: float, power: float = 0.9) -> float | None:
    """Smallest change of a share that Fisher's test detects with the given probability.

    Parameters
    ----------
    successes, n
        Number of successes and of values in the stored sample, which is fixed; the new sample has as many
        values and another share.
    alpha
        Level of the comparison.
    power
        Probability of detecting the change.

    Returns
    -------
    float or None
        The smaller of the changes up and down; None if so few values can detect no change.
    """
    stored = [1.0] * successes + [0.0] * (n - successes)

    def detected(k: int) -> bool:
        return p_value_of_shares([1.0] * k + [0.0] * (n - k), stored) < alpha

    fewest = next(filter(detected, range(successes, n + 1)), None)
    most = next(filter(detected, range(successes, -1, -1)), None)
    share, changes = successes / n, []
    if fewest is not None:
        # P(at least k of n) grows with the share as a beta distribution's distribution function does.
        changes.append(float(stats.beta.ppf(power, fewest, n - fewest + 1)) - share)
    if most is not None:
        changes.append(share - float(stats.beta.ppf(1 - power, most + 1, n - most)))
    return min(changes, default=None)


def detectable_count(total: int, n: int, alpha: float, power: float = 0.9) -> float:
    """Smallest change of a mean count that the exact test detects with the given probability.

    Parameters
    ----------
    total, n
        Total and number of the stored counts, which are fixed; the new sample has as many counts, which are
        Poisson with another mean.
    alpha
        Level of the comparison.
    power
        Probability of detecting the change.

    Returns
    -------
    float
        The smaller of the changes up and down, of the mean of one count.
    """

    def detected(new: int) -> bool:
        return p_value_of_counts(new, n, total, n) < alpha

    enough = total + 1
    while not detected(enough):
        enough *= 2
    fewest = total + bisect_left(range(total, enough), True, key=detected)
    # P(at least k) and P(at most k) depend on the mean of a Poisson total as chi-squared probabilities do.
    changes = [float(stats.chi2.ppf(power, 2 * fewest)) / 2 - total]
    # Of the totals below, those up to some number are detected, or none is.
    most = bisect_left(range(total), True, key=lambda new: not detected(new)) - 1
    if most >= 0:
        changes.append(total - float(stats.chi2.ppf(1 - power, 2 * (most + 1))) / 2)
    return min(changes) / n


@cache
def _noncentrality(freedom: float, alpha: float, power: float) -> float:
    # Averages over a grid of estimated spreads: scipy's noncentral t fails at such strict levels.
    critical = float(stats.t.isf(alpha / 2, freedom))
    spreads = estimated_spreads(freedom)

    def shortfall(shift: float) -> float:
        return float(stats.norm.sf(critical * spreads - shift).mean()) - power

    upper = critical
    while shortfall(upper) < 0:
        upper *= 1.5
    return float(optimize.brentq(shortfall, 0.0, upper))
