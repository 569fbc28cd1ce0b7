"""Exact losses of models whose loss is known in closed form."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from tests.helpers.known_models import known_models
from tests.helpers.small import small
from tms.analysis.exact_losses import (
    exactly_best,
    expected_losses,
    kept_losses,
    over_linear_minimum,
    trial_losses,
    zero_loss,
)
from tms.training import train


def test_each_point_has_its_own_density_and_importance() -> None:
    importance = np.array([[1.0, 0.5], [2.0, 3.0]])
    experiment = small(n_features=2, n_hidden=1, density=[[0.1], [0.5]], importance=importance, seeds=3)
    # A model that outputs nothing loses I_i E[x_i^2] = I_i p / 3 in each feature.
    loss = expected_losses(torch.zeros(2, 3, 4, 2, 1), torch.zeros(2, 3, 4, 2), experiment)
    assert loss.shape == (2, 3, 4)
    np.testing.assert_allclose(loss, np.broadcast_to(np.array([0.05, 2.5 / 3])[:, None, None], loss.shape))


def test_the_trial_of_lowest_expected_loss_is_kept_at_each_point_and_seed() -> None:
    experiment = small(
        n_features=2, n_hidden=1, density=[[0.1], [0.5]], importance=[[1.0], [1.0]], seeds=2, best_of=3
    )
    # The further its biases lie above 0, the more a model without weights loses on sparse features.
    b = torch.tensor([[[2.0, 0.0, 1.0], [1.0, 2.0, 0.0]], [[0.0, 2.0, 1.0], [2.0, 1.0, 0.0]]])
    trials = known_models(experiment, W=torch.zeros(2, 2, 3, 2, 1), b=b[..., None].expand(2, 2, 3, 2).clone())
    assert not exactly_best(trials).b.any()


def test_losses_by_quadrature_are_of_every_trial_at_the_density_of_its_point() -> None:
    experiment = small(density=[[0.1], [0.4]], seeds=2, best_of=3)
    W, b = torch.zeros(2, 2, 3, 5, 2), torch.zeros(2, 2, 3, 5)
    b[:, :, 2] = 10.0
    loss = trial_losses(known_models(experiment, W=W, b=b))
    assert loss.shape == (2, 2, 3)
    for trial in (0, 1):
        np.testing.assert_allclose(loss[:, 0, trial], [5 * 0.1 / 3, 5 * 0.4 / 3], rtol=5e-3)
    assert (loss[:, :, 2] > 100).all()


def test_a_model_without_superposition_has_the_loss_of_a_linear_one() -> None:
    """The first seed keeps the more important of two features in one dimension, the second the other one."""
    experiment = small(
        n_features=2, n_hidden=1, density=[[0.1], [0.5]], importance=[[1.0, 0.5]], seeds=2, best_of=1
    )
    W = torch.zeros(2, 2, 1, 2, 1)
    W[:, 0, 0, 0] = W[:, 1, 0, 1] = 1.0
    mean = torch.tensor([0.05, 0.25])[:, None, None, None]
    models = known_models(experiment, W=W, b=mean * (1 - W[..., 0]))
    np.testing.assert_allclose(over_linear_minimum(models), [[1, 2], [1, 2]], rtol=1e-5)


def test_partners_of_a_set_are_active_together() -> None:
    """Two correlated features along one direction are read as their sum; independent ones less often."""
    settings = {"n_features": 2, "n_hidden": 1, "density": [[0.2]], "seeds": 1}
    W, b = torch.full((1, 1, 1, 2, 1), 0.5**0.5), torch.zeros(1, 1, 1, 2)
    alone = trial_losses(known_models(small(**settings), W=W, b=b))
    together = trial_losses(known_models(small(**settings, correlated=((0, 1),)), W=W, b=b))
    # Both active, each output is off by half of the difference: E[(x - y)^2] / 2 = 1/12, against 1/6 for one.
    assert together.item() == pytest.approx(0.2 / 12, rel=0.01)
    assert alone.item() == pytest.approx(0.2**2 / 12 + 2 * 0.2 * 0.8 / 6, rel=0.01)


def test_the_loss_of_zero_outputs_counts_the_one_active_feature_of_an_anticorrelated_set() -> None:
    sets = {"correlated": ((0, 1),), "anticorrelated": ((2, 3),)}
    importance = np.array([[1.0, 2.0, 4.0, 8.0, 16.0]])
    experiment = small(density=[[0.3], [0.6]], importance=importance, **sets)
    assert zero_loss(experiment) == pytest.approx([0.1 * (3 + 6 + 16), 0.2 * (3 + 6 + 16)])


COVERED: dict[str, dict[str, Any]] = {
    "linear": {"architecture": "linear"},
    "exact": {"n_features": 3},
    "quadrature": {},
    "sets": {"correlated": ((0, 1), (2, 3))},
    "a set of three": {"n_features": 3, "correlated": ((0, 2),)},
    "gelu": {"n_features": 2, "n_hidden": 1, "activation": "gelu"},
}
SAMPLED: dict[str, dict[str, Any]] = {
    "hidden ReLU": {"architecture": "relu_hidden"},
    "signed": {"signed": True},
    "absolute values": {"target": "absolute"},
    "absolute values of a linear model": {"target": "absolute", "architecture": "linear"},
    "gelu of five": {"activation": "gelu"},
    "nine independent features": {"n_features": 9},
    "two signed": {"signed": True, "n_features": 2, "n_hidden": 1},
    "linear of a set": {"architecture": "linear", "correlated": ((0, 1),)},
}


@pytest.mark.parametrize("kind", COVERED)
def test_expected_losses_of_kept_models_are_what_many_inputs_would_show(kind: str) -> None:
    n = COVERED[kind].get("n_features", 5)
    settings = {"density": [[0.1], [0.5]], "importance": [list(range(1, n + 1))], "held_out": 2**17}
    trained = train(small(**(settings | COVERED[kind])), engine="reference")
    assert trained.loss.shape == (2, 2)
    np.testing.assert_allclose(kept_losses(trained), trained.loss, rtol=0.02)
    blind = dataclasses.replace(trained, loss=torch.zeros(2, 2))
    np.testing.assert_array_equal(kept_losses(blind), kept_losses(trained))


@pytest.mark.parametrize("kind", SAMPLED)
def test_losses_that_cannot_be_computed_are_those_on_held_out_inputs(kind: str) -> None:
    experiment = small(**SAMPLED[kind])
    n, m = experiment.n_features, experiment.n_hidden
    loss = torch.tensor([[[0.1], [0.2]], [[0.3], [0.4]]])
    known = known_models(experiment, loss=loss, W=torch.zeros(2, 2, 1, n, m), b=torch.zeros(2, 2, 1, n))
    np.testing.assert_allclose(kept_losses(known), [[0.1, 0.2], [0.3, 0.4]], rtol=1e-6)


def test_trials_of_other_activations_are_compared_by_their_own_loss() -> None:
    """With the outputs squared, a bias of -1 loses as much as one of 1; with a ReLU it would lose nothing."""
    experiment = small(n_features=2, n_hidden=1, density=[[0.1]], seeds=1, best_of=2, activation="quadratic")
    b = torch.tensor([-1.0, 0.5])[None, None, :, None].expand(1, 1, 2, 2).clone()
    trials = known_models(experiment, W=torch.zeros(1, 1, 2, 2, 1), b=b)
    # E[(x - 1)^2] = 1 - p + p / 3 and E[(x - 1/4)^2] = 1/16 - p / 4 + p / 3.
    expected = [2 * (1 - 0.1 + 0.1 / 3), 2 * (1 / 16 - 0.1 / 4 + 0.1 / 3)]
    np.testing.assert_allclose(trial_losses(trials)[0, 0], expected)
    assert (exactly_best(trials).b == 0.5).all()


def test_importance_counts_in_losses_by_quadrature() -> None:
    """Five features at zero lose I_i E[x_i^2] each."""
    experiment = small(density=[[0.3]], importance=[[1.0, 2.0, 3.0, 4.0, 5.0]], seeds=1, best_of=1)
    trials = known_models(experiment, W=torch.zeros(1, 1, 1, 5, 2), b=torch.zeros(1, 1, 1, 5))
    assert trial_losses(trials).item() == pytest.approx(15 * 0.3 / 3, rel=5e-3)


def test_a_trial_that_diverged_is_never_the_best() -> None:
    experiment = small(n_features=2, n_hidden=1, density=[[0.1]], seeds=1, best_of=2)
    W = torch.tensor([[[torch.nan], [1.0]], [[3.0], [3.0]]])[None, None]
    trials = known_models(experiment, W=W, b=torch.zeros(1, 1, 2, 2))
    assert trial_losses(trials)[0, 0, 0] == torch.inf
    assert (exactly_best(trials).W == 3).all()


def test_losses_of_a_hidden_relu_cannot_be_computed_for_trials() -> None:
    experiment = small(architecture="relu_hidden", seeds=1)
    trials = known_models(experiment, W=torch.zeros(1, 1, 1, 5, 2), b=torch.zeros(1, 1, 1, 5))
    with pytest.raises(ValueError, match="is not known"):
        trial_losses(trials)
