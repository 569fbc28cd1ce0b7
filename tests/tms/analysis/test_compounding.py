"""Interference that compounds."""

from __future__ import annotations

import numpy as np
import pytest

from tms import theory
from tms.analysis.compounding import (
    alone_among_interfering,
    best_biases,
    sampled_terms_by_number_active,
    with_random_directions,
)
from tms.analysis.loss_terms import random_models, terms_by_number_active

PAIR = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])


def test_random_directions_keep_the_norms_and_nothing_else() -> None:
    W = np.array([[2.0, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 0.0]])
    turned = with_random_directions(W, seed=3)
    np.testing.assert_allclose(np.linalg.norm(turned, axis=-1), [2, 0.5, 0])
    assert np.abs(turned - W).max() > 0.1
    np.testing.assert_array_equal(turned, with_random_directions(W, seed=3))
    assert np.abs(turned - with_random_directions(W, seed=4)).max() > 0.1


def test_interference_of_a_pair_always_comes_from_one_feature_alone() -> None:
    assert alone_among_interfering(PAIR, 0.4) == pytest.approx(1)


def test_interference_of_many_seldom_comes_from_one_alone() -> None:
    line = np.array([[1.0], [-1.0], [0.9], [-0.9]])
    p = 0.3
    # Each of four features on a line is disturbed by the three others.
    assert alone_among_interfering(line, p) == pytest.approx(3 * p * 0.7**2 / (1 - 0.7**3))


def test_features_that_are_not_represented_and_weak_dot_products_do_not_interfere() -> None:
    W = np.array([[1.0, 0.0], [-1.0, 0.0], [0.4, 0.0], [0.05, 1.0]])
    assert alone_among_interfering(W, 0.4) == pytest.approx(1)
    assert np.isnan(alone_among_interfering(np.eye(3), 0.4))


def test_the_best_biases_are_those_of_a_kept_an_ignored_and_a_disturbed_feature() -> None:
    p = 0.5
    W = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0], [0.0, 0.8]])
    bias = best_biases(W, density=p, seed=0)
    assert bias[0] == pytest.approx(0, abs=0.03)
    assert bias[1] == pytest.approx(p / 2, abs=0.03)
    # The other feature of its dimension is added to this output half of the time.
    assert bias[2] < -0.03


def test_sampled_terms_agree_with_the_exact_ones() -> None:
    W, b, importance, density = (values[0] for values in random_models(1, n=3, m=2))
    exact = terms_by_number_active(W, b, importance, float(density))
    sampled = sampled_terms_by_number_active(W, b, importance=importance, density=float(density), seed=0)
    np.testing.assert_allclose(sampled, exact, rtol=0.05)
    np.testing.assert_allclose(sampled[:2], exact[:2], rtol=1e-12)


def test_sampled_terms_are_weighted_by_the_importance() -> None:
    importance = np.array([1.0, 0.0, 3.0])
    p = 0.2
    terms = sampled_terms_by_number_active(
        np.zeros((3, 1)), np.zeros(3), importance=importance, density=p, seed=0
    )
    assert terms.sum() == pytest.approx(p * importance.sum() / 3, rel=0.03)
    assert terms[1] == pytest.approx(p * (1 - p) ** 2 * 4 / 3)


def test_a_pair_loses_nothing_when_one_feature_is_active() -> None:
    terms = sampled_terms_by_number_active(
        PAIR, np.zeros(3), importance=np.array([1.0, 0.5, 0.2]), density=0.3, seed=0
    )
    assert terms[1] == pytest.approx(0, abs=1e-12)
    assert terms[2] > 0
    assert terms.sum() == pytest.approx(
        float(theory.expected_loss(PAIR, density=0.3, importance=[1.0, 0.5, 0.2])), rel=0.06
    )
