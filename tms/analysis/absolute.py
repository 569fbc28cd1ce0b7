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

REPRESENTED: Final = 0.75
"""Largest loss of a feature that is represented, as a share of the loss of ignoring it: half way from
there to the loss of a model that computes one of its sides."""

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


def relative_losses(trained: Trained, point: int, rows: int = 2**15) -> Float[Tensor, "seed feature"]:
    """Loss of each feature over that of a model that ignores it and outputs p/2.

    Parameters
    ----------
    trained, point
        As for `variance_explained`.
    rows
        Number of inputs for each seed on which the output of inactive features is measured.

    Returns
    -------
    Tensor
        0 for a feature that is computed exactly, 1/2 for one whose positive or negative side alone is, and 1
        for one that is ignored. Interference counts, from other features and with them.
    """
    experiment = trained.experiment
    own = experiment.at(point).first_trials
    x = sample(experiment.features, own.density, own.keys, experiment.steps, batch_size=rows)
    W, W_out, b = (trained.parameters[name][point] for name in ("W", "W_out", "b"))
    y = torch.relu(torch.relu(x @ W) @ W_out.mT + b[:, None]).double()
    p = torch.from_numpy(experiment.features.density[point])
    active = UNIFORM_VARIANCE * (1 - variance_explained(trained, point))
    inactive = mean_where((y**2).mT, (x == 0).mT)
    return (p * active + (1 - p) * inactive) / (p / 3 - p**2 / 4)


def features_represented(trained: Trained, point: int) -> Float[Tensor, " seed"]:
    """Number of features whose `relative_losses` are at most `REPRESENTED`."""
    return (relative_losses(trained, point) <= REPRESENTED).double().sum(-1)


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


def most_mixed(*sweeps: Trained) -> tuple[Trained, int]:
    """Find the point at which the share of monosemantic neurons, over all seeds, is nearest to one half.

    Parameters
    ----------
    *sweeps
        Models with separate input and output weights.

    Returns
    -------
    Trained, int
        The sweep, and the position of the point in it.
    """
    places = [(sweep, point) for sweep in sweeps for point in range(sweep.experiment.n_points)]
    shares = [
        float(neurons.monosemantic_share(rescaled_inputs(sweep, point)).mean()) for sweep, point in places
    ]
    return places[int(np.abs(np.array(shares) - 0.5).argmin())]


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
