"""References for the seeds of a sweep, taken from the seeds of another one."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def means_of_groups(values: Float[Tensor, "*point seed"], count: int) -> Float[Tensor, "*point group"]:
    """Split seeds into disjoint groups of nearly one size, and take the mean of each.

    Where two sweeps are compared, a group for each seed of the other is a reference of that seed's own. The
    comparisons are then independent, and their spread tells how far a run's result is chance, as that of
    comparisons with one common mean would not.

    Parameters
    ----------
    values
        What was measured at each seed.
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
