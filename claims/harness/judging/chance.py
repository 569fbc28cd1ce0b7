"""How likely a claim is to fail by chance if the same code runs with other seeds, estimated from one run.

The verdict depends on where the intervals lie, so the chance depends on the spread over seeds, on their
number, and on the distances of the means from the edges. One run knows all three. Runs over many seeds
(`claims.harness.flakiness`) count what is predicted here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from claims.harness.judging.outcomes import Position, Verdict
from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import (
    LEVEL,
    Interval,
    count_intervals,
    estimated_spreads,
    share_intervals,
)

NOTABLE: Final = 1e-3
"""Chance of failing above which a claim needs more seeds or a better statistic."""

_UNLIKELY: Final = 1e-9


class Chances(NamedTuple):
    """Chances that the interval of a quantity lies inside its region, and outside; else it is undecided."""

    inside: float
    outside: float


def chances_of(quantity: Quantity) -> Chances:
    """Estimate where the interval of a quantity lies with the same number of other seeds.

    Values of a mean are taken to be normal with this run's mean and standard deviation. A share is taken to
    be (k + 1/2) / (n + 1) for k successes in n values, so that a share of 0 or 1 can change, too; with few
    seeds, its chance is large. The total of counts is taken to be Poisson with the mean k + 1/2 for a total
    of k, so that 0 can change, too.

    Parameters
    ----------
    quantity
        A quantity with an acceptance region.

    Raises
    ------
    ValueError
        If it has none.
    """
    if quantity.acceptance is None:
        raise ValueError(f"{quantity.name} has no acceptance region, in which its interval could lie.")
    match quantity.kind:
        case Kind.MEAN if quantity.sd > 0:
            return _of_mean(quantity.mean, quantity.sd, quantity.n, quantity.acceptance)
        case Kind.SHARE:
            return _of_share(round(sum(quantity.values)), quantity.n, quantity.acceptance)
        case Kind.COUNT:
            return _of_count(round(sum(quantity.values)), quantity.n, quantity.acceptance)
        case _:
            is_inside = quantity.position is Position.INSIDE
            return Chances(float(is_inside), float(not is_inside))


def chance_of_failing(quantities: Iterable[Quantity], expected: Verdict, *, lenient: bool = False) -> float:
    """Upper bound of the chance that a claim fails with other seeds, however its quantities depend.

    Parameters
    ----------
    quantities
        The quantities that the claim measured.
    expected
        The documented verdict: with any other the claim fails. A note never does.
    lenient
        Whether only the opposite of the documented verdict fails, as in `passes`.
    """
    if expected is Verdict.NOTED:
        return 0.0
    chances = [chances_of(quantity) for quantity in quantities]
    replicated = min((each.inside for each in chances), default=0.0)
    contradicted = min(1.0, sum(each.outside for each in chances))
    if lenient:
        opposites = {Verdict.REPLICATED: contradicted, Verdict.CONTRADICTED: replicated}
        return opposites.get(expected, 0.0)
    match expected:
        case Verdict.REPLICATED:
            return min(1.0, sum(1 - each.inside for each in chances))
        case Verdict.CONTRADICTED:
            return min((1 - each.outside for each in chances), default=0.0)
        case _:
            return min(1.0, replicated + contradicted)


def _of_mean(mean: float, sd: float, n: int, acceptance: Interval) -> Chances:
    error = sd / math.sqrt(n)
    halves = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) * estimated_spreads(n - 1)
    below, above = (acceptance.lo - mean) / error, (acceptance.hi - mean) / error
    inside = stats.norm.cdf(above - halves) - stats.norm.cdf(below + halves)
    outside = stats.norm.cdf(below - halves) + stats.norm.cdf(-above - halves)
    return Chances(float(np.maximum(inside, 0).mean()), float(outside.mean()))


def _of_share(successes: int, n: int, acceptance: Interval) -> Chances:
    chances = stats.binom.pmf(np.arange(n + 1), n, (successes + 0.5) / (n + 1))
    return _of_outcomes(share_intervals(n), chances, acceptance)


def _of_count(total: int, n: int, acceptance: Interval) -> Chances:
    others = stats.poisson(total + 0.5)
    totals = np.arange(others.ppf(_UNLIKELY), others.ppf(1 - _UNLIKELY) + 1)
    return _of_outcomes(count_intervals(totals, n), others.pmf(totals), acceptance)


def _of_outcomes(
    intervals: NDArray[np.float64], chances: NDArray[np.float64], acceptance: Interval
) -> Chances:
    possible = [Interval(*ends) for ends in intervals]
    inside = [acceptance.contains(interval) for interval in possible]
    outside = [not acceptance.meets(interval) for interval in possible]
    return Chances(float(chances[inside].sum()), float(chances[outside].sum()))
