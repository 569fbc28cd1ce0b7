"""Training under the paper's analytic attack (#adversarial)."""

from __future__ import annotations

import time
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tms import training
from tms.analysis.adversarial import ROWS, attacks
from tms.engines import reference
from tms.experiment import Experiment
from tms.features import sample
from tms.models import ReLUOutput
from tms.random_streams import HELD_OUT
from tms.training import Trained

_INPUTS: Final = HELD_OUT + (1 << 30)


class Attacked(ReLUOutput):
    """A ReLU output model whose every input is attacked on one feature before the model sees it.

    Row j of a batch is attacked on feature j modulo n. Rows are exchangeable, so this is an attack on a
    random feature, and on all of them equally often. No gradient flows through the attack itself.

    Parameters
    ----------
    W
        Initial embedding, shape (instance, feature, hidden).
    size
        L2 norm of each instance's attacks, shape (instance,).
    """

    size: Tensor

    def __init__(self, W: Float[Tensor, "instance feature hidden"], size: Float[Tensor, " instance"]) -> None:
        super().__init__(W)
        self.register_buffer("size", size)

    def forward(self, x: Float[Tensor, "instance batch feature"]) -> Float[Tensor, "instance batch feature"]:
        """Reconstruct the inputs from attacked ones."""
        target = torch.arange(x.shape[1], device=x.device) % x.shape[2]
        push = self.size[:, None, None] * attacks(self.W.detach())[:, target]
        return super().forward(x + push)


def train_attacked(experiment: Experiment, *, device: str = "auto") -> Trained:
    """Train under the analytic attack on a random feature (#adversarial).

    Parameters
    ----------
    experiment
        The experiment to train. Its coordinate "attack" is the L2 norm of the attacks at each point, as a
        share of the mean norm of an input. The held-out loss is that under attack.
    device
        The kind of device, as in `tms.training.resolve`.
    """

    def attacked(experiment: Experiment) -> Attacked:
        own = experiment.instances
        x = sample(experiment.features, own.density, own.keys, _INPUTS, ROWS)
        strength = torch.from_numpy(experiment.coordinates["attack"]).float()
        size = strength.repeat_interleave(experiment.trials) * torch.linalg.vector_norm(x, dim=-1).mean(-1)
        W = torch.from_numpy(experiment.initial_weights())
        return Attacked(W, size)

    _, device = training.resolve("reference", device)
    started = time.perf_counter()
    result = reference.run(experiment, device, lambda _steps: None, attacked)
    return Trained.from_result(experiment, result, "reference", device, time.perf_counter() - started)


def eliminating_strength(
    strength: Float[np.ndarray, " point"], superposed: Float[np.ndarray, "point seed"], left: float
) -> Float[np.ndarray, " seed"]:
    """Strength of attack from which on training leaves no more than a share of the superposed features.

    Parameters
    ----------
    strength
        Strengths of attack in training, increasing; the first is 0.
    superposed
        Number of superposed features after training under each of them.
    left
        The share of those without attacks, between 0 and 1.

    Returns
    -------
    ndarray
        Where the straight line from the last strength with more than this share to the next one passes it;
        the largest strength for a seed that still has more there; nan for one without superposition at first.
    """
    share = superposed / np.where(superposed[0] > 0, superposed[0], np.nan)
    found = []
    for seed in range(share.shape[1]):
        positions = np.flatnonzero(share[:, seed] > left)
        if not positions.size:
            found.append(np.nan)
            continue
        above = int(positions.max())
        if above + 1 == len(strength):
            found.append(strength[-1])
            continue
        high, low = share[above, seed], share[above + 1, seed]
        part = (high - left) / (high - low)
        found.append(strength[above] + part * (strength[above + 1] - strength[above]))
    return np.array(found)


def left_when_eliminated(
    represented: Float[np.ndarray, "point seed"], superposed: Float[np.ndarray, "point seed"], left: float
) -> Float[np.ndarray, " seed"]:
    """Count the features that are still represented at the weakest attack that eliminates superposition.

    Parameters
    ----------
    represented, superposed
        Number of represented and of superposed features after training under each strength; these increase
        from 0.
    left
        The share of superposed features, of those without attacks, up to which superposition is eliminated.

    Returns
    -------
    ndarray
        0 for a seed whose superposition is never eliminated for good; nan for one without superposition at
        first.
    """
    share = superposed / np.where(superposed[0] > 0, superposed[0], np.nan)
    followed = np.concatenate([represented, np.zeros_like(represented[:1])])
    found = []
    for seed, each in enumerate(share.T):
        above = np.flatnonzero(each > left)
        found.append(followed[above.max() + 1, seed] if above.size else np.nan)
    return np.array(found)


def clean_loss(trained: Trained) -> Float[np.ndarray, "point seed"]:
    """Loss of ReLU output models without attacks; a seed has the same inputs at all points."""
    experiment, own = trained.experiment, trained.experiment.first_trials
    loss = np.zeros((experiment.n_points, experiment.seeds))
    for point, seed in np.ndindex(loss.shape):
        x = sample(experiment.features, own.density[[seed]], own.keys[[seed]], _INPUTS, ROWS)[0]
        W, b = trained.W[point, seed], trained.b[point, seed]
        importance = torch.from_numpy(experiment.importance[point]).float()
        loss[point, seed] = float(((x - (x @ W @ W.mT + b).relu()) ** 2 @ importance).mean())
    return loss
