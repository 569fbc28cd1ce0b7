"""Which represented features share their dimension with others, and with which sign and in which order.

Every function of weights takes ``W[..., feature, hidden]`` with any leading axes, and works in float64.
Features are in the order of their importance, the most important first.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy.stats import kendalltau
from torch import Tensor

from tms.analysis import geometry

SUPERPOSED: Final = 0.5
"""A represented feature counts as superposed from this interference on: half of an antipodal pair's 1."""

POSITIVE: Final = 0.1
"""Another feature interferes positively from this dot product on: a third of the 0.31 in a pentagon."""

OWN_DIMENSION: Final = 0.75
"""A represented feature counts as sharing its dimension below this D_i: half way from a dimension of its own,
1, to a pair, 1/2."""


def superposed(W: Float[Tensor, "*batch feature hidden"]) -> Bool[Tensor, "*batch feature"]:
    """Whether a feature is represented and others interfere with it by `SUPERPOSED` or more."""
    return geometry.represented(W) & (geometry.interference(W) >= SUPERPOSED)


def dedicated(W: Float[Tensor, "*batch feature hidden"]) -> Bool[Tensor, "*batch feature"]:
    """Whether a feature is represented and not superposed: it has a dimension of its own."""
    return geometry.represented(W) & ~superposed(W)


def paired(W: Float[Tensor, "*batch feature hidden"]) -> Bool[Tensor, "*batch feature"]:
    """Whether a feature is superposed and one half of an antipodal pair (#demonstrating-basic-results)."""
    return superposed(W) & (geometry.antipode(W) < geometry.ANTIPODAL)


def positively_disturbed(W: Float[Tensor, "*batch feature hidden"]) -> Bool[Tensor, "*batch feature"]:
    """Whether a feature is represented and another one has a dot product of `POSITIVE` or more with it."""
    return geometry.represented(W) & (_between_represented(W) >= POSITIVE).any(-1)


def represented_per_dimension(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch"]:
    """Number of represented features for each hidden dimension (#demonstrating-basic-results)."""
    return geometry.represented(W).sum(-1).double() / W.shape[-1]


def shares_dimension(W: Float[Tensor, "*batch feature hidden"]) -> Bool[Tensor, "*batch feature"]:
    """Whether a feature is represented with a dimensionality D_i below `OWN_DIMENSION`.

    Other than `superposed`, this depends on the feature's own norm: it asks which part of its dimension the
    feature keeps, and not how much others put in.
    """
    return geometry.represented(W) & (geometry.dimensionality(W) < OWN_DIMENSION)


def onset(superposed: Bool[Tensor, "point seed feature"]) -> Int[Tensor, "seed feature"]:
    """First point of a sweep at which each feature is superposed; the number of points if it never is."""
    points = len(superposed)
    return torch.where(superposed, torch.arange(points)[:, None, None], points).amin(0)


def order_of_entry(first: Int[Tensor, "seed feature"]) -> Float[np.ndarray, " seed"]:
    """Kendall's rank correlation (tau-b) of importance with the point at which a feature is first superposed.

    It is 1 if superposition reaches less important features at earlier points, always; 0 for an order by
    chance, and where all features enter at one point.

    Parameters
    ----------
    first
        Points of entry as `onset` returns them, of the features in question.
    """
    later = -torch.arange(first.shape[-1])
    found = [kendalltau(later, each).statistic for each in first]
    return np.nan_to_num(np.array(found, dtype=np.float64))


def no_later_than_first(first: Int[Tensor, "seed feature"]) -> Float[np.ndarray, " seed"]:
    """Share of the other features that are superposed no later than the most important one (see `onset`)."""
    return np.asarray((first[:, 1:] <= first[:, :1]).double().mean(-1))


def closed_outputs(
    W: Float[Tensor, "*batch feature hidden"], b: Float[Tensor, "*batch feature"]
) -> Bool[Tensor, "*batch feature"]:
    """Whether the output of a ReLU output model is 0 if its own feature alone is active, at any value.

    Such an output has no gradient on these inputs, so that its feature is not learned any more.
    """
    return geometry.norms(W) ** 2 + b <= 0


def ordered_share(
    superposed: Bool[Tensor, "point feature"], dedicated: Bool[Tensor, "point feature"]
) -> float:
    """Share of pairs of a superposed and a dedicated feature in which the superposed one is less important.

    Pairs are of features of one model, and are counted over all points; 0 if there are none.
    """
    pairs = superposed[:, :, None] & dedicated[:, None, :]
    rank = torch.arange(superposed.shape[-1])
    ordered = (pairs & (rank[:, None] > rank[None, :])).sum().item()
    return float(ordered / max(pairs.sum().item(), 1))


def negative_share(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch"]:
    """Negative part of the dot products of represented features, as a share of all (#demonstrating-math).

    It is 1/2 on average for random directions, and nan where no two represented features interfere.
    """
    entries = _between_represented(W)
    return entries.clamp(max=0).sum((-2, -1)) / -entries.abs().sum((-2, -1))


def _between_represented(
    W: Float[Tensor, "*batch feature hidden"],
) -> Float[Tensor, "*batch feature feature"]:
    there = geometry.represented(W)
    both = there[..., :, None] & there[..., None, :] & ~torch.eye(W.shape[-2], dtype=torch.bool)
    return torch.where(both, geometry.gram(W), 0.0)
