"""How many almost orthogonal directions fit into a space (#motivation-superposition)."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.special import betainc

BLOCK = 256
"""Candidates that are compared with the kept directions at once."""


def count_almost_orthogonal(dimensions: int, cosine: float, *, candidates: int, seed: int) -> int:
    """Count random directions of which every two are almost orthogonal.

    Directions are drawn one after another; each is kept if it is almost orthogonal to all that were kept
    before it.

    Parameters
    ----------
    dimensions
        Dimensions of the space, at least 1.
    cosine
        Two directions are almost orthogonal if the absolute value of their cosine is below this, in (0, 1].
    candidates
        Number of directions that are drawn. The count is near the largest that this method finds if it is
        much smaller than this.
    seed
        Seed of the draw.

    Returns
    -------
    int
        Number of kept directions.

    Raises
    ------
    ValueError
        If the cosine is outside (0, 1], or one of the numbers is below 1.
    """
    _check(dimensions, cosine)
    if candidates < 1:
        raise ValueError(f"candidates is {candidates}; it must be at least 1.")
    rng = np.random.default_rng([seed, dimensions])
    kept = np.empty((0, dimensions))
    for first in range(0, candidates, BLOCK):
        drawn = rng.normal(size=(min(BLOCK, candidates - first), dimensions))
        drawn /= np.linalg.norm(drawn, axis=-1, keepdims=True)
        drawn = drawn[(np.abs(drawn @ kept.T) < cosine).all(-1)]
        kept = np.concatenate([kept, _thin(drawn, cosine)])
    return len(kept)


def guaranteed_almost_orthogonal(dimensions: int, cosine: float) -> float:
    r"""Return a number of almost orthogonal directions that always fits, by a covering argument.

    If no direction can be added to N almost orthogonal ones, every direction lies within the caps around
    them and their antipodes. The caps then cover the sphere, so that N is at least 1 over the share of the
    sphere in one pair of caps.

    Parameters
    ----------
    dimensions
        Dimensions n of the space, at least 1.
    cosine
        As in `count_almost_orthogonal`.

    Returns
    -------
    float
        The bound. It grows as $(1 - \epsilon^2)^{-n/2}$ for a cosine of $\epsilon$: exponentially with n.

    Raises
    ------
    ValueError
        If the cosine is outside (0, 1], or there are fewer than one dimension.
    """
    _check(dimensions, cosine)
    if dimensions == 1 or cosine == 1:
        return 1.0 if dimensions == 1 else np.inf
    # The squared cosine of two random directions has the distribution Beta(1/2, (n - 1) / 2).
    return float(1 / betainc((dimensions - 1) / 2, 1 / 2, 1 - cosine**2))


def _thin(
    directions: Float[np.ndarray, "direction dimension"], cosine: float
) -> Float[np.ndarray, "kept dimension"]:
    near = np.abs(directions @ directions.T) >= cosine
    kept: list[int] = []
    for k in range(len(directions)):
        if not near[k, kept].any():
            kept.append(k)
    return directions[kept]


def _check(dimensions: int, cosine: float) -> None:
    if dimensions < 1:
        raise ValueError(f"dimensions is {dimensions}; it must be at least 1.")
    if not 0 < cosine <= 1:
        raise ValueError(f"cosine is {cosine}; it must be above 0 and at most 1.")
