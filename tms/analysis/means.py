"""Means over a part of the values, and comparisons of means: each seed with seeds of its own."""

from __future__ import annotations

import numpy as np
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


def in_as_many_groups(
    first: Float[Tensor, " first"], second: Float[Tensor, " second"]
) -> tuple[Float[Tensor, " group"], Float[Tensor, " group"]]:
    """Split the larger of two samples into as many groups of seeds as the smaller has seeds, in float64."""
    count = min(len(first), len(second))
    return means_of_groups(first.double(), count), means_of_groups(second.double(), count)


def ratio_of_means(
    values: Float[Tensor, " seed"] | Float[np.ndarray, " seed"],
    reference: Float[Tensor, " other_seed"] | Float[np.ndarray, " other_seed"],
) -> Float[Tensor, " group"]:
    """Pseudo-values of the ratio of two means: their mean is the ratio, and their spread its uncertainty.

    Values over one common mean all share the error of that mean, so that their spread does not contain it.
    The pseudo-values are R + (a - R b) / mean(b) for the ratio R = mean(a) / mean(b) and pairs (a, b) of a
    value and a reference: R is linearised in both means (the delta method). Unlike the mean of a / b, their
    mean is no more biased by single small references than R is.

    Parameters
    ----------
    values
        A measurement at each seed.
    reference
        The same of what it is compared with. The larger of the two samples is taken in groups of seeds, as
        many as the smaller one has seeds.

    Returns
    -------
    Tensor
        In float64; not finite where the mean of the reference is 0.
    """
    a, b = in_as_many_groups(torch.as_tensor(values), torch.as_tensor(reference))
    ratio = a.mean() / b.mean()
    return ratio + (a - ratio * b) / b.mean()
