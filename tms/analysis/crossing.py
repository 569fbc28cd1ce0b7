"""Where the losses of two kinds of solution cross."""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor


def lowest_of_kind(
    loss: Float[Tensor, "*batch trial"], kind: Bool[Tensor, "*batch trial"]
) -> Float[Tensor, "*batch"]:
    """Lowest loss among the trials that are of a kind; nan where none is."""
    lowest = torch.where(kind, loss.double(), torch.inf).amin(-1)
    return torch.where(lowest.isfinite(), lowest, torch.nan)


def crossing(
    x: Float[np.ndarray, " point"], left: Float[Tensor, "point seed"], right: Float[Tensor, "point seed"]
) -> Float[np.ndarray, " seed"]:
    """Position at which the solution that is lower on the left gives way to the other.

    Parameters
    ----------
    x
        Positions, positive and increasing.
    left, right
        Loss of the solution that is lower at small x and of the one that is lower at large x; nan where there
        is none.

    Returns
    -------
    ndarray
        Where straight lines through log(left / right) over log x first become positive. Where there are no
        such lines, since the losing solution is not found on either side of the crossing, the middle between
        the last position with the left solution alone, or lower, and the next; nan if one never gives way.

    Notes
    -----
    Source: #geometry-perturb, whose phase change is such a crossing.
    """
    lead = (left / right).log()
    lead = torch.where(right.isnan() & ~left.isnan(), -torch.inf, lead)
    lead = torch.where(left.isnan() & ~right.isnan(), torch.inf, lead)
    return np.array([_first_positive(np.log(x), values) for values in lead.T.numpy()])


def _first_positive(place: Float[np.ndarray, " point"], lead: Float[np.ndarray, " point"]) -> float:
    for known in (np.flatnonzero(np.isfinite(lead)), np.flatnonzero(~np.isnan(lead))):
        changes = np.flatnonzero((lead[known[:-1]] <= 0) & (lead[known[1:]] > 0))
        if changes.size:
            a, b = known[changes[0]], known[changes[0] + 1]
            finite = np.isfinite(lead[a]) and np.isfinite(lead[b])
            share = lead[a] / (lead[a] - lead[b]) if finite else 0.5
            return math.exp(place[a] + share * (place[b] - place[a]))
    return math.nan
