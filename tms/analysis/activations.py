"""Which feature an activation of a ReLU neuron comes from (#computation-super-v-sparsity)."""

from __future__ import annotations

from typing import Final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from tms.features import sample
from tms.training import Trained

PERCENTILES: Final = 100
"""Number of equal groups into which the positive activations of a neuron are divided by size."""

SIZES: Final = 20
"""Number of ranges of sizes in which activations are counted."""


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


def led_by_primary_at_size(
    W: Float[Tensor, "feature neuron"], x: Float[Tensor, "input feature"], bins: int = SIZES
) -> Float[Tensor, " bin"]:
    """Share of the activations in each range of sizes that come from the primary feature of their neuron.

    Parameters
    ----------
    W
        Input weights of one model without a hidden bias. The size of an activation is in units of the largest
        weight of its neuron, so that the primary feature alone makes activations up to 1.
    x
        Inputs.
    bins
        Number of equal ranges from 0 to 1; larger activations are left out.

    Returns
    -------
    Tensor
        Shares over the activations of all neurons, in float64; 0 for a range without activations.
    """
    led, all_of_them = torch.zeros(2, bins, dtype=torch.float64)
    for weights in W.double().T:
        contributions = x.double() * weights / weights.abs().max()
        size = contributions.sum(-1)
        there = (size > 0) & (size <= 1)
        place = (size[there] * bins).ceil().long() - 1
        primary = contributions[there].argmax(-1) == weights.abs().argmax()
        led += torch.bincount(place, primary.double(), minlength=bins)
        all_of_them += torch.bincount(place, minlength=bins)
    shares: Tensor = led / all_of_them.clamp(min=1)
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
    x = _own_inputs(trained, point, rows)
    return torch.stack([led_by_primary(*model) for model in zip(trained.W[point], x, strict=True)])


def leading_shares_at_size(
    trained: Trained, point: int, neurons: Bool[Tensor, "seed neuron"], rows: int = 8192
) -> Float[Tensor, "seed bin"]:
    """`led_by_primary_at_size` of some neurons of the models of a point.

    Parameters
    ----------
    trained, point, rows
        As for `leading_shares`.
    neurons
        The neurons that count, in each model.
    """
    models = zip(trained.W[point], _own_inputs(trained, point, rows), neurons, strict=True)
    return torch.stack([led_by_primary_at_size(W[:, chosen], x) for W, x, chosen in models])


def _own_inputs(trained: Trained, point: int, rows: int) -> Float[Tensor, "seed input feature"]:
    experiment = trained.experiment
    own = experiment.at(point).first_trials
    return sample(experiment.features, own.density, own.keys, experiment.steps, batch_size=rows)
