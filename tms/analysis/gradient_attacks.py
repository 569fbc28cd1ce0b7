"""Adversarial examples found by gradient ascent, beside the analytic ones (#adversarial)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tms.analysis.adversarial import ATTACK, ROWS, attacked_inputs, attacks
from tms.training import Trained

STEPS: Final = 20
"""Steps of gradient ascent, each a quarter of the largest norm."""

_SMALLEST: Final = 1e-12


@dataclass(frozen=True, eq=False)
class GradientAttacks:
    """Attacks on each input by itself, for every model of a sweep.

    Parameters
    ----------
    closed
        Share of outputs that are 0 on inputs without attack.
    without_gradient
        Share of inputs on which the loss has no gradient, as no output is open.
    damage
        Damage of gradient ascent over that of the analytic attack that harms each input most.
    """

    closed: Float[np.ndarray, "point seed"]
    without_gradient: Float[np.ndarray, "point seed"]
    damage: Float[np.ndarray, "point seed"]

    @classmethod
    def on(cls, trained: Trained, rows: int = ROWS) -> Self:
        """Attack every model of a sweep of ReLU output models of importance 1.

        Raises
        ------
        ValueError
            If an importance is not 1.
        """
        experiment = trained.experiment
        if (experiment.importance != 1).any():
            raise ValueError(f"{experiment.name}: all importances must be 1.")
        closed, none, damage = (np.zeros((experiment.n_points, experiment.seeds)) for _ in range(3))
        for point, seed in np.ndindex(closed.shape):
            x = attacked_inputs(trained, point, seed, rows)
            W, b = trained.W[point, seed], trained.b[point, seed]
            opened = x @ W @ W.mT + b > 0
            closed[point, seed] = 1 - opened.double().mean().item()
            none[point, seed] = (~opened.any(-1)).double().mean().item()
            ascent, analytic = gradient_damage(W, b, x).mean(), analytic_damage(W, b, x).mean()
            damage[point, seed] = float(ascent / analytic)
        return cls(closed, none, damage)


def gradient_damage(
    W: Float[Tensor, "feature hidden"],
    b: Float[Tensor, " feature"],
    x: Float[Tensor, "row feature"],
    strength: float = ATTACK,
) -> Float[Tensor, " row"]:
    """By how much attacks found by gradient ascent raise the loss on each input.

    Every step goes along the gradient of the loss, and back to the ball of attacks where it leaves it. Where
    all outputs are closed, the gradient is 0, and the attack does not start.

    Parameters
    ----------
    W, b
        A ReLU output model, with importances of 1.
    x
        Inputs.
    strength
        Largest L2 norm of an attack, as a share of the mean norm of `x`.
    """
    size = strength * torch.linalg.vector_norm(x, dim=-1).mean()
    embedded = W @ W.mT
    push = torch.zeros_like(x)
    for _ in range(STEPS):
        before = (x + push) @ embedded + b
        gradient = -((x - before.relu()) * (before > 0)) @ embedded
        push = push + size / 4 * gradient / _length(gradient)
        push = push * (size / _length(push)).clamp(max=1)
    return _loss(W, b, x, push) - _loss(W, b, x, torch.zeros_like(x))


def analytic_damage(
    W: Float[Tensor, "feature hidden"],
    b: Float[Tensor, " feature"],
    x: Float[Tensor, "row feature"],
    strength: float = ATTACK,
) -> Float[Tensor, " row"]:
    """By how much the analytic attack that harms each input most raises the loss on it.

    Parameters
    ----------
    W, b, x, strength
        As for `gradient_damage`.
    """
    size = strength * torch.linalg.vector_norm(x, dim=-1).mean()
    losses = [_loss(W, b, x, size * direction) for direction in attacks(W)]
    return torch.stack(losses).amax(0) - _loss(W, b, x, torch.zeros_like(x))


def _loss(W: Tensor, b: Tensor, x: Tensor, push: Tensor) -> Tensor:
    return ((x - ((x + push) @ W @ W.mT + b).relu()) ** 2).sum(-1)


def _length(vectors: Tensor) -> Tensor:
    length: Tensor = torch.linalg.vector_norm(vectors, dim=-1, keepdim=True).clamp(min=_SMALLEST)
    return length
