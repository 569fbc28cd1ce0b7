"""Clusters of values at given fractions, measured against a smooth spread."""

from __future__ import annotations

from typing import Final

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

FRACTIONS: Final[dict[str, float]] = {
    "3/4": 3 / 4,
    "2/3": 2 / 3,
    "1/2": 1 / 2,
    "2/5": 2 / 5,
    "3/8": 3 / 8,
    "0": 0.0,
}
"""The fractions of a dimension that features get, by the paper (#geometry-structures)."""

HALF_WIDTH: Final = (2 / 5 - 3 / 8) / 4
"""Half the width of the window at a fraction: the widest for which the windows at 3/8 and 2/5 and a flank of
the same size between them do not overlap."""


SMOOTH: Final = 1 / 3
"""Share that a smooth spread gathers: one of the three equal parts of its window and flanks."""

THREE_TIMES: Final = 3 / 5
"""Share gathered where the window is three times as dense as its flanks."""


def gathered(values: Float[np.ndarray, "..."], fraction: float, half: float = HALF_WIDTH) -> float:
    """Share of the values around a fraction that lie near it.

    Parameters
    ----------
    values
        Any shape; all values are pooled. NaN counts as no value.
    fraction
        Centre of the window.
    half
        Half the width h of the window.

    Returns
    -------
    float
        Values less than h away, over those less than 3 h away, both as if there were three more, spread
        smoothly; between 0 and 1. The null is a density that is linear over 6 h around the fraction: it puts
        half as many values in the window as in its two flanks, which is `SMOOTH`. A window e times as dense
        as that gathers ``e / (e + 2)``. Unlike the ratio e itself, it hardly depends on how many values a
        clean cluster has in its flanks by chance.

    Raises
    ------
    ValueError
        If `half` is not positive and finite.
    """
    if not 0 < half < np.inf:
        raise ValueError(f"half is {half}; it must be positive and finite.")
    away = np.abs(np.asarray(values, dtype=np.float64) - fraction) / half
    inside, around = (away < 1).sum(), (away < 3).sum()
    return float((inside + 1) / (around + 3))


def longest_range(inside: ArrayLike, coordinate: ArrayLike) -> tuple[float, float]:
    """Ends of the longest run of neighbouring points that have a property.

    Parameters
    ----------
    inside
        Whether each point has it, shape (point,).
    coordinate
        Positive and increasing, shape (point,).

    Returns
    -------
    tuple of float
        First and last coordinate of the run whose ratio of the two is the largest; the first coordinate twice
        if no point has the property.

    Raises
    ------
    ValueError
        If the shapes differ or the coordinate is not positive and increasing.
    """
    flags, places = np.asarray(inside, dtype=bool), np.asarray(coordinate, dtype=np.float64)
    if flags.ndim != 1 or flags.shape != places.shape:
        raise ValueError(f"inside has shape {flags.shape}, coordinate {places.shape}; both must be (point,).")
    if not (places > 0).all() or not (np.diff(places) > 0).all():
        raise ValueError("coordinate must be positive and increasing.")
    steps = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    runs = [(float(places[a]), float(places[b - 1])) for a, b in zip(steps[::2], steps[1::2], strict=True)]
    return max(runs, key=lambda ends: ends[1] / ends[0], default=(float(places[0]),) * 2)
