"""Checks of arguments; an error names the argument, its value and what would be valid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float

Values: TypeAlias = float | int | Sequence[Any] | np.ndarray
"""The type of array arguments; unlike NumPy's ArrayLike, it can be checked at run time."""


def real(name: str, value: Values) -> Float[np.ndarray, "..."]:
    """Convert to float64 and reject anything that is not finite."""
    array = np.asarray(value, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} contains {array[~np.isfinite(array)][0]}; every value must be finite.")
    return array


def density(value: Values) -> Float[np.ndarray, "..."]:
    """Convert to float64 and require probabilities."""
    array = real("density", value)
    if not ((array >= 0) & (array <= 1)).all():
        wrong = array[(array < 0) | (array > 1)][0]
        raise ValueError(f"density contains {wrong:g}; every density must lie in [0, 1].")
    return array


def positive(name: str, value: Values) -> Float[np.ndarray, "..."]:
    """Convert to float64 and require values above 0."""
    array = real(name, value)
    if not (array > 0).all():
        raise ValueError(f"{name} contains {array[array <= 0][0]:g}; every value must be above 0.")
    return array


def importance(value: Values) -> Float[np.ndarray, "..."]:
    """Convert to float64 and require values of at least 0."""
    array = real("importance", value)
    if not (array >= 0).all():
        raise ValueError(f"importance contains {array[array < 0][0]:g}; every importance must be at least 0.")
    return array


def embedding(value: Values) -> Float[np.ndarray, "*batch feature hidden"]:
    """Convert to float64 and require at least the two axes (feature, hidden)."""
    array = real("W", value)
    if array.ndim < 2:
        raise ValueError(f"W has shape {array.shape}; its last two axes must be (feature, hidden).")
    return array


def per_feature(
    n_features: int, **arrays: Float[np.ndarray, "..."]
) -> list[Float[np.ndarray, "*batch feature"]]:
    """Broadcast the named arrays together, their last axis being the feature axis."""
    for name, array in arrays.items():
        if array.ndim and array.shape[-1] not in (1, n_features):
            raise ValueError(
                f"{name} has shape {array.shape}; its last axis must have length {n_features} or 1."
            )
    try:
        return [array.copy() for array in np.broadcast_arrays(np.empty(n_features), *arrays.values())[1:]]
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(f"{shapes}: these shapes must broadcast together.") from None


def model(
    W: Values, b: Values | None
) -> tuple[Float[np.ndarray, "*weights feature hidden"], Float[np.ndarray, "*biases feature"]]:
    """Convert W and b (0 if None), and require one bias for each feature; batch shapes may differ."""
    weights = embedding(W)
    n = weights.shape[-2]
    bias = np.zeros(n) if b is None else real("b", b)
    if bias.ndim == 0 or bias.shape[-1] != n:
        raise ValueError(f"b has shape {bias.shape}; its last axis must hold the {n} features of W.")
    return weights, bias


def for_loss(
    n_features: int,
    W: Float[np.ndarray, "*weights feature hidden"],
    b: Float[np.ndarray, "*biases feature"],
    p: Values,
    importances: Values,
) -> list[Float[np.ndarray, "*batch feature"]]:
    """Check densities and importances, and broadcast them and the biases to one batch with W."""
    arrays = {"density": density(p), "importance": importance(importances)}
    return per_feature(n_features, W=W[..., 0], b=b, **arrays)[1:]
