"""Exact optima along the importance of the extra feature."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from tests.helpers.small import small
from tms import theory
from tms.analysis import exact_losses, exact_optima, polytopes
from tms.analysis.phase_diagram import IGNORED, outcome
from tms.training import train


def test_the_optima_of_an_experiment_have_the_density_and_importance_of_each_point() -> None:
    importance = np.array([[1.0, 0.01], [1.0, 10.0]])
    experiment = small(n_features=2, n_hidden=1, density=[[0.9], [0.9]], importance=importance)
    optimum = exact_optima.of_experiment(experiment)
    assert np.abs(optimum.W[0, :, 0]).argmax() == 0
    assert np.abs(optimum.W[1, :, 0]).argmax() == 1


def test_the_optimal_loss_is_that_of_the_points_density_and_importance() -> None:
    """As many dimensions as features leave no loss; equal bytes in another shape are another experiment."""
    three = small(n_features=3, n_hidden=1, density=[[0.2], [0.9]], importance=[[1.0], [1.0]])
    two = small(n_features=2, n_hidden=1, density=[[0.2], [0.9], [0.5]], importance=[[1.0], [1.0], [1.0]])
    for experiment in (three, two, dataclasses.replace(two, n_hidden=2)):
        expected = [
            float(theory.global_optimum(experiment.n_hidden, density=p, importance=importance).loss)
            for p, importance in zip(experiment.features.density, experiment.importance, strict=True)
        ]
        np.testing.assert_allclose(exact_optima.optimal_loss(experiment), expected, rtol=1e-6, atol=1e-9)
    assert exact_optima.of_experiment(two) is exact_optima.of_experiment(dataclasses.replace(two, seeds=9))


def test_the_last_feature_is_the_extra_one() -> None:
    optima = exact_optima.along_importance(0.5, [0.01, 100.0], n=3, m=2)
    norms = np.linalg.norm(optima.W, axis=-1)
    assert norms[0, 2] < 0.1
    assert norms[1, 2] > 0.9
    assert exact_optima.along_importance(0.5, 0.01).W.shape == (2, 1)


def test_the_slope_is_the_loss_that_the_extra_feature_causes() -> None:
    """Ignored, a feature costs its variance for each unit of importance."""
    p = 0.3
    assert exact_optima.slope(p, 0.01, 1e-4) == pytest.approx(p / 3 - p**2 / 4, rel=1e-4)


def test_at_the_critical_importance_the_extra_feature_begins_to_be_represented() -> None:
    p = 0.3
    critical = exact_optima.critical_importance(p)
    assert 0.5 * theory.boundary(p) < critical < theory.boundary(p)
    below, above = (
        outcome(torch.from_numpy(exact_optima.along_importance(p, critical * side).W))
        for side in (0.999, 1.001)
    )
    assert below == IGNORED
    assert above != IGNORED


def test_three_equal_features_are_best_a_triangle_if_dense_and_not_if_sparse() -> None:
    [triangle] = [p for p in polytopes.known() if p.name == "triangle"]
    dense, sparse = exact_optima.three_equal_features([0.8, 0.05])
    assert polytopes.gram_distance(dense @ dense.T, triangle) < 0.01
    assert polytopes.gram_distance(sparse @ sparse.T, triangle) > 0.1


def test_the_optimal_loss_of_another_activation_is_its_own() -> None:
    settings = {"n_features": 2, "n_hidden": 1, "density": [[0.2], [0.9]], "importance": [[1.0, 0.3]]}
    losses = {
        name: exact_optima.optimal_loss(small(**settings, activation=name))
        for name in ("relu", "gelu", "quadratic")
    }
    for name in ("gelu", "quadratic"):
        expected = theory.smooth_minimum(
            name, 1, density=np.array([[0.2] * 2, [0.9] * 2]), importance=np.array([[1.0, 0.3]] * 2)
        )
        np.testing.assert_allclose(losses[name], expected)
        assert (np.abs(losses[name] / losses["relu"] - 1) > 0.01).all()


def test_descents_find_the_optimum_of_each_point_and_its_sets() -> None:
    """Anticorrelated partners lose nothing as antipodal pairs, correlated ones do."""
    sets = ((0, 1), (2, 3))
    settings = {"n_features": 4, "density": [[0.05], [0.3]]}
    anti = exact_optima.lowest_by_descent(small(**settings, anticorrelated=sets))
    together = exact_optima.lowest_by_descent(small(**settings, correlated=sets))
    np.testing.assert_allclose(anti, 0, atol=1e-6)
    assert together[1] > 2 * together[0] > 1e-4


def test_descents_from_trained_models_reach_the_exact_optimum() -> None:
    trained = train(
        small(n_features=2, n_hidden=1, density=[[0.1], [0.9]], importance=[[1.0, 0.5]], best_of=4, steps=100)
    )
    lowest = exact_optima.lowest_from_trained(trained)
    np.testing.assert_allclose(lowest, exact_optima.optimal_loss(trained.experiment), rtol=0.01)
    assert (lowest[:, None] <= exact_losses.trial_losses(trained)[:, 0].numpy() * (1 + 1e-3)).all()
