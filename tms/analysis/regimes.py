"""Regimes of training: how two sets of features lie in the hidden space, and the loss on the way.

Every function takes ``W[..., feature, hidden]`` with any leading axes, and works in float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from tms.analysis.geometry import ANTIPODAL, cosines, norms
from tms.engines.reference import losses
from tms.features import sample
from tms.models import ReLUOutput
from tms.random_streams import HELD_OUT
from tms.training import Trained

_INPUTS: Final = HELD_OUT + (1 << 29)


def alignment(
    W: Float[Tensor, "*batch feature hidden"], sets: Sequence[Sequence[int]]
) -> Float[Tensor, "*batch"]:
    """Lowest cosine of two features of one set: 1 where every set has a single direction."""
    angles = cosines(W)
    inner = [angles[..., list(group), :][..., list(group)].amin((-2, -1)) for group in sets]
    return torch.stack(inner).amin(0)


def opposition(
    W: Float[Tensor, "*batch feature hidden"], sets: Sequence[Sequence[int]]
) -> Float[Tensor, "*batch"]:
    """Mean cosine, over the features of two sets, with the most opposed feature of the other set.

    It is -1 where every feature has an antipode in the other set, and -2/3 in the antiprism half way between
    two such pairings of two orthogonal triples.
    """
    one, other = (list(group) for group in sets)
    across = cosines(W)[..., one, :][..., other]
    mean: Tensor = (across.amin(-1).mean(-1) + across.amin(-2).mean(-1)) / 2
    return mean


def is_octahedron(
    W: Float[Tensor, "*batch feature hidden"], sets: Sequence[Sequence[int]]
) -> Bool[Tensor, "*batch"]:
    """Whether six features are the corners of an octahedron whose opposite corners are of different sets.

    Every feature has a norm above 1/2, an antipode of the other set by `ANTIPODAL`, and is at right angles,
    within the same 18 degrees, to all others.
    """
    angles, n = cosines(W), W.shape[-2]
    member = torch.zeros(n, dtype=torch.int64)
    for number, group in enumerate(sets):
        member[list(group)] = number
    opposite = angles < ANTIPODAL
    paired = (opposite.sum(-1) == 1) & (opposite & (member[:, None] != member)).any(-1)
    rest = torch.where(opposite | torch.eye(n, dtype=torch.bool), 0.0, angles).abs().amax((-2, -1))
    square = rest < (1 - ANTIPODAL**2) ** 0.5
    found: Tensor = paired.all(-1) & square & (norms(W) > 0.5).all(-1)
    return found


def orthogonality(
    W: Float[Tensor, "*batch feature hidden"], sets: Sequence[Sequence[int]]
) -> Float[Tensor, "*batch"]:
    """Largest |cosine| of two features of one set: 0 where every set is at right angles."""
    angles = cosines(W)
    inner = [angles[..., list(group), :][..., list(group)] for group in sets]
    apart = [(part - torch.eye(part.shape[-1], dtype=torch.float64)).abs().amax((-2, -1)) for part in inner]
    return torch.stack(apart).amax(0)


def between_sets(
    W: Float[Tensor, "*batch feature hidden"], sets: Sequence[Sequence[int]]
) -> Float[Tensor, "*batch"]:
    """Mean cosine of two features of different ones of two sets."""
    one, other = (list(group) for group in sets)
    mean: Tensor = cosines(W)[..., one, :][..., other].mean((-2, -1))
    return mean


@torch.no_grad()
def loss_curve(trained: Trained, rows: int = 12288) -> Float[Tensor, "checkpoint point seed"]:
    """Loss of ReLU output models at every checkpoint, on inputs that stay the same along training.

    The losses of training batches are too noisy to tell a drop from chance early on. Each seed has inputs of
    its own, so that their errors are independent.

    Parameters
    ----------
    trained
        Models with checkpoints.
    rows
        Inputs for each seed.

    Raises
    ------
    ValueError
        If there are no checkpoints.
    """
    experiment, own, history = trained.experiment, trained.experiment.first_trials, trained.history
    if history is None:
        raise ValueError(f"{experiment.name} was trained without checkpoints.")
    curves = torch.zeros(history.loss.shape, dtype=torch.float64)
    for point in range(experiment.n_points):
        importance = torch.from_numpy(experiment.importance[point]).float()
        for seed in range(experiment.seeds):
            one = [point * experiment.seeds + seed]
            x = sample(experiment.features, own.density[one], own.keys[one], _INPUTS, rows)
            for checkpoint in range(len(history.steps)):
                model = ReLUOutput(history.parameters["W"][checkpoint, point, seed][None])
                model.b.copy_(history.parameters["b"][checkpoint, point, seed])
                curves[checkpoint, point, seed] = losses(model, experiment, x, importance[None])[0]
    return curves
