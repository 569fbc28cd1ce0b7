"""Quantities made of given values."""

from __future__ import annotations

import math

from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import Interval

BECAUSE = "a tenth is what the plot can show"


def quantity(
    *values: float,
    lo: float = -math.inf,
    hi: float = math.inf,
    kind: Kind = Kind.MEAN,
    name: str = "q",
    unit: str = "",
) -> Quantity:
    """Make a quantity that is accepted between `lo` and `hi`; without any of them, one of a note."""
    acceptance = None if math.isinf(lo) and math.isinf(hi) else Interval(lo, hi)
    return Quantity(
        name=name,
        kind=kind,
        values=values,
        paper=None,
        acceptance=acceptance,
        because="" if acceptance is None else BECAUSE,
        unit=unit,
    )
