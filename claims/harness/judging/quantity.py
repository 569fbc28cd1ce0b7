"""A measured quantity: its values over seeds, its interval, and the region that is accepted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

import numpy as np

from claims.harness.errors import MisuseError
from claims.harness.judging.outcomes import Position
from claims.harness.judging.statistics import (
    LEVEL,
    RESOLUTION,
    Interval,
    count_interval,
    mean_interval,
    share_interval,
    standard_deviation,
)

LARGEST: Final = 1e100
"""Largest size of a value: squares and sums of numbers up to here stay finite."""

LARGEST_COUNT: Final = 10**9
"""Largest value of a count: the totals that are likely with other seeds can be gone through one by one."""

_RELATIONS: Final = {
    Position.INSIDE: "lies in",
    Position.OUTSIDE: "lies outside",
    Position.UNDECIDED: "crosses an edge of",
}


class Kind(StrEnum):
    """How the values of a quantity are summarized by one number and an interval."""

    MEAN = "mean"
    SHARE = "share"
    COUNT = "count"
    EXACT = "exact"


def is_count(value: float) -> bool:
    """Whether a value can be one of a count: a whole number from 0 to `LARGEST_COUNT`."""
    return 0 <= value <= LARGEST_COUNT and float(value).is_integer()


def interval_of(kind: Kind, values: Sequence[float]) -> Interval:
    """Confidence interval of values at `LEVEL`.

    Parameters
    ----------
    kind
        Kind of the quantity.
    values
        Its values, as many as the kind needs.
    """
    match kind:
        case Kind.MEAN:
            return mean_interval(values)
        case Kind.SHARE:
            return share_interval(round(sum(values)), len(values))
        case Kind.COUNT:
            return count_interval(round(sum(values)), len(values))
        case Kind.EXACT:
            return Interval(values[0], values[0])


def check_stated(name: str, paper: float | None, acceptance: Interval | None, because: str) -> None:
    """Check what a claim states about a quantity.

    Parameters
    ----------
    name, paper, acceptance, because
        As in `Quantity`.

    Raises
    ------
    MisuseError
        If the name is empty, the paper's value is not finite, or the acceptance region is empty or has no
        reason.
    """
    if not name.strip():
        raise MisuseError("measure needs a name that says what is measured.")
    if paper is not None and not math.isfinite(paper):
        raise MisuseError(f"measure({name!r}): paper must be finite or None, not {paper}.")
    if acceptance is None:
        return
    lo, hi = acceptance
    if not lo <= hi or (math.isinf(lo) and math.isinf(hi)):
        raise MisuseError(f"measure({name!r}): [{lo:g}, {hi:g}] is no acceptance region.")
    if not because.strip():
        raise MisuseError(f"measure({name!r}) needs because=, the reason for its acceptance region.")


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """One measured quantity; in a statement with the paper's value and the acceptance region.

    A count is the number of things found, such as polytopes, in each of several models or sweeps. A few equal
    counts, such as 0, 0 and 0, have no spread, so that Student's interval would have no width and would call
    chance a contradiction. Counts of rare things are about Poisson. Things that compete for room in one model
    vary less, which makes the interval wider than needed. Things that come in groups vary more; their groups
    can be counted.

    Parameters
    ----------
    name
        Name of the quantity; unique in its claim.
    kind
        A mean over seeds with a Student t interval, a share of seeds (values 0 and 1) with an exact
        Clopper-Pearson interval, a count (whole numbers) with the exact Garwood interval of a Poisson mean,
        or one exact value whose interval has no width.
    values
        One finite value a seed, in `unit`; exactly one if exact, at least two if a mean. Of a count, one
        whole number from 0 to `LARGEST_COUNT` for each model or sweep.
    paper
        The paper's value; None where it gives no number.
    acceptance
        Region that must contain the whole interval; an infinite end is open. None in a robustness note, which
        accepts anything.
    because
        The reason for this acceptance region; empty if there is none.
    unit
        Unit of the values; empty if there is none.
    resolution
        Largest change between two runs that counts as none, in `unit`; None for `RESOLUTION` of the
        quantity's scale.

    Raises
    ------
    MisuseError
        If a value is not finite, or one of a count is no such whole number; if there are too few values, or
        the acceptance region is empty or has no reason.
    """

    name: str
    kind: Kind
    values: tuple[float, ...]
    paper: float | None
    acceptance: Interval | None
    because: str = ""
    unit: str = ""
    resolution: float | None = None

    def __post_init__(self) -> None:
        """Check everything that a measurement can get wrong."""
        needed = 2 if self.kind is Kind.MEAN else 1
        if len(self.values) < needed or (self.kind is Kind.EXACT and len(self.values) > 1):
            wanted = {
                Kind.MEAN: "a mean needs at least 2 values",
                Kind.SHARE: "a share needs at least 1 value",
                Kind.COUNT: "a count needs at least 1 value",
                Kind.EXACT: "an exact quantity needs exactly 1 value",
            }[self.kind]
            raise MisuseError(f"measure({self.name!r}): {wanted}, not {len(self.values)}.")
        for value in self.values:
            if not abs(value) <= LARGEST:
                raise MisuseError(f"measure({self.name!r}): every value must be finite, not {value}.")
            if self.kind is Kind.COUNT and not is_count(value):
                raise MisuseError(
                    f"measure({self.name!r}): a count must be a whole number from 0 to {LARGEST_COUNT:,}, "
                    f"not {value}."
                )
        check_stated(self.name, self.paper, self.acceptance, self.because)
        if self.resolution is not None and not 0 <= self.resolution < math.inf:
            raise MisuseError(
                f"measure({self.name!r}): resolution must be finite and not negative, not {self.resolution}."
            )

    @property
    def n(self) -> int:
        """Number of values."""
        return len(self.values)

    @cached_property
    def mean(self) -> float:
        """Mean of the values, in the quantity's unit."""
        return float(np.mean(self.values))

    @cached_property
    def sd(self) -> float:
        """Standard deviation over seeds (n - 1 in the denominator), in the quantity's unit."""
        return standard_deviation(self.values)

    @cached_property
    def interval(self) -> Interval:
        """Confidence interval at `LEVEL`, in the quantity's unit."""
        return interval_of(self.kind, self.values)

    @cached_property
    def position(self) -> Position | None:
        """Where the interval lies; None without an acceptance region. Fewer seeds make it undecided.

        Regions and intervals are closed: an interval that ends at an edge is inside if it comes from within,
        and undecided if it comes from without.
        """
        if self.acceptance is None:
            return None
        if self.acceptance.contains(self.interval):
            return Position.INSIDE
        return Position.UNDECIDED if self.acceptance.meets(self.interval) else Position.OUTSIDE

    @property
    def smallest_change(self) -> float:
        """Largest change between two runs that still counts as none, in the quantity's unit.

        Unless `resolution` is given, it is `RESOLUTION` times the quantity's scale: the largest finite
        number among its values, the ends of its acceptance region and the paper's value. A residual of 1e-16
        that must stay below 1e-9 may therefore become 3e-16.
        """
        if self.resolution is not None:
            return self.resolution
        region: tuple[float, ...] = () if self.acceptance is None else self.acceptance
        scale = [*self.values, *region, 0.0 if self.paper is None else self.paper]
        return RESOLUTION * max(abs(number) for number in scale if math.isfinite(number))

    def __str__(self) -> str:
        """Describe in one line what was measured, which region is accepted, and why."""
        seeds = "exact" if self.kind is Kind.EXACT else f"{LEVEL:.0%} interval over {self.n} seeds"
        span = "" if self.kind is Kind.EXACT else f" [{self.interval.lo:.4g}, {self.interval.hi:.4g}]"
        unit = f" {self.unit}" if self.unit else ""
        measured = f"{self.name}: {self.mean:.4g}{span}{unit} ({seeds})"
        if self.acceptance is None or self.position is None:
            return measured
        lo, hi = self.acceptance
        return f"{measured} {_RELATIONS[self.position]} [{lo:.4g}, {hi:.4g}], because {self.because}"
