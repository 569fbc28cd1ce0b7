"""Sparse autoencoders that look for feature directions in hidden activations (#comment-sharkey)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from tms.analysis.geometry import directions
from tms.features import sample
from tms.random_streams import HELD_OUT
from tms.training import Trained

ROWS: Final = 8192
"""Activations on which dictionaries are measured."""

_INPUTS: Final = HELD_OUT + (1 << 31)


class Dictionaries(NamedTuple):
    """Sparse autoencoders of one point's models.

    Attributes
    ----------
    words
        Unit vectors, the rows of B, in float64.
    activity
        Share of new activations on which each word is in use.
    loss
        Loss on these activations.
    """

    words: Float[Tensor, "seed word hidden"]
    activity: Float[Tensor, "seed word"]
    loss: Float[Tensor, " seed"]


def learned_dictionaries(
    trained: Trained,
    point: int,
    *,
    size: int,
    penalty: float,
    steps: int = 2500,
    rows: int = 128,
    learning_rate: float = 0.03,
) -> Dictionaries:
    """Train a sparse autoencoder on the hidden activations of each of a point's models.

    The code of an activation h is z = ReLU(A h + c), its reconstruction B z with rows of B of norm 1, and the
    loss |h - B z|^2 + penalty |z|_1, both as shares of the mean of |h|^2 and |h|. Activations are drawn anew
    at every step. Source: #comment-sharkey.

    Parameters
    ----------
    trained
        Models with a linear hidden layer.
    point
        Position of the point.
    size
        Number of words in each dictionary.
    penalty
        Coefficient of the L1 norm of the code.
    steps, rows, learning_rate
        Training by Adam: steps, activations a step, and the rate, which falls to 0 along a cosine.
    """
    experiment, own = trained.experiment, trained.experiment.at(point).first_trials
    W = trained.W[point]
    first_step = 2 + 4 * size // rows

    def activations(step: int, count: int = rows) -> Float[Tensor, "seed row hidden"]:
        return sample(experiment.features, own.density, own.keys, _INPUTS + step, count) @ W

    first = activations(0)
    scale = first.square().sum(-1).mean(-1).sqrt()[:, None, None]
    # Words start along activations: those of an empty region would never be in use.
    starts = [activations(step) for step in range(1, first_step)]
    start = torch.cat([_longest(each, -(-size // len(starts))) for each in starts], dim=1)[:, :size]
    words = directions(start).float().requires_grad_()
    encoder = words.detach().clone().requires_grad_()
    offset = torch.zeros(len(W), 1, size, requires_grad=True)

    def code_and_loss(h: Tensor) -> tuple[Tensor, Tensor]:
        unit = words / torch.linalg.vector_norm(words, dim=-1, keepdim=True)
        z = (h @ encoder.mT + offset).relu()
        return z, (h - z @ unit).square().sum(-1).mean(-1) + penalty * z.sum(-1).mean(-1)

    optimizer = torch.optim.Adam([words, encoder, offset])
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = learning_rate * 0.5 * (1 + np.cos(np.pi * step / steps))
        _, loss = code_and_loss(activations(first_step + step) / scale)
        optimizer.zero_grad()
        torch.autograd.backward(loss.sum())
        optimizer.step()
    with torch.no_grad():
        z, loss = code_and_loss(activations(first_step + steps, ROWS) / scale)
    return Dictionaries(directions(words.detach()), (z > 0).double().mean(1), loss.double())


def _longest(h: Float[Tensor, "seed row hidden"], count: int) -> Float[Tensor, "seed count hidden"]:
    order = torch.linalg.vector_norm(h, dim=-1).argsort(dim=-1, descending=True)[:, :count]
    return h.take_along_dim(order[..., None], dim=1)


def matched_cosines(
    true: Float[Tensor, "feature hidden"], found: Float[Tensor, "word hidden"]
) -> Float[Tensor, " feature"]:
    """Cosine of each true direction with a word of its own, matched so that their sum is greatest.

    Parameters
    ----------
    true, found
        Directions, of any length; at least as many are found as are true.

    Raises
    ------
    ValueError
        If fewer are found than are true.
    """
    if len(found) < len(true):
        raise ValueError(f"{len(true)} true directions need at least as many words, not {len(found)}.")
    cosine = directions(true) @ directions(found).mT
    _, columns = linear_sum_assignment(cosine.numpy(), maximize=True)
    return cosine[torch.arange(len(true)), torch.from_numpy(columns)]


def matched_cosines_of_seeds(
    true: Float[Tensor, "seed feature hidden"],
    represented: Bool[Tensor, "seed feature"],
    found: Iterable[Float[Tensor, "word hidden"]],
) -> list[Float[Tensor, " represented_feature"]]:
    """`matched_cosines` of each seed's represented features with that seed's dictionary."""
    return [
        matched_cosines(W[there], words) for W, there, words in zip(true, represented, found, strict=True)
    ]


def random_directions(
    dictionaries: Float[Tensor, "seed word hidden"], seed: int
) -> Float[Tensor, "seed word hidden"]:
    """Draw normal vectors in the shape of learned dictionaries, for comparison; in float64."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(dictionaries.shape, generator=generator, dtype=torch.float64)
