"""Which absolute values a model with a ReLU hidden layer computes (#computation)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from tms import theory
from tms.analysis import neurons
from tms.analysis.means import mean_where
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


@lru_cache(maxsize=64)
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


def features_computed(trained: Trained, point: int, explained: float = 0.5) -> Float[Tensor, " seed"]:
    """Number of features of which each model of a point explains at least a share of the variance of |x_i|.

    Parameters
    ----------
    trained, point
        As for `variance_explained`.
    explained
        The share of the variance, at most 1.
    """
    return (variance_explained(trained, point) >= explained).double().sum(-1)


def features_represented(
    trained: Trained, point: int, threshold: float = neurons.SERVED
) -> Float[Tensor, " seed"]:
    """Number of features that a neuron serves and whose |x_i| a model guesses better than a constant does.

    Parameters
    ----------
    trained, point
        As for `variance_explained`.
    threshold
        Input weight from which on a neuron serves a feature, as a share of the neuron's largest.
    """
    served = neurons.serves(rescaled_inputs(trained, point), threshold).any(-1)
    return (served & (variance_explained(trained, point) > 0)).double().sum(-1)


def rescaled_inputs(trained: Trained, point: int) -> Float[Tensor, "seed feature neuron"]:
    """Input weights of the models of a point, scaled so that the largest of each neuron is 1."""
    return neurons.rescaled(trained.W[point], trained.parameters["W_out"][point])[0]


def errors_of_own_output(trained: Trained, point: int) -> Float[Tensor, " seed"]:
    """Largest difference from 1, over neurons, of the weight by which a neuron writes its primary feature.

    Input weights are scaled to 1 before, so that a pair of neurons that computes |x_i| has differences of 0
    (#computation-basic).
    """
    into, out = neurons.rescaled(trained.W[point], trained.parameters["W_out"][point])
    own = out.gather(-2, into.abs().argmax(-2, keepdim=True))[..., 0, :]
    return (own - 1).abs().amax(-1)


def runs_that_learned(trained: Trained, point: int, unexplained: float = 0.01) -> Float[Tensor, " seed"]:
    """Share of each seed's trials that leave at most a share of the variance of all |x_i| unexplained.

    Parameters
    ----------
    trained
        Models of dense features of equal importance 1.
    point
        Position of the point.
    unexplained
        The largest loss that counts as learned, as a share of the loss of the best constant.
    """
    constant = trained.experiment.n_features * UNIFORM_VARIANCE
    return (trained.trial_loss[point] <= unexplained * constant).double().mean(-1)


def most_mixed_point(trained: Trained) -> int:
    """Position of the point at which the share of monosemantic neurons, over all seeds, is nearest to 1/2."""
    shares = [
        float(neurons.monosemantic(rescaled_inputs(trained, point)).double().mean())
        for point in range(trained.experiment.n_points)
    ]
    return int(np.abs(np.array(shares) - 0.5).argmin())


def advantage_of_important(
    W: Float[Tensor, "*batch feature neuron"], most_important: int
) -> Float[Tensor, "*batch"]:
    """Share of monosemantic neurons among those of the first features, less that among all other neurons.

    Parameters
    ----------
    W
        Input weights as `rescaled_inputs` returns them; the most important features come first.
    most_important
        Number of features that count as important. A neuron is theirs if its largest weight is.
    """
    single, important = neurons.monosemantic(W), W.abs().argmax(-2) < most_important
    return mean_where(single, important) - mean_where(single, ~important)
