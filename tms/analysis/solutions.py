"""The different solutions that the trials of one point found, and how many trials found each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float

from tms.analysis.exact_losses import trial_losses
from tms.training import Trained

SAME_LOSS: Final = 0.01
"""Trials whose losses differ by less than this share count as one solution."""


@dataclass(frozen=True, eq=False)
class Solution:
    """A solution that several trials found.

    Parameters
    ----------
    count
        Number of trials.
    loss
        Lowest expected loss of them.
    W, b
        Weights of that trial, shapes (feature, hidden) and (feature,).
    """

    count: int
    loss: float
    W: Float[np.ndarray, "feature hidden"]
    b: Float[np.ndarray, " feature"]


def distinct_solutions(trained: Trained, point: int) -> list[Solution]:
    """Group the trials of a point by their expected loss, lowest first (#geometry-perturb).

    Parameters
    ----------
    trained
        A sweep whose expected losses can be computed, see `tms.analysis.exact_losses.known_losses`.
    point
        Number of the point.

    Returns
    -------
    list of Solution
        In each, all trials have a loss within `SAME_LOSS` of its lowest.

    Raises
    ------
    ValueError
        If the expected losses are not known.
    """
    losses = trial_losses(trained)[point].flatten().numpy()
    W, b = (trained.trial_parameters[name][point].flatten(0, 1).numpy() for name in ("W", "b"))
    found: list[Solution] = []
    left = np.argsort(losses, kind="stable")
    while len(left):
        best = left[0]
        same = losses[left] <= losses[best] * (1 + SAME_LOSS)
        found.append(Solution(int(same.sum()), float(losses[best]), W[best], b[best]))
        left = left[~same]
    return found
