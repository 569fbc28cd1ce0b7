"""Sweeps whose weights are known, in the form in which training returns them."""

from __future__ import annotations

import torch
from torch import Tensor

from tms.experiment import Experiment
from tms.training import History, Trained


def known_models(
    experiment: Experiment,
    *,
    loss: Tensor | None = None,
    history: dict[str, Tensor] | None = None,
    history_loss: Tensor | None = None,
    **parameters: Tensor,
) -> Trained:
    """Return a sweep with these weights, as if it had been trained.

    Parameters
    ----------
    experiment
        The experiment that the models belong to.
    loss
        Held-out loss of every trial, shape (point, seed, trial); 0 unless given.
    history, history_loss
        Weights by name and losses at the experiment's checkpoints, shape (checkpoint, point, seed, ...); no
        checkpoints unless given.
    **parameters
        Weights of all trials by name, shape (point, seed, trial, ...).
    """
    lead = (experiment.n_points, experiment.seeds, experiment.best_of)
    trial_loss = torch.zeros(lead) if loss is None else loss
    checkpoints = None
    if history is not None:
        curve = torch.zeros(len(experiment.checkpoints), *lead[:2]) if history_loss is None else history_loss
        checkpoints = History(experiment.checkpoints, curve, history)
    untouched = Trained(
        experiment, {}, trial_loss[:, :, 0], parameters, trial_loss, None, "reference", "cpu", 0.0
    )
    best = untouched.best_by(trial_loss)
    return Trained(
        experiment, best.parameters, best.loss, parameters, trial_loss, checkpoints, "reference", "cpu", 0.0
    )
