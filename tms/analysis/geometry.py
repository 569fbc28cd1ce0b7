"""Measurements of an embedding: norms, interference, dimensionality, leverage, angles.

Every function takes ``W[..., feature, hidden]``, row i being the paper's W_i, with any leading axes, and
works in float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

REPRESENTED_NORM: Final = 0.5
"""A feature counts as represented above this norm: half way between the paper's two values, 0 and 1."""

ANTIPODAL: Final = -0.95
"""Two features count as an antipodal pair below this cosine, 18 degrees from exact."""

_NUMBERS: Final = 2**19  # 4 MB in float64, which a cache holds


def gram(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch feature feature"]:
    """Feature-by-feature dot products, the paper's W^T W (#demonstrating-basic-results)."""
    W = W.double()
    return W @ W.mT


def gram_deviation(
    W: Float[Tensor, "*batch feature hidden"],
    expected: Float[Tensor, "*#batch feature feature"],
    dimensions: int,
) -> Float[Tensor, "*batch"]:
    """Frobenius distance of W's Gram matrix from an expected one, relative to that of m orthonormal features.

    Parameters
    ----------
    W
        Embeddings.
    expected
        The expected Gram matrix W^T W, one for all embeddings or one for each.
    dimensions
        m; the Gram matrix of m orthonormal features has the norm sqrt(m).
    """
    distance: Tensor = torch.linalg.matrix_norm(gram(W) - expected)
    return distance / math.sqrt(dimensions)


def norms(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch feature"]:
    """||W_i||, which tells whether feature i is represented (#demonstrating-basic-results)."""
    length: Tensor = torch.linalg.vector_norm(W.double(), dim=-1)
    return length


def represented(
    W: Float[Tensor, "*batch feature hidden"], threshold: float = REPRESENTED_NORM
) -> Bool[Tensor, "*batch feature"]:
    """Whether ||W_i|| exceeds a threshold."""
    return norms(W) > threshold


def directions(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch feature hidden"]:
    """Unit vectors of the embeddings; 0 where an embedding is exactly 0."""
    W = W.double()
    length = torch.linalg.vector_norm(W, dim=-1, keepdim=True)
    return torch.where(length > 0, W / length.clamp(min=torch.finfo(torch.float64).tiny), 0.0)


def cosines(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch feature feature"]:
    """Cosine of the angle between every two embeddings."""
    unit = directions(W)
    return unit @ unit.mT


def projections(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch feature feature"]:
    """Length of every W_j along the direction of W_i, entry (i, j)."""
    return directions(W) @ W.double().mT


def interference(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch feature"]:
    """Sum over j != i of (What_i . W_j)^2: 0 if feature i shares its dimension with no other.

    Source: #demonstrating-basic-results. It is 0 for a feature whose embedding is exactly 0.
    """

    def of_others(W: Float[Tensor, "model feature hidden"]) -> Float[Tensor, "model feature"]:
        squares = projections(W) ** 2
        return squares.sum(-1) - squares.diagonal(dim1=-2, dim2=-1)

    return _in_blocks(of_others, W)


def dimensionality(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch feature"]:
    """D_i = ||W_i||^2 / sum_j (What_i . W_j)^2, the fraction of a dimension that feature i gets.

    Source: #geometry-dimensionality. It is between 0 and 1, and 0 for a feature whose embedding is 0.
    """
    shared = _in_blocks(lambda block: (projections(block) ** 2).sum(-1), W)
    return torch.where(shared > 0, norms(W) ** 2 / shared.clamp(min=torch.finfo(torch.float64).tiny), 0.0)


def _in_blocks(
    measured: Callable[[Tensor], Tensor], W: Float[Tensor, "*batch feature hidden"]
) -> Float[Tensor, "*batch feature"]:
    """Measure a few models at a time: n times n numbers for all of them can take many GB."""
    n, m = W.shape[-2:]
    models = max(_NUMBERS // n**2, 1)
    # One array holds what is kept of all blocks: small arrays between large ones would fragment memory.
    found = torch.empty(W.shape[:-1], dtype=torch.float64, device=W.device)
    for block, place in zip(W.reshape(-1, n, m).split(models), found.view(-1, n).split(models), strict=True):
        place.copy_(measured(block))
    return found


def dimensions_per_feature(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch"]:
    """D* = m / ||W||_F^2, hidden dimensions for each represented feature (#geometry-uniform)."""
    return W.shape[-1] / (W.double() ** 2).sum((-2, -1))


def leverage(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch feature"]:
    """Statistical leverage of each feature, the diagonal of W (W^T W)^+ W^T (#comment-zhang).

    The scores sum to the rank of W.
    """
    W = W.double()
    inverse: Tensor = torch.linalg.pinv(W)
    return (W * inverse.mT).sum(-1)


def leverage_spread(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch"]:
    """Spread of the leverage scores over features, in units of that of a random subspace.

    It is about 1 where the features' basis is not privileged, as in the dense regime (#geometry-uniform), and
    far above 1 where single features have dimensions of their own.

    Parameters
    ----------
    W
        Embeddings of n features in m < n dimensions.

    Notes
    -----
    The leverage score of one feature in a random m-dimensional subspace has a beta distribution with the
    parameters m/2 and (n-m)/2, and so the variance 2 m (n-m) / (n^2 (n+2)).
    """
    n, m = W.shape[-2:]
    by_chance = math.sqrt(2 * m * (n - m) / (n**2 * (n + 2)))
    return (leverage(W) - m / n).square().mean(-1).sqrt() / by_chance


def antipode(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch feature"]:
    """Lowest cosine of each represented feature with another represented one; 1 where there is none."""
    there = represented(W)
    both = there[..., :, None] & there[..., None, :]
    angles = torch.where(both, cosines(W), torch.ones((), dtype=torch.float64))
    return angles.amin(-1)


def angular_gaps(W: Float[Tensor, "*batch feature 2"]) -> Float[Tensor, "*batch feature"]:
    """Angles between neighbouring features of a two-dimensional embedding, in degrees; they sum to 360."""
    W = W.double()
    angles = torch.rad2deg(torch.atan2(W[..., 1], W[..., 0])).sort(-1).values
    following = torch.cat([angles[..., 1:], angles[..., :1] + 360], dim=-1)
    return following - angles
