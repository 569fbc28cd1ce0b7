"""Ways to losses of small models that the closed forms are compared with."""

from __future__ import annotations

import numpy as np
import pytest

from tms import theory
from tms.analysis.loss_terms import (
    descend_linear,
    integrated_loss_given_one_active,
    loss_of_zero_input,
    random_models,
    random_obtuse_triples,
    terms_by_number_active,
    two_features_sharing_a_dimension,
)


def test_terms_of_a_model_that_outputs_nothing_are_binomial() -> None:
    p, n = 0.3, 2
    terms = terms_by_number_active(np.zeros((n, 1)), np.zeros(n), np.ones(n), p)
    # k active features lose k / 3.
    assert terms.tolist() == pytest.approx([0, 2 * p * (1 - p) / 3, p**2 * 2 / 3])


def test_each_model_of_a_batch_has_its_own_density() -> None:
    models = random_models(3, n=3, m=2)
    together = terms_by_number_active(*models)
    for k in range(3):
        alone = terms_by_number_active(
            models.W[k], models.b[k], models.importance[k], float(models.density[k])
        )
        np.testing.assert_allclose(together[k], alone)


def test_the_integral_is_the_mean_over_the_active_feature_and_its_values() -> None:
    W, b, importance = np.array([[1.0], [-0.5]]), np.array([0.0, 0.25]), np.array([1.0, 4.0])
    # Feature 0 active: output 0 is exact, output 1 is ReLU(1/4 - x/2), which is 0 from x = 1/2 on.
    # Feature 1 active: output 0 is off; output 1 is x/4 + 1/4.
    first = 4 * (1 / 4) * (1 / 2) ** 3 / 3
    x = np.linspace(0, 1, 100_001)
    second = 4 * np.mean((x - (x / 4 + 1 / 4)) ** 2)
    assert integrated_loss_given_one_active(W, b, importance) == pytest.approx((first + second) / 2, rel=1e-4)


def test_on_zero_input_only_positive_biases_lose_each_weighted_by_its_importance() -> None:
    W = np.random.default_rng(0).normal(size=(2, 3, 2))
    b = np.array([[0.5, -2.0, 0.1], [-1.0, 0.0, 0.2]])
    importance = np.array([[1.0, 5.0, 3.0], [1.0, 1.0, 0.5]])
    assert loss_of_zero_input(W, b, importance).tolist() == pytest.approx([0.25 + 3 * 0.01, 0.5 * 0.04])


def test_a_descent_of_the_linear_model_ends_at_a_minimum() -> None:
    importance = np.array([1.0, 0.8, 0.6])
    start = np.random.default_rng(1).normal(size=(3, 2))
    W, loss = descend_linear(start, importance)
    assert np.abs(theory.linear_gradient(W, importance=importance)).max() < 1e-6
    assert loss == pytest.approx(float(theory.linear_terms(W, importance=importance).loss))


def test_random_models_are_the_same_at_each_call_and_differ_from_each_other() -> None:
    for one, again in zip(random_models(4, 3, 2), random_models(4, 3, 2), strict=True):
        np.testing.assert_array_equal(one, again)
        assert len(np.unique(one, axis=0)) == 4


def test_obtuse_triples_have_negative_dot_products_and_biases() -> None:
    W, b = random_obtuse_triples(100)
    gram = W @ W.mT
    assert gram[:, *np.triu_indices(3, 1)].max() < 0
    assert np.ptp(np.linalg.norm(W, axis=-1)) > 0.5
    assert b.max() <= 0
    assert 0 < len(W) < 100


def test_a_shared_dimension_holds_both_features_at_every_point_of_the_grid() -> None:
    W = two_features_sharing_a_dimension(reach=1.0, step=0.5, least=0.4)
    assert sorted(map(tuple, W[..., 0].tolist())) == sorted(
        (a, b) for a in (-1.0, -0.5, 0.5, 1.0) for b in (-1.0, -0.5, 0.5, 1.0)
    )
