"""How likely a claim is to fail by chance if the same code runs with other seeds, estimated from one run.

The acceptance region must contain the whole interval, so the chance depends on the spread over seeds, on
their number, and on the distance of the mean from the edges. One run knows all three. Runs over many seeds
(`claims.harness.flakiness`) count what is predicted here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import numpy as np
from scipy import stats

from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import LEVEL, Interval, estimated_spreads, share_intervals

NOTABLE: Final = 1e-3
"""Chance of failing above which a claim needs more seeds or a better statistic."""


def chance_of_missing(quantity: Quantity) -> float:
    """Chance that the same number of other seeds puts a quantity's interval outside its acceptance region.

    Values of a mean are taken to be normal with this run's mean and standard deviation. A share is taken to
    be (k + 1/2) / (n + 1) for k successes in n values, so that a share of 0 or 1 can miss, too; with few
    seeds, its chance is large.
    """
    match quantity.kind:
        case Kind.MEAN:
            return _of_mean(quantity.mean, quantity.sd, quantity.n, quantity.acceptance)
        case Kind.SHARE:
            return _of_share(round(sum(quantity.values)), quantity.n, quantity.acceptance)
        case Kind.EXACT:
            return 0.0 if quantity.accepted else 1.0


def chance_of_failing(quantities: Iterable[Quantity], *, documented: bool) -> float:
    """Upper bound of the chance that a claim fails with other seeds, however its quantities depend.

    Parameters
    ----------
    quantities
        The quantities that the claim measured.
    documented
        Whether the claim is documented as not replicated, and so fails if every quantity is accepted.
    """
    misses = [chance_of_missing(quantity) for quantity in quantities]
    return min((1 - miss for miss in misses), default=0.0) if documented else min(1.0, sum(misses))


def _of_mean(mean: float, sd: float, n: int, acceptance: Interval) -> float:
    if sd == 0:
        return 0.0 if acceptance.lo <= mean <= acceptance.hi else 1.0
    critical, error = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)), sd / math.sqrt(n)
    spreads = estimated_spreads(n - 1)
    inside = [mean - acceptance.lo, acceptance.hi - mean]
    return min(1.0, sum(float(stats.norm.cdf(critical * spreads - d / error).mean()) for d in inside))


def _of_share(successes: int, n: int, acceptance: Interval) -> float:
    possible = share_intervals(n)
    misses = (possible[:, 0] < acceptance.lo) | (possible[:, 1] > acceptance.hi)
    return float(stats.binom.pmf(np.arange(n + 1), n, (successes + 0.5) / (n + 1))[misses].sum())
