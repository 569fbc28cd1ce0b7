"""Sets of active features and their probabilities."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from jaxtyping import Float, Int

from tms.theory._kernels import LARGEST_SET


def sets_of_size(n_features: int, k: int) -> Int[np.ndarray, "set 3"]:
    """All sets of k <= 3 of n features, one in each row, padded with -1."""
    members = np.array(list(combinations(range(n_features), k)), dtype=np.int64)
    padding = np.full((len(members), LARGEST_SET - k), -1)
    return np.hstack([members.reshape(len(members), k), padding])


def all_sets(n_features: int) -> Int[np.ndarray, "set 3"]:
    """All subsets of n <= 3 features, by size."""
    return np.vstack([sets_of_size(n_features, k) for k in range(n_features + 1)])


def probabilities(
    density: Float[np.ndarray, "*batch feature"], sets: Int[np.ndarray, "set 3"]
) -> Float[np.ndarray, "*batch set"]:
    """Probability that exactly the features of each set are active."""
    active = (sets[:, :, None] == np.arange(density.shape[-1])).any(axis=1)
    p = density[..., None, :]
    return np.asarray(np.where(active, p, 1 - p).prod(axis=-1))
