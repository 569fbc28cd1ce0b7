"""Exact expected losses of trained models, which have no noise of held-out inputs."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tms import theory
from tms.experiment import Experiment
from tms.training import Trained

MOST_EXACT: Final = 3
"""Largest number of independent features for which `expected_losses` is exact."""


def zero_loss(experiment: Experiment) -> Float[np.ndarray, " point"]:
    """Expected loss of a model that outputs 0: the sum of I_i E[x_i^2] (#demonstrating-setup-loss).

    Parameters
    ----------
    experiment
        The experiment; at a point where all inputs are 0 or have no importance, the result is 1.
    """
    active = experiment.features.density.copy()
    for group in experiment.features.anticorrelated:
        active[:, list(group)] /= len(group)
    loss = (experiment.importance * active / 3).sum(1)
    return np.where(loss > 0, loss, 1.0)


def kept_losses(trained: Trained) -> Float[np.ndarray, "point seed"]:
    """Loss of the kept models: the expected loss where it can be computed, else that on held-out inputs.

    It can be computed for linear models, and for output activations of few independent features; for ReLU
    output models also of features in sets, or of a few more, by quadrature (see `tms.theory.Quadrature`).

    Parameters
    ----------
    trained
        Any sweep.
    """
    experiment = trained.experiment
    features, n = experiment.features, experiment.n_features
    plain = not (features.signed or features.sets) and experiment.target == "identity"
    density, importance = features.density[:, None], experiment.importance[:, None]
    settings = {"density": density, "importance": importance}
    if plain and experiment.architecture == "linear":
        return theory.linear_expected_loss(trained.W.numpy(), trained.b.numpy(), **settings)
    if experiment.architecture == "relu_output" and not features.signed and experiment.target == "identity":
        W, b = trained.W.double().numpy(), trained.b.double().numpy()
        if experiment.activation != "relu":
            if plain and n <= theory.activations.MAX_FEATURES:
                return theory.smooth_expected_loss(experiment.activation, W, b, **settings)
        elif plain and n <= MOST_EXACT:
            return theory.expected_loss(W, b, **settings)
        elif theory.Quadrature.covers(features):
            return theory.Quadrature(features).loss(W, b, **settings)
    return trained.loss.double().numpy()


def expected_losses(
    W: Float[Tensor, "point *rest feature hidden"],
    b: Float[Tensor, "point *rest feature"],
    experiment: Experiment,
) -> Float[np.ndarray, "point ..."]:
    """Expected loss of ReLU output models of up to three independent features.

    Parameters
    ----------
    W, b
        Weights of the models at each point, with any axes after the point.
    experiment
        The experiment that gives each point its density and importance.
    """
    lead = (slice(None), *(None,) * (W.ndim - 3))
    return theory.expected_loss(
        W.double().numpy(),
        b.double().numpy(),
        density=experiment.features.density[lead],
        importance=experiment.importance[lead],
    )


def best_by_expected_loss(trained: Trained) -> Trained:
    """Keep the trials of lowest expected loss: sampled losses cannot tell sparse solutions apart.

    Parameters
    ----------
    trained
        A sweep of ReLU output models of up to three independent features.
    """
    trials = trained.trial_parameters
    return trained.best_by(torch.from_numpy(expected_losses(trials["W"], trials["b"], trained.experiment)))


def quadrature_losses(trained: Trained) -> Float[Tensor, "point seed trial"]:
    """Expected loss of every trial of a sweep of ReLU output models with importance 1.

    Features may belong to sets, and may be more than three; see `tms.theory.Quadrature`.
    """
    features, trials = trained.experiment.features, trained.trial_parameters
    quadrature = theory.Quadrature(features)
    W, b = trials["W"].numpy(), trials["b"].numpy()
    return torch.from_numpy(quadrature.loss(W, b, density=features.density[:, None, None]))
