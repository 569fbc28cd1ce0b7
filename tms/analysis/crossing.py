"""Where curves over a sweep cross each other or a level, and how steep they are in the logarithms."""

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


def first_passing(
    x: Float[np.ndarray, " point"], values: Float[Tensor, "point seed"], level: float
) -> Float[np.ndarray, " seed"]:
    """Position at which each seed's curve first exceeds a level.

    Parameters
    ----------
    x
        Positions, positive and increasing.
    values
        The curve at each position.
    level
        The level to pass.

    Returns
    -------
    ndarray
        Where the straight line over log x between the last point before and the first one above the level
        passes it; nan if the curve never exceeds it, or does so from the first position on.
    """
    places = []
    for curve in values.T.numpy():
        above = curve > level
        k = int(above.argmax())
        if k == 0:
            places.append(math.nan)
            continue
        share = (level - curve[k - 1]) / (curve[k] - curve[k - 1])
        places.append(np.exp(np.log(x[k - 1]) + share * np.log(x[k] / x[k - 1])))
    return np.array(places)


def log_slope(
    x: Float[np.ndarray, " point"], loss: Float[Tensor, "point seed"]
) -> Float[np.ndarray, " seed"]:
    """Slope d log loss / d log x of each seed's losses, by least squares over the points that are not nan.

    It is nan where fewer than two points are left.
    """
    slopes = []
    for seed in range(loss.shape[1]):
        there = loss[:, seed].isfinite().numpy()
        if there.sum() < 2:
            slopes.append(math.nan)
            continue
        slopes.append(np.polyfit(np.log(x[there]), loss[there, seed].log().numpy(), 1)[0])
    return np.array(slopes)


def _first_positive(place: Float[np.ndarray, " point"], lead: Float[np.ndarray, " point"]) -> float:
    for known in (np.flatnonzero(np.isfinite(lead)), np.flatnonzero(~np.isnan(lead))):
        changes = np.flatnonzero((lead[known[:-1]] <= 0) & (lead[known[1:]] > 0))
        if changes.size:
            a, b = known[changes[0]], known[changes[0] + 1]
            finite = np.isfinite(lead[a]) and np.isfinite(lead[b])
            share = lead[a] / (lead[a] - lead[b]) if finite else 0.5
            return math.exp(place[a] + share * (place[b] - place[a]))
    return math.nan
