"""The best trials of models that are trained with a penalty on their hidden activations."""

from __future__ import annotations

import pytest
import torch

from tests.helpers.known_models import known_models
from tests.helpers.small import small
from tms.analysis.penalised import cross_talk, losses_of_trials, lowest_penalised

IDENTITY = torch.eye(2)
SHRUNK = 0.9 * torch.eye(2)
ABSENT = torch.zeros(2, 2)


def test_the_best_trial_has_the_lowest_loss_with_its_penalty_and_the_loss_is_without_it() -> None:
    importance = [[1.0, 2.0]]
    experiment = small(
        n_features=2, n_hidden=2, density=[[0.5]], importance=importance, hidden_l1=0.5, best_of=2, seeds=2
    )
    # E[x^2] = p / 3 = 1/6 and E|x| = p / 2 = 1/4 a feature; importances are 1 and 2.
    loss = torch.tensor([[[0.0, 0.5], [0.0, 0.1]]])
    W = torch.stack([IDENTITY, ABSENT]).expand(1, 2, 2, 2, 2)
    found = lowest_penalised(known_models(experiment, loss=loss, W=W, b=torch.zeros(1, 2, 2, 2)))
    # The identity pays a penalty of 0.5 x 0.5, which is below the loss of nothing in the first seed alone.
    assert torch.equal(found.W[0, 0], IDENTITY)
    assert torch.equal(found.W[0, 1], ABSENT)
    assert found.loss[0].tolist() == pytest.approx([0.0, 3 / 6], abs=0.02)


def test_the_loss_weighs_features_by_importance() -> None:
    experiment = small(n_features=2, n_hidden=2, density=[[0.5]], importance=[[1.0, 5.0]], hidden_l1=0.1)
    W = torch.diag(torch.tensor([1.0, 0.0])).expand(1, 2, 1, 2, 2)
    found = lowest_penalised(known_models(experiment, W=W, b=torch.zeros(1, 2, 1, 2)))
    assert found.loss[0].tolist() == pytest.approx([5 / 6] * 2, rel=0.05)


def test_the_penalty_is_the_sum_over_hidden_dimensions() -> None:
    experiment = small(n_features=2, n_hidden=2, density=[[0.5]], hidden_l1=0.5, best_of=2, seeds=1)
    # The identity pays 0.5 x 2/4. Nothing pays none, and its loss lies between that sum and a mean of it.
    W = torch.stack([IDENTITY, ABSENT])[None, None]
    loss = torch.tensor([[[0.0, 0.2]]])
    found = lowest_penalised(known_models(experiment, loss=loss, W=W, b=torch.zeros(1, 1, 2, 2)))
    assert torch.equal(found.W[0, 0], ABSENT)


def test_losses_of_trials_weigh_features_by_the_importance_of_their_own_sweep() -> None:
    own, other = (
        small(n_features=2, n_hidden=2, density=[[0.5]], importance=[importance])
        for importance in ([1.0, 5.0], [5.0, 1.0])
    )
    W = torch.diag(torch.tensor([1.0, 0.0])).expand(1, 2, 1, 2, 2)
    models = known_models(own, W=W, b=torch.zeros(1, 2, 1, 2))
    inputs = known_models(other, W=W, b=torch.zeros(1, 2, 1, 2))
    assert losses_of_trials(models, inputs_of=inputs)[:, 0].tolist() == pytest.approx([5 / 6] * 2, rel=0.05)


def test_losses_of_trials_are_without_the_penalty_and_on_the_inputs_of_the_other_sweep() -> None:
    settings = {"n_features": 2, "n_hidden": 2, "density": [[0.5]], "best_of": 2, "seeds": 2}
    penalty, free = (
        small(name=name, hidden_l1=l1, **settings) for name, l1 in (("with", 0.5), ("free", 0.0))
    )
    W = torch.stack([IDENTITY, ABSENT]).expand(1, 2, 2, 2, 2)
    with_penalty, without = (known_models(each, W=W, b=torch.zeros(1, 2, 2, 2)) for each in (penalty, free))
    losses = losses_of_trials(with_penalty, inputs_of=without)
    assert losses[:, 0].tolist() == [0, 0]
    assert losses[:, 1].tolist() == pytest.approx([2 / 6] * 2, rel=0.05)
    assert torch.equal(losses, losses_of_trials(without, inputs_of=without))
    assert not torch.equal(losses, losses_of_trials(with_penalty, inputs_of=with_penalty))


def test_cross_talk_is_that_of_different_features_in_both_orders() -> None:
    W = torch.tensor([[[2.0, 0.0], [-1.0, 0.0], [0.0, 1.0]], [[3.0, 0.0], [0.0, 2.0], [0.0, 0.0]]])
    assert cross_talk(W).tolist() == [8, 0]
