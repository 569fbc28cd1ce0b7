"""Where the parts of an interval bar stand: acceptance region, interval, paper's value, baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

WIDTH: Final = 200.0
_MARGIN: Final = 0.12
_LEAST_WIDTH: Final = 1.5


@dataclass(frozen=True)
class Bar:
    """Horizontal positions in a drawing `WIDTH` wide; None for what a quantity does not have."""

    region: tuple[float, float]
    interval: tuple[float, float]
    mean: float
    paper: float | None
    baseline: float | None


def bar_of(quantity: dict[str, Any]) -> Bar:
    """Place a quantity on a linear axis that just holds all its parts.

    Parameters
    ----------
    quantity
        As in results.json. An open end of its acceptance region reaches the edge of the drawing.
    """
    lo, hi = quantity["acceptance"]
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
        region=(left, max(right - left, _LEAST_WIDTH)),
        interval=(place(quantity["interval"][0]), place(quantity["interval"][1])),
        mean=place(quantity["mean"]),
        paper=None if quantity["paper"] is None else place(quantity["paper"]),
        baseline=None if baseline is None else place(baseline),
    )
