"""Measurements of a privileged basis: which features a neuron serves, and how features lie to neurons.

Every function takes weights ``W[..., feature, neuron]`` with any leading axes, and works in float64.
"""

from __future__ import annotations

from typing import Final

import torch
from jaxtyping import Bool, Float, Int
from scipy.optimize import linear_sum_assignment
from scipy.stats import spearmanr
from torch import Tensor

from tms.analysis import geometry
from tms.features import sample
from tms.training import Trained

SERVED: Final = 0.25
"""A neuron serves a feature from this weight on: a sixteenth of the power of a feature with norm 1."""

NEGLIGIBLE: Final = 0.1
"""A weight below this share of its feature's norm is negligible: a hundredth of the feature's power."""


def serves(
    W: Float[Tensor, "*batch feature neuron"], threshold: float = SERVED
) -> Bool[Tensor, "*batch feature neuron"]:
    """Whether a neuron stores a feature: its weight is not negligible.

    The paper tells neurons that store one feature from those that store more, without saying from which
    weight on a feature counts as stored (#privileged-basis).

    Parameters
    ----------
    W
        Weights of features on neurons, in units in which a feature stored in one neuron has a weight of 1:
        as they are where input and output weights are tied, or as `rescaled` returns them.
    threshold
        Size from which on a weight counts, positive.

    Raises
    ------
    ValueError
        If the threshold is not positive.
    """
    if not threshold > 0:
        raise ValueError(f"threshold must be positive, not {threshold}.")
    return W.double().abs() >= threshold


def features_per_neuron(
    W: Float[Tensor, "*batch feature neuron"], threshold: float = SERVED
) -> Int[Tensor, "*batch neuron"]:
    """Number of features that each neuron serves (#privileged-basis)."""
    return serves(W, threshold).sum(-2)


def monosemantic(
    W: Float[Tensor, "*batch feature neuron"], threshold: float = SERVED
) -> Bool[Tensor, "*batch neuron"]:
    """Whether a neuron serves exactly one feature (#privileged-basis)."""
    return features_per_neuron(W, threshold) == 1


def polysemantic(
    W: Float[Tensor, "*batch feature neuron"], threshold: float = SERVED
) -> Bool[Tensor, "*batch neuron"]:
    """Whether a neuron serves more than one feature (#privileged-basis)."""
    return features_per_neuron(W, threshold) > 1


def monosemantic_share(
    W: Float[Tensor, "*batch feature neuron"], threshold: float = SERVED
) -> Float[Tensor, "*batch"]:
    """Share of each model's neurons that serve exactly one feature (#privileged-basis)."""
    return monosemantic(W, threshold).double().mean(-1)


def polysemantic_share(
    W: Float[Tensor, "*batch feature neuron"], threshold: float = SERVED
) -> Float[Tensor, "*batch"]:
    """Share of each model's neurons that serve more than one feature (#privileged-basis)."""
    return polysemantic(W, threshold).double().mean(-1)


def has_both_kinds(W: Float[Tensor, "*batch feature neuron"]) -> Bool[Tensor, "*batch"]:
    """Whether a model has monosemantic and polysemantic neurons (#privileged-basis)."""
    return monosemantic(W).any(-1) & polysemantic(W).any(-1)


def mean_features_per_neuron(trained: Trained) -> Float[Tensor, "point seed"]:
    """Number of features that a neuron serves, mean over the neurons of each kept model."""
    return features_per_neuron(trained.W).double().mean(-1)


def runs_like_the_best(trained: Trained) -> Float[Tensor, "point seed"]:
    """Share of each seed's trials with as many monosemantic neurons as the kept one, up to one neuron.

    Source: #privileged-basis.
    """
    return runs_like(trained.W, trained.trial_parameters["W"])


def runs_like(
    best: Float[Tensor, "*batch feature neuron"], runs: Float[Tensor, "*batch trial feature neuron"]
) -> Float[Tensor, "*batch"]:
    """Share of the trials with as many monosemantic neurons as another model, up to one neuron.

    Source: #privileged-basis.
    """
    own, other = monosemantic(runs).sum(-1), monosemantic(best).sum(-1)[..., None]
    return ((own - other).abs() <= 1).double().mean(-1)


def alignment(W: Float[Tensor, "*batch feature neuron"]) -> Float[Tensor, "*batch feature"]:
    """How far a feature lies along one neuron: the sum over k of (W_ik / ||W_i||)^4.

    It is 1 on one neuron, 1/2 spread evenly over two, and 3 / (m + 2) on average for a direction that knows
    of no basis; 0 where an embedding is exactly 0 (#privileged-basis).
    """
    power = W.double() ** 2
    total = power.sum(-1, keepdim=True)
    share = torch.where(total > 0, power / total.clamp(min=torch.finfo(torch.float64).tiny), 0.0)
    return (share**2).sum(-1)


def mean_alignment(W: Float[Tensor, "*batch feature neuron"]) -> Float[Tensor, "*batch"]:
    """Mean alignment of the represented features of each model; nan where none is represented."""
    there = geometry.represented(W)
    return (alignment(W) * there).sum(-1) / there.sum(-1)


