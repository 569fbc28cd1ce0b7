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
    """Make a quantity that is accepted between `lo` and `hi`, of which one at least is finite."""
    return Quantity(
        name=name,
        kind=kind,
        values=values,
        paper=None,
        acceptance=Interval(lo, hi),
        because=BECAUSE,
        unit=unit,
    )
