"""Which figure five features in two dimensions form, and how far one of them is from its neighbours."""

from __future__ import annotations

from typing import Final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from tms.analysis import geometry

WEDGED: Final = 45.0
"""Angle in degrees between neighbours where a fifth feature halves the right angle of a square."""

SQUARE: Final = 90.0
"""Angle in degrees between neighbours of a square."""


def is_pentagon(W: Float[Tensor, "*batch 5 2"]) -> Bool[Tensor, "*batch"]:
    """Whether all five features are represented and stand around as the corners of a pentagon do.

    Every angle between neighbours lies between `WEDGED` and `SQUARE`, with the 72 degrees of the regular
    pentagon in the middle: a square with one feature more has both ends, five corners of a hexagon have 120.
    Source: #geometry-perturb.
    """
    gaps = geometry.angular_gaps(W)
    between = (gaps > WEDGED) & (gaps < SQUARE)
    return geometry.represented(W).all(-1) & between.all(-1)


def is_two_digons(W: Float[Tensor, "*batch 5 2"], absent: int | None = None) -> Bool[Tensor, "*batch"]:
    """Whether four features are two antipodal pairs at right angles and the fifth is not represented.

    Every angle between neighbours of the four is within 18 degrees of 90, nearer than a pentagon's 72.
    Source: #geometry-perturb.

    Parameters
    ----------
    W
        Embeddings.
    absent
        The feature that must be the fifth; any where None.
    """
    there = geometry.represented(W)
    kept = geometry.norms(W).topk(4, dim=-1).indices
    gaps = geometry.angular_gaps(W.take_along_dim(kept[..., None], dim=-2))
    square = (there.sum(-1) == 4) & ((gaps - SQUARE).abs() < 18).all(-1)
    return square if absent is None else square & ~there[..., absent]


def neighbour_angle(W: Float[Tensor, "*batch feature 2"], feature: int = 0) -> Float[Tensor, "*batch"]:
    """Mean of the two angles between a feature and its neighbours on either side, in degrees.

    72 in a regular pentagon. Source: #geometry-perturb.
    """
    W = W.double()
    angles = torch.rad2deg(torch.atan2(W[..., 1], W[..., 0]))
    others = [i for i in range(W.shape[-2]) if i != feature]
    ahead = (angles[..., others] - angles[..., feature, None]) % 360
    return (ahead.amin(-1) + 360 - ahead.amax(-1)) / 2
