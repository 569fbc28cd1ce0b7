"""The different solutions that the trials of one point found."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch

from tests.helpers.small import small
from tms.analysis.exact_losses import trial_losses
from tms.analysis.solutions import distinct_solutions
from tms.training import Trained, train


def found() -> Trained:
    """Five trials of two features in one dimension: two alike, two that output 0, one worse."""
    W = torch.tensor([[1.0, 0.0], [0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [2.0, 0.0]])[:, :, None]
    experiment = small(n_features=2, n_hidden=1, density=0.5, best_of=5, seeds=1)
    parameters = {"W": W[None, None], "b": torch.zeros(1, 1, 5, 2)}
    return dataclasses.replace(train(experiment), trial_parameters=parameters)


def test_trials_of_one_loss_are_one_solution_and_the_lowest_comes_first() -> None:
    trained = found()
    solutions = distinct_solutions(trained, 0)
    assert sum(each.count for each in solutions) == 5
    assert [each.loss for each in solutions] == sorted(each.loss for each in solutions)
    best = solutions[0]
    assert (best.count, best.W.tolist()) == (2, [[1.0], [0.0]])
    assert best.loss == float(trial_losses(trained).min())
    np.testing.assert_array_equal(best.b, [0, 0])


def test_a_loss_more_than_a_hundredth_higher_is_another_solution() -> None:
    # At density 0.01 all losses are below 0.01: a feature that is output as 0 costs p/3, and one as w^2 x
    # costs (1 - w^2)^2 p/3.
    w = (1 - torch.tensor([0.0, 0.005, 0.02]).sqrt()).sqrt()
    W = torch.stack([w, torch.zeros(3)], dim=1)[:, :, None]
    experiment = small(n_features=2, n_hidden=1, density=[[0.01]], best_of=3, seeds=1)
    parameters = {"W": W[None, None], "b": torch.zeros(1, 1, 3, 2)}
    trained = dataclasses.replace(train(experiment), trial_parameters=parameters)
    assert [each.count for each in distinct_solutions(trained, 0)] == [2, 1]
