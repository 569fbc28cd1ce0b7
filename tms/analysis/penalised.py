"""Models trained with an L1 penalty on the hidden activations (#strategic-approach-no-super)."""

from __future__ import annotations

import dataclasses

import torch

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
    experiment, own = trained.experiment, trained.experiment.first_trials
    x = sample(experiment.features, own.density, own.held_out_keys, HELD_OUT, ROWS)
    penalty = experiment.hidden_l1 * (x[:, None] @ trained.trial_parameters["W"]).abs().sum(-1).mean(-1)
    best = trained.best_by(trained.trial_loss + penalty)
    error = x - torch.relu(x @ best.W[0] @ best.W[0].mT + best.b[0][:, None])
    loss = (torch.from_numpy(experiment.importance[0]) * error**2).sum(-1).mean(-1)
    return dataclasses.replace(best, loss=loss[None])
