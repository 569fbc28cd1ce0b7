"""Exact optima of few features, in the cells of a phase diagram and along the importance of one feature.

The extra feature is the last one; all others have importance 1 (#phase-change).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import ArrayLike

from tms import theory
from tms.analysis.phase_diagram import IGNORED, outcome
from tms.experiment import Experiment
from tms.theory import Optimum
from tms.training import Trained

RANDOM_STARTS: Final = 12
"""Number of descents at each point, of which two pairs in two dimensions need one in twelve to succeed."""

_BISECTED: Final = 1 + 1e-9


def of_experiment(experiment: Experiment) -> Optimum:
    """Exact global optimum at every point of an experiment of up to three independent features.

    It is computed once for experiments of equal densities, importances and hidden dimensions.
    """
    arrays = (experiment.features.density, experiment.importance)
    return _optimum(experiment.n_hidden, experiment.n_features, *(array.tobytes() for array in arrays))


def optimal_loss(experiment: Experiment) -> Float[np.ndarray, " point"]:
    """Loss of the exact optimum at every point.

    Parameters
    ----------
    experiment
        ReLU output models of up to three independent features, or of two with another activation.
    """
    if experiment.activation == "relu":
        return of_experiment(experiment).loss
    return theory.smooth_minimum(
        experiment.activation,
        experiment.n_hidden,
        density=experiment.features.density,
        importance=experiment.importance,
    )


def lowest_by_descent(experiment: Experiment) -> Float[np.ndarray, " point"]:
    """Lowest expected loss at every point that `RANDOM_STARTS` descents reach.

    Parameters
    ----------
    experiment
        ReLU output models of four or so features, which may belong to sets; see `tms.theory.Quadrature`.
    """
    quadrature = theory.Quadrature(experiment.features)
    n, m = experiment.n_features, experiment.n_hidden
    starts = np.random.default_rng(0).normal(scale=0.7, size=(RANDOM_STARTS, n, m))
    return np.array(
        [
            min(quadrature.descend(W, np.zeros(n), density=p, importance=importance).loss for W in starts)
            for p, importance in zip(experiment.features.density, experiment.importance, strict=True)
        ]
    )


def lowest_from_trained(trained: Trained) -> Float[np.ndarray, " point"]:
    """Lowest expected loss at every point that descents from the trained trials reach.

    Parameters
    ----------
    trained
        ReLU output models of five or so features, which may belong to sets; see `tms.theory.Quadrature`.

    Raises
    ------
    ValueError
        If there is no quadrature for the features.
    """
    experiment = trained.experiment
    quadrature = theory.Quadrature(experiment.features)
    W, b = (trained.trial_parameters[name].flatten(1, 2).double().numpy() for name in ("W", "b"))
    density, importance = experiment.features.density, experiment.importance
    return np.array(
        [
            min(
                quadrature.descend(W_trial, b_trial, density=density[k], importance=importance[k]).loss
                for W_trial, b_trial in zip(W[k], b[k], strict=True)
            )
            for k in range(experiment.n_points)
        ]
    )


@lru_cache(maxsize=32)
def _optimum(n_hidden: int, n_features: int, density: bytes, importance: bytes) -> Optimum:
    p, importances = (np.frombuffer(part).reshape(-1, n_features) for part in (density, importance))
    return theory.global_optimum(n_hidden, density=p, importance=importances)


def along_importance(density: float, relative_importance: ArrayLike, n: int = 2, m: int = 1) -> Optimum:
    """Exact global optima at one density, for each importance of the extra feature.

    Parameters
    ----------
    density
        Density of all features.
    relative_importance
        Importance of the extra feature, any shape.
    n, m
        Numbers of features and of hidden dimensions.
    """
    relative = np.asarray(relative_importance, dtype=np.float64)
    importance = np.ones((*relative.shape, n))
    importance[..., -1] = relative
    return theory.global_optimum(m, density=np.full(n, density), importance=importance)


def slope(density: float, relative_importance: float, step: float) -> float:
    """Derivative of the optimal loss by the importance of the extra feature, two features in one dimension.

    Parameters
    ----------
    density, relative_importance
        Where to take the derivative.
    step
        Step of the central difference to either side.
    """
    around = along_importance(density, [relative_importance - step, relative_importance + step]).loss
    return float((around[1] - around[0]) / (2 * step))


@lru_cache(maxsize=16)
def critical_importance(density: float) -> float:
    """Relative importance from which on the exact optimum of two features in one dimension represents both.

    The boundary of the natural solutions lies above it, by less than a factor of 2; the search bisects
    between the two.
    """
    low, high = 0.5 * float(theory.boundary(density)), float(theory.boundary(density))
    while high / low > _BISECTED:
        middle = np.sqrt(low * high)
        W = torch.from_numpy(along_importance(density, middle).W)
        if outcome(W[None])[0] == IGNORED:
            low = middle
        else:
            high = middle
    return float(np.sqrt(low * high))


def three_equal_features(density: ArrayLike) -> Float[np.ndarray, "density 3 2"]:
    """Embeddings of the exact optima of three equally important features in two dimensions.

    Parameters
    ----------
    density
        Density of all three features, shape (density,).
    """
    p = np.asarray(density, dtype=np.float64)
    return theory.global_optimum(2, density=p[:, None], importance=np.ones(3), random_starts=24).W
