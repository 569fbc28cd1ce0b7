"""Clusters of values at given fractions, measured against a smooth spread."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tms.analysis import geometry

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


def share_at_fractions(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch"]:
    """Share of the represented features whose D_i is within `HALF_WIDTH` of one of the positive `FRACTIONS`.

    It is nan where no feature is represented.
    """
    fractions = torch.tensor([f for f in FRACTIONS.values() if f > 0], dtype=torch.float64)
    off = (geometry.dimensionality(W)[..., None] - fractions).abs().amin(-1)
    there = geometry.represented(W)
    return ((off < HALF_WIDTH) & there).sum(-1) / there.sum(-1)
