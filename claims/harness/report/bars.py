"""Positions of the parts of an interval bar: acceptance region, interval, paper's value, baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

WIDTH: Final = 200.0
"""Width of a bar, in the units of its drawing."""

_MARGIN: Final = 0.12
_LEAST_WIDTH: Final = 1.5


@dataclass(frozen=True)
class Bar:
    """Horizontal positions in a drawing `WIDTH` wide; None for parts that a quantity does not have.

    Parameters
    ----------
    region
        Left end and width of the acceptance region; None for a quantity that has none.
    interval
        Ends of the confidence interval.
    mean, paper, baseline
        Positions of the mean, of the paper's value and of the baseline's mean.
    """

    region: tuple[float, float] | None
    interval: tuple[float, float]
    mean: float
    paper: float | None
    baseline: float | None


def bar_of(quantity: Mapping[str, Any]) -> Bar:
    """Place a quantity on a linear axis that just contains all its parts.

    Parameters
    ----------
    quantity
        A quantity of a results.json. An open end of its acceptance region reaches the edge of the drawing.
    """
    lo, hi = quantity["acceptance"] or (None, None)
    baseline = quantity["baseline"]["mean"] if quantity["baseline"] else None
    shown: list[float | None] = [lo, hi, *quantity["interval"], quantity["mean"], quantity["paper"], baseline]
    numbers = [number for number in shown if number is not None]
    least, most = min(numbers), max(numbers)
    margin = _MARGIN * (most - least) or abs(least) or 1.0
    start, length = least - margin, most - least + 2 * margin

    def place(number: float) -> float:
        return round((number - start) / length * WIDTH, 2)

    left, right = 0.0 if lo is None else place(lo), WIDTH if hi is None else place(hi)
    return Bar(
        region=None if quantity["acceptance"] is None else (left, max(right - left, _LEAST_WIDTH)),
        interval=(place(quantity["interval"][0]), place(quantity["interval"][1])),
        mean=place(quantity["mean"]),
        paper=None if quantity["paper"] is None else place(quantity["paper"]),
        baseline=None if baseline is None else place(baseline),
    )
