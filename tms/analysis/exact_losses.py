"""Exact expected losses of trained models, which have no noise of held-out inputs."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tms import theory
from tms.experiment import Experiment
from tms.training import Trained


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
