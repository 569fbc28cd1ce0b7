"""Which features are grouped in superposition, and how much of it two models have in common.

Two features are grouped if both are represented and they are not orthogonal (#geometry-correlated).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from tms.analysis import geometry
from tms.analysis.sets import set_numbers

GROUPED: Final = 0.5
"""Size of the cosine from which on two features are grouped: half of an antipodal pair's."""


def grouped(W: Float[Tensor, "*batch feature hidden"]) -> Bool[Tensor, "*batch pair"]:
    """Whether each two features are grouped, in the order of `torch.triu_indices`."""
    there = geometry.represented(W)
    first, second = torch.triu_indices(W.shape[-2], W.shape[-2], offset=1)
    close = geometry.cosines(W)[..., first, second].abs() >= GROUPED
    return close & there[..., first] & there[..., second]


def within_sets(
    W: Float[Tensor, "*batch model feature hidden"], sets: Sequence[Sequence[int]]
) -> Float[Tensor, "*batch"]:
    """Share of the groups of several models that are of two features of one set; nan without any group."""
    numbers = torch.from_numpy(set_numbers(W.shape[-2], sets))
    first, second = torch.triu_indices(W.shape[-2], W.shape[-2], offset=1)
    pairs = grouped(W).double().sum(-2)
    return (pairs * (numbers[first] == numbers[second])).sum(-1) / pairs.sum(-1)


def within_sets_by_chance(n_features: int, sets: Sequence[Sequence[int]]) -> float:
    """Share of all pairs of features that are of one set."""
    numbers = set_numbers(n_features, sets)
    first, second = np.triu_indices(n_features, k=1)
    return float(np.mean(numbers[first] == numbers[second]))


def common_over_chance(W: Float[Tensor, "*batch model feature hidden"]) -> Float[Tensor, "*batch"]:
    """Groups that two models have in common, over those that random labels of the features would give.

    Parameters
    ----------
    W
        Embeddings of two or more models, of which every two are compared.

    Returns
    -------
    Tensor
        1 where groups are random; nan without any group.

    Notes
    -----
    Of P pairs of features, a and b of which are grouped in two models, a b / P are grouped in both by chance.
    """
    groups = grouped(W).double()
    together = groups @ groups.mT
    size = groups.sum(-1)
    by_chance = size[..., :, None] * size[..., None, :] / groups.shape[-1]
    first, second = torch.triu_indices(W.shape[-3], W.shape[-3], offset=1)
    return together[..., first, second].sum(-1) / by_chance[..., first, second].sum(-1)


def how_often(W: Float[Tensor, "model feature hidden"]) -> Float[np.ndarray, "feature feature"]:
    """Share of the models in which each two features are grouped; 0 on the diagonal."""
    n = W.shape[-2]
    first, second = torch.triu_indices(n, n, offset=1)
    shares = torch.zeros(n, n, dtype=torch.float64)
    shares[first, second] = grouped(W).double().mean(0)
    return np.asarray((shares + shares.mT).numpy())
