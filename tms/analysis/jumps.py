"""Changes of features between dimensionalities in training, and which of them are jumps (#learning-jumps)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from jaxtyping import Bool, Float
from numpy.typing import ArrayLike, NDArray

ABSENT: Final = 1 / 8
"""A feature has no part of a digon up to this D_i: a quarter of the way from 0 to a digon's 1/2."""

PRESENT: Final = 3 / 8
"""A feature has its part of a digon from this D_i on: three quarters of the way."""

REST: Final = 2.0
"""A change is a jump if the feature stays at the old and at the new level for at least this many times as
long as it takes from one to the other. Between `ABSENT` and `PRESENT` lies half of the way, so that the whole
change takes twice as long: a jump takes no longer than either rest. An even drift over the whole of training,
and a path that is even in ln(step), are no jumps."""


@dataclass(frozen=True)
class Change:
    """One change of one feature between the two levels.

    Parameters
    ----------
    feature
        Which feature.
    first, last
        Last checkpoint at the old level, first checkpoint at the new one.
    rises
        Whether the feature comes, rather than goes.
    before, after
        Steps for which it was at the old level and stays at the new one.
    duration
        Steps from `first` to `last`.
    """

    feature: int
    first: int
    last: int
    rises: bool
    before: float
    after: float
    duration: float

    @property
    def is_jump(self) -> bool:
        """Whether the feature rests at both levels for at least `REST` times as long as the change takes."""
        return min(self.before, self.after) >= REST * self.duration


def level_changes(
    steps: ArrayLike, D: Float[np.ndarray, "checkpoint feature"], present: float = PRESENT
) -> list[Change]:
    """Find the changes of every feature of one model from at most `ABSENT` to at least `PRESENT`, or back.

    Time is counted in steps, the axis on which the paper draws it (#learning-jumps). A feature that turns
    back between the levels has not changed.

    Parameters
    ----------
    steps
        Steps of the checkpoints, increasing.
    D
        Dimensionality D_i at each checkpoint.
    present
        Another level in place of `PRESENT`.

    Returns
    -------
    list of Change
        By feature, then by time.

    Raises
    ------
    ValueError
        If the steps are not increasing, or do not fit `D`.
    """
    times: NDArray[np.float64] = np.asarray(steps, dtype=np.float64)
    if times.shape != D.shape[:1] or not (np.diff(times) > 0).all():
        raise ValueError("steps must be increasing, one for each row of D.")
    level = np.where(D <= ABSENT, 0, np.where(present <= D, 1, -1))
    found = []
    for feature in range(D.shape[1]):
        known = np.flatnonzero(level[:, feature] >= 0)
        stays = np.split(known, np.flatnonzero(np.diff(level[known, feature])) + 1)
        for old, new in pairwise(stays):
            first, last = int(old[-1]), int(new[0])
            found.append(
                Change(
                    feature=feature,
                    first=first,
                    last=last,
                    rises=bool(level[last, feature]),
                    before=float(times[first] - times[old[0]]),
                    after=float(times[new[-1]] - times[last]),
                    duration=float(times[last] - times[first]),
                )
            )
    return found


def changing(changes: list[Change], checkpoints: int) -> Bool[np.ndarray, " checkpoint"]:
    """Whether any of the changes is under way at each checkpoint, its ends included."""
    covered = np.zeros(checkpoints, dtype=np.bool_)
    for change in changes:
        covered[change.first : change.last + 1] = True
    return covered
