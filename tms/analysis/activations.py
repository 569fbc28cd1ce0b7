"""Which feature an activation of a ReLU neuron comes from (#computation-super-v-sparsity)."""

from __future__ import annotations

from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from tms.features import sample
from tms.training import Trained

PERCENTILES: Final = 100
"""Number of equal groups into which the positive activations of a neuron are divided by size."""


def led_by_primary(
    W: Float[Tensor, "feature neuron"], x: Float[Tensor, "input feature"], groups: int = PERCENTILES
) -> Float[Tensor, "neuron group"]:
    """Share of the activations of each size that come from the primary feature of their neuron.

    An activation comes from the feature with the largest contribution W_ik x_i to it. The primary feature of
    a neuron is the one with the largest weight in size.

    Parameters
    ----------
    W
        Input weights of one model without a hidden bias.
    x
        Inputs.
    groups
        Number of groups of nearly equal size, from the smallest positive activations to the largest.

    Returns
    -------
    Tensor
        Shares in float64; 0 where a neuron has fewer positive activations than groups.
    """
    shares = torch.zeros(W.shape[1], groups, dtype=torch.float64)
    for k, weights in enumerate(W.double().T):
        contributions = x.double() * weights
        activation = contributions.sum(-1)
        contributions = contributions[activation > 0][activation[activation > 0].argsort()]
        if len(contributions) >= groups:
            led = (contributions.argmax(-1) == weights.abs().argmax()).double()
            shares[k] = torch.stack([group.mean() for group in led.tensor_split(groups)])
    return shares


def leading_shares(trained: Trained, point: int, rows: int = 8192) -> Float[Tensor, "seed neuron group"]:
    """`led_by_primary` of the models of a point on inputs of their own data.

    Parameters
    ----------
    trained
        Models with a ReLU hidden layer without a bias.
    point
        Position of the point.
    rows
        Number of inputs for each seed, drawn from its own stream after those of training.
    """
    experiment = trained.experiment
    own = experiment.at(point).first_trials
    x = sample(experiment.features, own.density, own.keys, experiment.steps, batch_size=rows)
    return torch.stack([led_by_primary(*model) for model in zip(trained.W[point], x, strict=True)])
