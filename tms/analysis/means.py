"""Means over a part of the values: the entries under a mask, or one of several groups of seeds."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor


def mean_where(values: Shaped[Tensor, "*batch n"], mask: Bool[Tensor, "*batch n"]) -> Float[Tensor, "*batch"]:
    """Mean over the last axis of the values under a mask, in float64; 0 where the mask is empty."""
    return (values.double() * mask).sum(-1) / mask.sum(-1).clamp(min=1)


def mean_of_found(
    values: Shaped[Tensor, "*batch n"], mask: Bool[Tensor, "*batch n"]
) -> Float[Tensor, "*batch"]:
    """Mean over the last axis of the values under a mask, in float64; nan where the mask is empty."""
    return torch.where(mask.any(-1), mean_where(values, mask), torch.nan)


def means_of_groups(values: Float[Tensor, "*point seed"], count: int) -> Float[Tensor, "*point group"]:
    """Split seeds into disjoint groups of nearly equal size, and take the mean of each.

    Where two sweeps are compared, each seed of the one is compared with a group of the other. The comparisons
    are then independent, so that their spread tells how far a run's result is chance; comparisons with one
    common mean would not be.

    Parameters
    ----------
    values
        A measurement at each seed.
    count
        Number of groups.

    Raises
    ------
    ValueError
        If there are fewer seeds than groups.
    """
    if values.shape[-1] < count:
        raise ValueError(f"{values.shape[-1]} seeds cannot make {count} groups.")
    return torch.stack([group.mean(-1) for group in values.tensor_split(count, -1)], -1)
