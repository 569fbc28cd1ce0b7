"""How nearly the features of a model are antipodal pairs (#geometry-uniform).

Every function takes ``W[..., feature, hidden]`` and returns one number for each model, over its represented
features. Models that represent none have nan.
"""

from __future__ import annotations

from typing import Final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from tms.analysis import geometry

OPPOSITE: Final = -0.99
"""Cosine below which two features are each other's negative, 8 degrees from exact."""


def median_lowest_cosine(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch"]:
    """Median over the represented features of the lowest cosine with another represented feature."""
    return _median_where(geometry.antipode(W), geometry.represented(W))


def share_in_pairs(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch"]:
    """Share of the represented features that have another one at a cosine below `OPPOSITE`."""
    there = geometry.represented(W)
    return ((geometry.antipode(W) < OPPOSITE) & there).sum(-1) / there.sum(-1)


def median_norm_difference(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch"]:
    """Median over the represented features of the difference of their norm from that of their antipode.

    The difference is a share of the antipode's norm; the antipode is the represented feature of the lowest
    cosine.
    """
    there, norms = geometry.represented(W), geometry.norms(W)
    both = there[..., :, None] & there[..., None, :]
    partner = torch.where(both, geometry.cosines(W), torch.inf).argmin(-1)
    return _median_where((norms / norms.gather(-1, partner) - 1).abs(), there)


def _median_where(
    values: Float[Tensor, "*batch feature"], there: Bool[Tensor, "*batch feature"]
) -> Float[Tensor, "*batch"]:
    chosen: Tensor = torch.where(there, values.double(), torch.nan).nanquantile(0.5, dim=-1)
    return chosen
