"""Jumps of features between dimensionalities during training (#learning-jumps)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from jaxtyping import Bool, Float
from numpy.typing import ArrayLike, NDArray

MOVE: Final = 0.15
"""Least change of D_i in a jump: just under the 1/6 from a triangle's 2/3 to a digon's 1/2."""
SPEED: Final = 1 / 2 - MOVE
"""Least change of D_i per unit of ln(step) in a jump. A path from 0 to 1/2 that is even in the step is as
fast only over its last 0.15, so that it has no jump; one that is even in ln(step) is slower throughout if
training has checkpoints over a factor of more than exp(0.5 / 0.35) = 4.2."""


@dataclass(frozen=True)
class Jump:
    """One jump of one feature.

    Parameters
    ----------
    feature
        Which feature.
    first, last
        Checkpoints between which it jumps.
    change
        Change of its dimensionality, with its sign.
    """

    feature: int
    first: int
    last: int
    change: float


def find_jumps(
    steps: ArrayLike, D: Float[np.ndarray, "checkpoint feature"], speed: float = SPEED, move: float = MOVE
) -> list[Jump]:
    """Find the jumps of every feature of one model (#learning-jumps).

    Parameters
    ----------
    steps
        Steps of the checkpoints, positive and increasing.
    D
        Dimensionality D_i at each checkpoint.
    speed, move
        Least speed and least change, as in `SPEED` and `MOVE`.

    Returns
    -------
    list of Jump
        By feature, then by time.

    Raises
    ------
    ValueError
        If the steps are not positive and increasing, or do not fit `D`.
    """
    times: NDArray[np.float64] = np.asarray(steps, dtype=np.float64)
    if times.shape != D.shape[:1] or not (times > 0).all() or not (np.diff(times) > 0).all():
        raise ValueError("steps must be positive and increasing, one for each row of D.")
    clock = np.log(times)
    change = np.diff(D, axis=0)
    fast = np.abs(change) >= speed * np.diff(clock)[:, None]
    direction = np.where(fast, np.sign(change), 0).astype(int)
    found = []
    for feature in range(D.shape[1]):
        edges = np.flatnonzero(np.diff(direction[:, feature], prepend=0, append=0))
        for first, last in pairwise(edges):
            moved = float(D[last, feature] - D[first, feature])
            if direction[first, feature] and abs(moved) >= move:
                found.append(Jump(feature, int(first), int(last), moved))
    return found


def while_jumping(jumps: list[Jump], checkpoints: int) -> Bool[np.ndarray, " interval"]:
    """Whether any feature jumps between each two neighbouring checkpoints."""
    covered = np.zeros(checkpoints - 1, dtype=np.bool_)
    for jump in jumps:
        covered[jump.first : jump.last] = True
    return covered
