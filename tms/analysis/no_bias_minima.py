"""Exact minima of two features in one dimension without bias, along the density (#comment-deepmind)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from tms import theory
from tms.theory import Optimum

DENSITIES: Final = np.geomspace(0.01, 0.9, 601)
"""Densities from sparse to dense, close together."""

STARTS: Final = 8
"""Random starts for two weights, beside those at every solution that is known by name."""

ANTIPODAL_WEIGHT: Final = -0.5
"""A minimum is antipodal if W1 is positive and W2 lies below this: half way from 0 to an exact pair's -1."""
CONFUSED_WEIGHT: Final = 0.5
"""A minimum is confused if W1 is positive and W2 is at least this; an exactly confused one has 1/sqrt(2)."""


def minima(density: ArrayLike, relative_importance: float) -> Optimum:
    """Exact global optima without bias.

    Parameters
    ----------
    density
        Density of both features, a number or shape (density,).
    relative_importance
        Importance of the second feature; that of the first is 1.
    """
    p = np.atleast_1d(np.asarray(density, dtype=np.float64))
    importance = np.stack([np.ones_like(p), np.full_like(p, relative_importance)], axis=-1)
    return theory.global_optimum(
        1, density=p[:, None].repeat(2, axis=1), importance=importance, bias=False, random_starts=STARTS
    )


def followed(density: ArrayLike, relative_importance: float) -> Float[np.ndarray, "density 2"]:
    """W1 and W2 of the minimum along the density, with the sign that makes W1 positive."""
    W = minima(density, relative_importance).W[..., 0]
    return np.asarray(W * np.sign(W[:, :1]))


@lru_cache(maxsize=16)
def along_density(relative_importance: float) -> Float[np.ndarray, " density"]:
    """W2 of the minimum at `DENSITIES`, W1 being positive; computed once for each relative importance."""
    return second_weight(DENSITIES, relative_importance)


def second_weight(density: ArrayLike, relative_importance: float) -> Float[np.ndarray, " density"]:
    """W2 of the minimum along the density, W1 being positive."""
    return np.asarray(followed(density, relative_importance)[:, 1])


def antipodal_steps(second: Float[np.ndarray, " density"]) -> Float[np.ndarray, " step"]:
    """Size of the steps of W2 between neighbouring densities at both of which the minimum is antipodal.

    Parameters
    ----------
    second
        W2 of the minimum along the density, W1 being positive.
    """
    both = (second[1:] < ANTIPODAL_WEIGHT) & (second[:-1] < ANTIPODAL_WEIGHT)
    return np.asarray(np.abs(np.diff(second))[both])


def kinds(W: Float[np.ndarray, "minimum 2"]) -> list[str]:
    """Name each minimum with positive W1: "superposed" (antipodal), "ignored" or "confused"."""
    second = W[:, 1]
    names = np.where(
        second < ANTIPODAL_WEIGHT, "superposed", np.where(second < CONFUSED_WEIGHT, "ignored", "confused")
    )
    return [str(name) for name in names]
