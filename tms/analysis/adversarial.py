"""Adversarial examples against a toy model: the paper's analytic attack, and training under it.

The attack on feature i adds a vector along (W^T W)_i to the input (#adversarial). In a model without
superposition it changes only the output of that feature; with superposition also the outputs of features that
share its direction.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tms import training
from tms.experiment import Experiment
from tms.features import sample
from tms.models import ReLUOutput
from tms.random_streams import HELD_OUT
from tms.training import Trained

ATTACK: Final = 0.1
"""L2 norm of an attack as a share of the mean norm of an input (#adversarial)."""
ROWS: Final = 2048
"""Inputs on which a model is attacked."""

_INPUTS: Final = HELD_OUT + (1 << 30)
_SMALLEST: Final = 1e-12


def attacks(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch feature feature"]:
    """Unit vector of the analytic attack on each feature, (W^T W)_i / ||(W^T W)_i||, in row i (#adversarial).

    It is 0 for a feature whose embedding is 0.
    """
    gram = W @ W.mT
    unit: Tensor = gram / torch.linalg.vector_norm(gram, dim=-1, keepdim=True).clamp(min=_SMALLEST)
    return unit


def damage(
    W: Float[Tensor, "feature hidden"],
    b: Float[Tensor, " feature"],
    importance: Float[Tensor, " feature"],
    x: Float[Tensor, "row feature"],
    strength: float = ATTACK,
) -> Float[Tensor, " feature"]:
    """By how much the attack on each feature raises a ReLU output model's loss (#adversarial).

    Parameters
    ----------
    W, b
        The model.
    importance
        I_i, the weights of the loss.
    x
        Inputs. The loss is against these, not against the attacked ones.
    strength
        L2 norm of the attack, as a share of the mean norm of `x`.
    """
    size = strength * torch.linalg.vector_norm(x, dim=-1).mean()
    embedded = W @ W.mT
    before = x @ embedded + b
    clean = ((x - before.relu()) ** 2 @ importance).mean()
    moves = size * attacks(W) @ embedded
    return torch.stack([((x - (before + move).relu()) ** 2 @ importance).mean() - clean for move in moves])


def vulnerability(
    trained: Trained, *, strength: float = ATTACK, rows: int = ROWS
) -> Float[Tensor, "point seed"]:
    """Damage of the worst attack, relative to that on a model without superposition (#adversarial).

    A model that gives a dimension each to the most important features and none to the rest passes the attack
    on feature i to output i unchanged. The damage is then I_i times the squared norm of the attack.

    Parameters
    ----------
    trained
        ReLU output models.
    strength
        L2 norm of the attack, as a share of the mean norm of an input.
    rows
        Number of inputs on which each model is attacked, drawn from its own stream.
    """
    experiment, own = trained.experiment, trained.experiment.first_trials
    worst = torch.zeros(experiment.n_points, experiment.seeds, dtype=torch.float64)
    for point, seed in np.ndindex(experiment.n_points, experiment.seeds):
        one = [point * experiment.seeds + seed]
        x = sample(experiment.features, own.density[one], own.keys[one], _INPUTS, rows)[0]
        importance = torch.from_numpy(experiment.importance[point]).float()
        norm = strength * torch.linalg.vector_norm(x, dim=-1).mean()
        harm = damage(trained.W[point, seed], trained.b[point, seed], importance, x, strength)
        worst[point, seed] = harm.max() / (norm**2 * importance.max())
    return worst


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

    return training.train(experiment, device=device, model=attacked)


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
        the largest strength for a seed that still has more there.
    """
    share = superposed / superposed[0]
    found = []
    for seed in range(share.shape[1]):
        above = int(np.flatnonzero(share[:, seed] > left).max())
        if above + 1 == len(strength):
            found.append(strength[-1])
            continue
        high, low = share[above, seed], share[above + 1, seed]
        part = (high - left) / (high - low)
        found.append(strength[above] + part * (strength[above + 1] - strength[above]))
    return np.array(found)
