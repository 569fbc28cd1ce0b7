"""How the features of a set lie to each other: angles between partners, and pairs that have collapsed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from tms.analysis import geometry

COLLAPSED_ANGLE: Final = 30.0
"""Partners nearer than this, in degrees, count as collapsed: half of the 60 that a hexagon gives them."""


def set_cosines(
    W: Float[Tensor, "*batch feature hidden"], sets: Sequence[Sequence[int]]
) -> Float[Tensor, "*batch pair"]:
    """Cosine of every two features of one set, set by set (#geometry-organization)."""
    cosines = geometry.cosines(W)
    pairs = [(i, j) for group in sets for k, i in enumerate(group) for j in group[k + 1 :]]
    first, second = (list(side) for side in zip(*pairs, strict=True))
    return cosines[..., first, second]


def collapsed(
    W: Float[Tensor, "*batch feature hidden"], pairs: Sequence[tuple[int, ...]]
) -> Bool[Tensor, "*batch pair"]:
    """Whether both features of each pair are embedded in one direction (#geometry-collapsing)."""
    there = torch.stack([geometry.norms(W)[..., list(pair)].amin(-1) > 0 for pair in pairs], dim=-1)
    angle = torch.rad2deg(set_cosines(W, pairs).clamp(-1, 1).acos())
    return there & (angle < COLLAPSED_ANGLE)


def pair_components(
    W: Float[Tensor, "*batch feature hidden"], pairs: Sequence[tuple[int, ...]]
) -> tuple[Float[Tensor, "*batch pair"], Float[Tensor, "*batch pair"]]:
    """Lengths that represent (a + b) / sqrt 2 and (a - b) / sqrt 2 of each pair (#geometry-collapsing)."""
    W = W.double()
    a, b = (W[..., [pair[k] for pair in pairs], :] / 2**0.5 for k in (0, 1))
    return torch.linalg.vector_norm(a + b, dim=-1), torch.linalg.vector_norm(a - b, dim=-1)
