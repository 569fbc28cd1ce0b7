"""Embeddings made by hand, from which tests draw figures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DIGON: Floats = np.array([[1.0], [-1.0]])


def polygon(corners: int, turn: float = 0.0) -> Floats:
    """Return the corners of a regular polygon, shape ``[corner, 2]``."""
    angles = turn + 2 * np.pi * np.arange(corners) / corners
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1)


def direct_sum(*parts: Floats) -> Floats:
    """Return the embedding whose parts lie in orthogonal subspaces, in order."""
    total = np.zeros((sum(len(part) for part in parts), sum(part.shape[1] for part in parts)))
    row = column = 0
    for part in parts:
        total[row : row + len(part), column : column + part.shape[1]] = part
        row, column = row + len(part), column + part.shape[1]
    return total


def noise(*shape: int, seed: int = 1) -> Floats:
    """Return standard normal values, the same for the same shape and seed."""
    return np.random.default_rng(seed).normal(size=shape)


def antipodal_model(n: int, m: int, pairs: int) -> Floats:
    """Return n features in m dimensions: m dedicated ones, the last of them with an antipode each."""
    W = np.zeros((n, m))
    W[:m] = np.eye(m)
    W[m : m + pairs] = -np.eye(m)[m - pairs :]
    return W


def fans(models: int, features: int) -> Floats:
    """Return embeddings without any symmetry, shape ``[model, feature, 2]``: no two point the same way."""
    k = np.arange(models * features)
    angles, lengths = 2.4 * k + 0.3, 0.6 + 0.5 * k / len(k)
    ends = lengths[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    return np.asarray(ends.reshape(models, features, 2))