def negligible_share(W: Float[Tensor, "*batch feature neuron"]) -> Float[Tensor, "*batch"]:
    """Share of the weights of represented features that are `NEGLIGIBLE`; nan where none is represented."""
    there = geometry.represented(W)
    small = geometry.directions(W).abs() < NEGLIGIBLE
    return (small.double().mean(-1) * there).sum(-1) / there.sum(-1)


def distance_up_to_permutation(
    A: Float[Tensor, "feature neuron"], B: Float[Tensor, "feature neuron"]
) -> float:
    """Frobenius distance of two models' weights under the best matching of their neurons.

    Parameters
    ----------
    A, B
        Weights of two models; their features are the same, their neurons come in any order.

    Returns
    -------
    float
        The least ||A - B P||_F over permutations P of neurons (#privileged-basis).
    """
    squares = ((A.double()[:, :, None] - B.double()[:, None, :]) ** 2).sum(0).numpy()
    rows, columns = linear_sum_assignment(squares)
    return float(squares[rows, columns].sum() ** 0.5)


def distances_up_to_permutation(
    first: Float[Tensor, "seed feature neuron"], second: Float[Tensor, "seed feature neuron"]
) -> Float[Tensor, " seed"]:
    """`distance_up_to_permutation` of the two models of each seed, in float32."""
    pairs = zip(first, second, strict=True)
    return torch.tensor([distance_up_to_permutation(A, B) for A, B in pairs])


def open_share(trained: Trained, rows: int = 4096) -> Float[Tensor, "point seed"]:
    """How often the ReLU of a hidden neuron is open: the share of neurons and inputs with h > 0.

    Parameters
    ----------
    trained
        Models with a ReLU hidden layer, with or without a hidden bias.
    rows
        Number of inputs for each seed, drawn from its own stream after those of training.
    """
    experiment, own = trained.experiment, trained.experiment.first_trials
    x = sample(experiment.features, own.density, own.keys, step=experiment.steps, batch_size=rows)
    h: Tensor = x.unflatten(0, trained.W.shape[:2]) @ trained.W
    if "b_hidden" in trained.parameters:
        h = h + trained.parameters["b_hidden"][:, :, None]
    return (h > 0).double().mean((-2, -1))


def mean_features_averaged(W: Float[Tensor, "*batch feature neuron"]) -> Float[Tensor, "*batch"]:
    """Number of features over which a neuron averages besides those that it stores, its mean over neurons.

    The features that a neuron does not store add sum_i W_i x_i to its input. With features of one
    distribution, the squared mean of that over its variance grows with (sum of W_i)^2 / (sum of W_i^2). This
    is n for n equal weights, 1 for a single weight, and 0 for weights that cancel: an average over many
    features acts like a bias, as it hardly varies.
    """
    others = torch.where(serves(W), 0, W.double())
    squares = others.square().sum(-2)
    return (others.sum(-2).square() / torch.where(squares > 0, squares, 1)).mean(-1)


def rescaled(
    W: Float[Tensor, "*batch feature neuron"], W_out: Float[Tensor, "*batch feature neuron"]
) -> tuple[Float[Tensor, "*batch feature neuron"], Float[Tensor, "*batch feature neuron"]]:
    """Scale each neuron so that its largest input weight is 1, and its output weights inversely.

    The model stays the same, as ReLU(a h) = a ReLU(h) for a > 0 (#computation-basic). A neuron without any
    input weight stays as it is.
    """
    largest = W.double().abs().amax(-2, keepdim=True)
    scale = torch.where(largest > 0, largest, 1.0)
    return W.double() / scale, W_out.double() * scale


def secondary_share(W: Float[Tensor, "*batch feature neuron"]) -> Float[Tensor, "*batch neuron"]:
    """Second largest weight of each neuron over its largest; 1 for a neuron without weights.

    Source: #computation-super-v-sparsity.
    """
    first, second = W.double().abs().topk(2, dim=-2).values.unbind(-2)
    return torch.where(first > 0, second / first.clamp(min=torch.finfo(torch.float64).tiny), 1.0)


def load_by_rank(W: Float[Tensor, "*batch feature neuron"]) -> Float[Tensor, "*batch"]:
    """Rank correlation, over neurons, of the number of features served with the rank of the primary feature.

    It is 1 where neurons of less important features always serve more features, and 0 where either is the
    same for all neurons (#computation-super-v-sparsity).

    Parameters
    ----------
    W
        Weights as for `serves`; the most important features come first.
    """
    served, primary = features_per_neuron(W), W.abs().argmax(-2)
    pairs = zip(*(each.reshape(-1, each.shape[-1]) for each in (served, primary)), strict=True)
    return torch.tensor([_spearman(n, i) for n, i in pairs], dtype=torch.float64).reshape(served.shape[:-1])


def _spearman(a: Tensor, b: Tensor) -> float:
    if min(a.unique().numel(), b.unique().numel()) == 1:
        return 0.0
    return float(spearmanr(a.numpy(), b.numpy()).statistic)
