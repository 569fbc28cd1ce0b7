"""A feature with a direction of its own, among many features that are not represented.

Where features are dense, a feature that is not represented keeps a small embedding: its output, which stays
above 0, then follows a little of what varies in the hidden space, as in a linear model. A represented feature
can share its direction with many such embeddings. They disturb it as Gaussian noise does, and they lower its
dimensionality D_i below 1, though no other feature is represented in that direction.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import scipy.optimize
from scipy.special import roots_legendre
from scipy.stats import norm

_NODES: Final = 64
_LEAST_VARIANCE: Final = 1e-16
_STARTS: Final = ((0.8, 0.2, 0.2), (0.8, 0.0, 0.3), (0.3, 0.3, 0.6))


class LoneFeature(NamedTuple):
    """The best embedding of a feature among small embeddings.

    Attributes
    ----------
    norm, bias
        Norm of its embedding, and its bias.
    interference
        Sum of the squared projections of the small embeddings on its direction.
    dimensionality
        D_i, the squared norm over its sum with the interference (#geometry-dimensionality).
    gain
        Decrease of the loss by this direction, in units of what the linear model gains with a direction.
    """

    norm: float
    bias: float
    interference: float
    dimensionality: float
    gain: float


def lone_feature(density: float) -> LoneFeature:
    """Find the best embedding of a feature in one direction that it shares with many small embeddings.

    Parameters
    ----------
    density
        Density p of all features, above 0 and at most 1.

    Returns
    -------
    LoneFeature
        The minimum of the expected loss over norm, bias and interference, in the limit of infinitely many
        small embeddings.

    Raises
    ------
    ValueError
        If the density is not in (0, 1].

    Notes
    -----
    Let v = p/3 - p^2/4 be the variance of a feature, w the norm, and e the interference. The feature's own
    loss is E[(x - ReLU(b + w^2 x + z))^2] with z normal of variance w^2 v e. A small embedding u along the
    direction changes the loss of its own feature by v (-2 u^2 + u^2 (w^2 + e)), as its output is linear; the
    sum over all of them is v e (w^2 + e - 2). The linear model has w = 0 and e = 1 and gains v.
    """
    if not 0 < density <= 1:
        raise ValueError(f"density is {density}; it must be above 0 and at most 1.")
    variance = density / 3 - density**2 / 4
    nodes, weights = roots_legendre(_NODES)
    x = np.append((nodes + 1) / 2, 0.0)
    weight = np.append(density * weights / 2, 1 - density)

    def loss(parameters: np.ndarray) -> float:
        squared, bias, small = parameters
        if squared < 0 or small < 0:
            return np.inf
        mean, sd = bias + squared * x, np.sqrt(squared * variance * small + _LEAST_VARIANCE)
        below, density_at = norm.cdf(mean / sd), norm.pdf(mean / sd)
        first = mean * below + sd * density_at
        second = (mean**2 + sd**2) * below + mean * sd * density_at
        own = weight @ (x**2 - 2 * x * first + second)
        return float(own + variance * small * (squared + small - 2))

    options = {"xatol": 1e-9, "fatol": 1e-13, "maxiter": 5000, "maxfev": 5000}
    found = min(
        (scipy.optimize.minimize(loss, start, method="Nelder-Mead", options=options) for start in _STARTS),
        key=lambda each: each.fun,
    )
    squared, bias, small = found.x
    return LoneFeature(
        norm=float(np.sqrt(squared)),
        bias=float(bias),
        interference=float(small),
        dimensionality=float(squared / (squared + small)),
        gain=float((variance - found.fun) / variance),
    )
