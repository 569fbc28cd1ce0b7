"""Models trained with an L1 penalty on the hidden activations (#strategic-approach-no-super)."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tms.analysis import geometry
from tms.features import sample
from tms.random_streams import HELD_OUT
from tms.training import Trained

ROWS = 2**14
"""Number of held-out inputs on which losses are taken."""


def lowest_penalised(trained: Trained) -> Trained:
    """Keep the trials with the lowest loss including the penalty, which training minimised.

    Parameters
    ----------
    trained
        A sweep of one point of ReLU output models.

    Returns
    -------
    Trained
        The same sweep with these trials as the best ones. Its loss is that without the penalty. Each seed has
        inputs of its own for penalty and loss, so that seeds differ by as much as runs do.
    """
    loss, penalty = _losses(trained, trained)
    penalised = trained.trial_loss[0] + penalty
    best = trained.best_by(penalised[None])
    return dataclasses.replace(best, loss=loss.gather(1, penalised.argmin(1, keepdim=True)).T)


def losses_of_trials(trained: Trained, inputs_of: Trained) -> Float[Tensor, "seed trial"]:
    """Loss of every trial, without the penalty, on the inputs of another sweep.

    Losses of two sweeps on the same inputs can be compared more closely.

    Parameters
    ----------
    trained
        A sweep of one point of ReLU output models.
    inputs_of
        A sweep of as many seeds.
    """
    return _losses(trained, inputs_of)[0]


def _losses(
    trained: Trained, inputs_of: Trained
) -> tuple[Float[Tensor, "seed trial"], Float[Tensor, "seed trial"]]:
    """Loss and penalty of every trial."""
    own, features = inputs_of.experiment.first_trials, inputs_of.experiment.features
    x = sample(features, own.density, own.held_out_keys, HELD_OUT, ROWS)
    importance = torch.from_numpy(trained.experiment.importance[0]).float()
    W, b = trained.trial_parameters["W"][0], trained.trial_parameters["b"][0]
    loss, penalty = (torch.zeros(W.shape[:2], dtype=torch.float64) for _ in range(2))
    for seed, trial in np.ndindex(W.shape[:2]):
        hidden = x[seed] @ W[seed, trial]
        error = x[seed] - (hidden @ W[seed, trial].mT + b[seed, trial]).relu()
        loss[seed, trial] = (error**2 @ importance).double().mean()
        penalty[seed, trial] = trained.experiment.hidden_l1 * hidden.abs().sum(-1).double().mean()
    return loss, penalty


def cross_talk(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch"]:
    """Sum of the squared dot products of different features: superposition without a threshold.

    All features count, represented or not (#demonstrating-basic-results).
    """
    squares = geometry.gram(W) ** 2
    total: Tensor = squares.sum((-2, -1)) - squares.diagonal(dim1=-2, dim2=-1).sum(-1)
    return total
