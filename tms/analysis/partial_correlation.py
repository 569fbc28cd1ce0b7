"""Two features that are active together more often than by chance, in one dimension (#geometry-collapsing).

Both have the density p and the importance 1. With the correlation c of being active, they are together with
probability c p + (1 - c) p^2: c = 1 is a correlated set of the paper, c = 0 two independent features.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from jaxtyping import Float

from tms.features import FeatureDistribution
from tms.theory import Quadrature

POINTS: Final = 512
"""Points of the quadrature for each set of active features."""

DENSITIES: Final = np.geomspace(0.01, 0.95, 13)
"""Densities among which the critical one is sought."""

PRECISION: Final = 1e-3
"""Relative precision of a critical density."""

SHARED: Final = 0.25
"""Product of two weights from which on they share a direction: half of the principal component's 1/2."""

_STARTS: Final = np.array([[[1.0], [1.0]], [[1.0], [-1.0]], [[0.9], [-0.5]], [[1.0], [0.0]]]) * np.array(
    [0.5**0.5, 1, 1, 1]
).reshape(4, 1, 1)
_BIASES: Final = np.array([[0.1, 0.1], [0.1, 0.1], [0.2, 0.5], [0.0, 0.5]])
"""Biases of the starts over the density; an ignored feature has its mean, half of the density."""


def both_active(density: Float[np.ndarray, "*batch"], correlation: float) -> Float[np.ndarray, "*batch"]:
    """Probability that two features are active together, each of which is with a density."""
    return np.asarray(correlation * density + (1 - correlation) * density**2)


class Correlated(Quadrature):
    """Expected losses of two features with a correlation of being active.

    Parameters
    ----------
    correlation
        Correlation c of the two features' being active, from 0 to 1.
    """

    def __init__(self, correlation: float) -> None:
        super().__init__(FeatureDistribution(density=np.full((1, 2), 0.5)), points=POINTS)
        self.correlation = correlation

    def probabilities(
        self, density: Float[np.ndarray, "*batch feature"]
    ) -> Float[np.ndarray, "*batch state"]:
        """Probability of each set of simultaneously active features, shape (..., state)."""
        both = both_active(density[..., :1], self.correlation)
        one, active = density[..., :1] - both, self._on.sum(-1)
        return np.asarray(np.where(active == 2, both, np.where(active == 1, one, 1 - both - 2 * one)))


def is_principal(losses: Correlated, density: float) -> bool:
    """Whether the lowest minimum has both features in one direction, as (a + b) / sqrt 2.

    Parameters
    ----------
    losses
        The losses of two correlated features.
    density
        Density of both.
    """
    p = np.full(2, density)
    found = [losses.descend(W, share * p, density=p) for W, share in zip(_STARTS, _BIASES, strict=True)]
    W = min(found, key=lambda minimum: minimum.loss).W[:, 0]
    return bool(W[0] * W[1] > SHARED)


def critical_density(correlation: float) -> float:
    """Density at which the principal component becomes the best solution, from sparse to dense.

    Parameters
    ----------
    correlation
        Correlation of the two features' being active.

    Returns
    -------
    float
        The density between the first two of `DENSITIES` of which it is the best at the second alone: 0 if it
        is the best at the first of all, and 1 if it is the best at none.
    """
    losses = Correlated(correlation)
    best = next((k for k, p in enumerate(DENSITIES) if is_principal(losses, float(p))), None)
    if best is None:
        return 1.0
    if best == 0:
        return 0.0
    low, high = DENSITIES[best - 1], DENSITIES[best]
    while high / low > 1 + PRECISION:
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if is_principal(losses, middle) else (middle, high)
    return float(np.sqrt(low * high))


def by_natural_solutions(correlation: Float[np.ndarray, " c"]) -> Float[np.ndarray, " c"]:
    """Density at which W = [1, -1] and W = [1, 1] / sqrt 2 have equal loss, both without bias.

    Notes
    -----
    Let q be the probability of both features and q' that of a given one alone. The antipodal pair loses
    q / 3, the principal component q / 12 + q' / 3. They are equal at (4 - 7 c) / (7 (1 - c)), which at c = 0
    is the triple point of the phase diagram, 4/7.
    """
    c = np.asarray(correlation, dtype=np.float64)
    return np.asarray(np.clip((4 - 7 * c) / (7 * (1 - np.minimum(c, 0.999))), 0, 1))
