"""Which absolute values a model with a ReLU hidden layer computes (#computation)."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from tms import theory
from tms.analysis import neurons
from tms.experiment import Experiment
from tms.features import sample
from tms.training import Trained

UNIFORM_VARIANCE: Final = 1 / 12
"""Variance of |x| of an active feature, uniform in [0, 1]: the error of the best constant."""

PURE: Final = 0.1
"""A neuron of one feature has no second input weight above this share of its largest."""


def hand_built_loss(experiment: Experiment) -> Float[np.ndarray, " point"]:
    """Loss at every point of the solution without superposition: `tms.theory.paired_neurons`."""
    return theory.paired_neurons(
        experiment.n_features,
        experiment.n_hidden,
        density=experiment.features.density,
        importance=experiment.importance,
    ).loss


def explained_when_active(
    W: Float[Tensor, "feature neuron"],
    W_out: Float[Tensor, "feature neuron"],
    b: Float[Tensor, " feature"],
    x: Float[Tensor, "input feature"],
    own: Float[Tensor, " input"],
) -> Float[Tensor, " feature"]:
    """Share of the variance of |x_i| that one model explains when feature i is active, the others as usual.

    Parameters
    ----------
    W, W_out, b
        Input weights, output weights and output biases of one model.
    x
        Inputs of the model's own data.
    own
        Values of the active feature, uniform in [-1, 1]; for each i in turn they replace x_i.

    Returns
    -------
    Tensor
        1 for a feature that is computed exactly, 0 for one that a constant would explain as well, -3 for an
        output that is always 0, and -1 for an output that responds to one sign of the feature alone. Source:
        #computation-super-v-sparsity.
    """
    W, W_out, b, x, own = (values.double() for values in (W, W_out, b, x, own))
    before = x @ W
    explained = []
    for i in range(len(W)):
        h = torch.relu(before + (own - x[:, i])[:, None] * W[i])
        y = torch.relu(h @ W_out[i] + b[i])
        explained.append(1 - ((y - own.abs()) ** 2).mean() / UNIFORM_VARIANCE)
    return torch.stack(explained)


def variance_explained(trained: Trained, point: int, rows: int = 4096) -> Float[Tensor, "seed feature"]:
    """Share of the variance of each |x_i| that the models of a point explain when feature i is active.

    Parameters
    ----------
    trained
        Models with separate input and output weights.
    point
        Position of the point.
    rows
        Number of inputs for each seed, drawn from its own stream after those of training.
    """
    experiment = trained.experiment
    own = experiment.at(point).first_trials
    x = sample(experiment.features, own.density, own.keys, experiment.steps, batch_size=rows)
    values = torch.linspace(-1, 1, x.shape[1])
    W, W_out, b = (trained.parameters[name][point] for name in ("W", "W_out", "b"))
    return torch.stack([explained_when_active(*model, values) for model in zip(W, W_out, b, x, strict=True)])


def has_a_pure_pair_for_each_feature(W: Float[Tensor, "*batch feature neuron"]) -> Bool[Tensor, "*batch"]:
    """Whether every neuron reads one feature, and every feature has one positive and one negative neuron.

    A neuron reads one feature if its second largest input weight is below `PURE` of the largest. Source:
    #computation-basic.
    """
    main = W.gather(-2, W.abs().argmax(-2, keepdim=True))[..., 0, :]
    pure = (neurons.secondary_share(W) < PURE).all(-1)
    one = torch.nn.functional.one_hot(W.abs().argmax(-2), W.shape[-2])
    positive = (one * (main > 0)[..., None]).sum(-2)
    negative = (one * (main < 0)[..., None]).sum(-2)
    return pure & ((positive == 1) & (negative == 1)).all(-1)
