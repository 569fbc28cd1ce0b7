"""Expected losses of the ReLU output model for more features than `tms.theory.exact` covers, and for sets.

The expectation is split by which features are active. Each part is an integral over the values of the active
features, approximated by a mean over Sobol points; the probability of each part is exact. The losses of
different models, and of one model at different densities, are computed at the same points. They can therefore
be compared far more finely than losses on random inputs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
import scipy.optimize
from jaxtyping import Bool, Float
from scipy.stats import qmc

from tms.features import FeatureDistribution
from tms.theory import _arguments as check
from tms.theory._arguments import Values
from tms.theory._compiled import reordering_kernel

MOST_STATES: Final = 256
"""Largest number of sets of simultaneously active features; eight independent features have 2^8."""

POINTS: Final = 256
"""Points for each set. For five features, the losses are within 0.1% of those of 4096 points."""

SCRAMBLING: Final = 0
"""Seed of the scrambling of the Sobol points, so that they are the same in every process."""


@dataclass(frozen=True, eq=False)
class Minimum:
    """A local minimum of the expected loss.

    Attributes
    ----------
    loss
        Expected loss.
    W, b
        Position of the minimum, shapes (feature, hidden) and (feature,).
    """

    loss: float
    W: Float[np.ndarray, "feature hidden"]
    b: Float[np.ndarray, " feature"]


class Quadrature:
    """Expected losses E[sum_i I_i (x_i - ReLU(W^T W x + b)_i)^2] under one kind of feature distribution.

    Parameters
    ----------
    features
        The distribution, of which the sets are used; the methods take the densities.
    points
        Number of points for each set of simultaneously active features; a power of two.

    Raises
    ------
    ValueError
        If values are signed, or there are more than `MOST_STATES` sets of simultaneously active features.

    Notes
    -----
    Source: #demonstrating-setup-loss, #geometry-correlated-setup.
    """

    def __init__(self, features: FeatureDistribution, points: int = POINTS) -> None:
        if features.signed:
            raise ValueError("features are signed; the quadrature covers values from 0 to 1 only.")
        n = self._n = features.n_features
        choices = _choices(features)
        count = _number_of_states(features)
        if count > MOST_STATES:
            raise ValueError(
                f"features can be active together in {count} ways; the quadrature covers {MOST_STATES}."
            )
        states = list(product(*choices))
        self._lead = [choice[1][0] for choice in choices]
        self._share = np.array([1 / (len(choice) - 1) for choice in choices])
        self._on: Bool[np.ndarray, "state unit"] = np.array(
            [[bool(unit) for unit in state] for state in states]
        )
        active = np.array([[any(i in unit for unit in state) for i in range(n)] for state in states])
        drawn = np.ascontiguousarray(qmc.Sobol(n, seed=SCRAMBLING).random(points).T)
        self._x: Float[np.ndarray, "state feature point"] = active[:, :, None] * drawn

    @staticmethod
    def covers(features: FeatureDistribution) -> bool:
        """Whether there is a quadrature for a distribution, so that the constructor raises no error."""
        return not features.signed and _number_of_states(features) <= MOST_STATES

    def probabilities(
        self, density: Float[np.ndarray, "*batch feature"]
    ) -> Float[np.ndarray, "*batch state"]:
        """Probability of each set of simultaneously active features, shape (..., state)."""
        p = density[..., None, self._lead]
        return np.asarray(np.where(self._on, p * self._share, 1 - p).prod(-1))

    def loss(
        self, W: Values, b: Values, *, density: Values, importance: Values = 1.0
    ) -> Float[np.ndarray, "*batch"]:
        """Expected loss of each model.

        Parameters
        ----------
        W, b
            Embeddings, shape (..., feature, hidden), and biases, shape (..., feature).
        density, importance
            1 - S and I_i; broadcast to (..., feature).

        Returns
        -------
        ndarray
            Shape (...), in units of importance times squared feature value.

        Raises
        ------
        ValueError
            If a shape, a density or an importance is not valid.
        """
        weights, bias = check.model(W, b)
        bias, p, importances = check.for_loss(self._n, weights, bias, density, importance)
        batch, size, m = bias.shape[:-1], int(np.prod(bias.shape[:-1])), weights.shape[-1]
        probability = self.probabilities(p).reshape(size, len(self._x))
        W = np.broadcast_to(weights, (*batch, self._n, m)).reshape(size, self._n, m)
        bias, importances = bias.reshape(size, self._n), importances.reshape(size, self._n)
        loss = np.empty(size)
        for k in range(size):
            gram = np.ascontiguousarray(W[k] @ W[k].T)
            loss[k] = loss_and_gradient(
                gram,
                bias[k].copy(),
                importances[k].copy(),
                self._x,
                probability[k],
                np.empty_like(gram),
                np.empty(self._n),
            )
        return loss.reshape(batch)

    def descend(self, W: Values, b: Values, *, density: Values, importance: Values = 1.0) -> Minimum:
        """Descend from a start to a local minimum of the expected loss, by L-BFGS.

        Parameters
        ----------
        W, b
            The start, shapes (feature, hidden) and (feature,).
        density, importance
            1 - S and I_i; broadcast to (feature,).

        Raises
        ------
        ValueError
            If a shape, a density or an importance is not valid.
        """
        weights, bias = check.model(W, b)
        bias, p, importances = check.for_loss(self._n, weights, bias, density, importance)
        n, m = weights.shape
        probability, scale = self.probabilities(p), float(p @ importances) / 3
        dG, db = np.empty((n, n)), np.empty(n)

        def at(point: Float[np.ndarray, " parameter"]) -> tuple[float, Float[np.ndarray, " parameter"]]:
            embedding = point[: n * m].reshape(n, m)
            loss = loss_and_gradient(
                embedding @ embedding.T,
                point[n * m :].copy(),
                importances.copy(),
                self._x,
                probability,
                dG,
                db,
            )
            return loss / scale, np.concatenate([((dG + dG.T) @ embedding).ravel(), db]) / scale

        start = np.concatenate([weights.ravel(), bias])
        found = scipy.optimize.minimize(at, start, jac=True, method="L-BFGS-B", options={"ftol": 1e-12})
        return Minimum(float(found.fun) * scale, found.x[: n * m].reshape(n, m), found.x[n * m :])


def _choices(features: FeatureDistribution) -> list[list[tuple[int, ...]]]:
    """List, for each feature or set that is active or not by itself, what can be active of it."""
    alone = [(i,) for i in range(features.n_features) if not any(i in group for group in features.sets)]
    choices: list[list[tuple[int, ...]]] = [[(), unit] for unit in (*alone, *features.correlated)]
    return choices + [[(), *((i,) for i in group)] for group in features.anticorrelated]


def _number_of_states(features: FeatureDistribution) -> int:
    return math.prod(len(choice) for choice in _choices(features))


@reordering_kernel
def loss_and_gradient(
    gram: Float[np.ndarray, "output feature"],
    b: Float[np.ndarray, " output"],
    importance: Float[np.ndarray, " output"],
    x: Float[np.ndarray, "state feature point"],
    probability: Float[np.ndarray, " state"],
    dG: Float[np.ndarray, "output feature"],
    db: Float[np.ndarray, " output"],
) -> float:
    """Weighted mean loss of one model over all points; its gradient is written to dG and db."""
    states, n, points = x.shape
    row = np.empty(points)  # of outputs, then of the slopes of the squared errors, halved
    loss = 0.0
    dG[:] = 0.0
    db[:] = 0.0
    for s in range(states):
        if probability[s] == 0.0:
            continue
        for i in range(n):
            for k in range(points):
                row[k] = b[i]
            for j in range(n):
                for k in range(points):
                    row[k] += gram[i, j] * x[s, j, k]
            squares, slopes = 0.0, 0.0
            for k in range(points):
                error = max(row[k], 0.0) - x[s, i, k]
                row[k] = error if row[k] > 0.0 else 0.0
                squares += error * error
                slopes += row[k]
            weight = probability[s] * importance[i] / points
            loss += weight * squares
            db[i] += 2 * weight * slopes
            for j in range(n):
                product = 0.0
                for k in range(points):
                    product += row[k] * x[s, j, k]
                dG[i, j] += 2 * weight * product
    return loss
