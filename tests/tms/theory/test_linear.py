"""The linear model: its two forces, and that superposition gains nothing in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from tms.theory import (
    feature_variance,
    linear_curvature,
    linear_expected_loss,
    linear_gradient,
    linear_minimum,
    linear_terms,
)

SEEDS = st.integers(0, 2**32 - 1)
AT_LEAST_0 = "every importance must be at least 0."


def random_problem(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 7))
    W = rng.normal(scale=0.6, size=(n, rng.integers(1, n)))
    return W, rng.uniform(0.2, 2, size=n), rng.uniform(0.1, 3, size=n)


def test_terms_add_up_to_the_sampled_loss_on_centred_data() -> None:
    W, variance, importance = random_problem(1)
    rng = np.random.default_rng(2)
    x = rng.uniform(-1, 1, size=(400_000, len(W))) * np.sqrt(3 * variance)
    sampled = (importance * (x - x @ W @ W.T) ** 2).sum(axis=1)
    ours = linear_terms(W, variance=variance, importance=importance).loss
    assert abs(sampled.mean() - ours) < 4 * sampled.std() / np.sqrt(len(sampled))


def test_interference_in_an_output_has_its_importance_and_the_variance_of_the_other_feature() -> None:
    terms = linear_terms([[1.0], [-0.5]], variance=[2.0, 3.0], importance=[5.0, 7.0])
    assert terms.interference == pytest.approx(np.array([[0, 5 * 3 * 0.25], [7 * 2 * 0.25, 0]]))
    assert terms.feature_benefit == pytest.approx([0, 7 * 3 * 0.75**2])


def test_expected_loss_equals_the_sampled_loss_on_sparse_data() -> None:
    W, _, importance = random_problem(3)
    n = len(W)
    rng = np.random.default_rng(4)
    b, density = rng.normal(scale=0.2, size=n), rng.random(n)
    x = rng.random((400_000, n)) * (rng.random((400_000, n)) < density)
    sampled = (importance * (x - x @ W @ W.T - b) ** 2).sum(axis=1)
    ours = linear_expected_loss(W, b, density=density, importance=importance)
    assert abs(sampled.mean() - ours) < 4 * sampled.std() / np.sqrt(len(sampled))


@given(SEEDS)
@settings(max_examples=50, deadline=None)
def test_the_best_bias_makes_sparse_data_as_good_as_centred(seed: int) -> None:
    W, _, importance = random_problem(seed)
    density = np.random.default_rng(seed + 1).uniform(0.05, 1, size=len(W))
    b = (np.eye(len(W)) - W @ W.T) @ (density / 2)
    sparse = linear_expected_loss(W, b, density=density, importance=importance)
    centred = linear_terms(W, variance=feature_variance(density), importance=importance).loss
    assert sparse == pytest.approx(float(centred), rel=1e-12)
    assert sparse <= linear_expected_loss(W, b + 0.01, density=density, importance=importance)


@given(SEEDS)
@settings(max_examples=50, deadline=None)
def test_gradient_and_curvature_are_the_derivatives_of_the_loss(seed: int) -> None:
    W, variance, importance = random_problem(seed)
    direction = np.random.default_rng(seed + 1).normal(size=W.shape)

    def loss(t: complex) -> complex:
        gram = (W + t * direction) @ (W + t * direction).T
        spread = importance[:, None] * variance
        return complex((spread * (np.eye(len(W)) - gram) ** 2).sum())

    slope = (linear_gradient(W, variance=variance, importance=importance) * direction).sum()
    assert slope == pytest.approx(loss(1e-30j).imag / 1e-30, rel=1e-10, abs=1e-10)
    # The loss is a polynomial of degree four in t, so differences of five values give its curvature exactly.
    values = [loss(t).real for t in (-2, -1, 0, 1, 2)]
    exact = np.dot((-1, 16, -30, 16, -1), values) / 12
    curvature = linear_curvature(W, direction, variance=variance, importance=importance)
    assert curvature == pytest.approx(exact, rel=1e-8, abs=1e-8 * max(values))


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_no_descent_ends_below_the_closed_form_minimum_and_the_best_reaches_it(seed: int) -> None:
    W, variance, importance = random_problem(seed)
    rng = np.random.default_rng(seed + 1)

    def value_and_gradient(theta: np.ndarray) -> tuple[float, np.ndarray]:
        weights = theta.reshape(W.shape)
        loss = linear_terms(weights, variance=variance, importance=importance).loss
        return float(loss), linear_gradient(weights, variance=variance, importance=importance).ravel()

    minimum = float(linear_minimum(W.shape[1], variance=variance, importance=importance))
    top = np.argsort(variance * importance)[::-1][: W.shape[1]]
    at_top = linear_terms(np.eye(len(W))[:, top], variance=variance, importance=importance)
    assert at_top.loss == pytest.approx(minimum, rel=1e-12)
    assert not at_top.interference.any()
    for _ in range(4):
        found = minimize(value_and_gradient, rng.normal(size=W.size), jac=True, method="BFGS")
        assert found.fun >= minimum * (1 - 1e-12)


@pytest.mark.parametrize(("n_hidden", "minimum"), [(0, 6.5), (2, 0.5), (3, 0.0), (4, 0.0)])
def test_minimum_is_the_sum_of_what_the_features_cost_that_matter_least(
    n_hidden: int, minimum: float
) -> None:
    assert linear_minimum(n_hidden, variance=[1.0, 2.0, 0.5], importance=[2.0, 2.0, 1.0]) == minimum


def test_one_feature_by_default_costs_its_variance() -> None:
    assert linear_minimum(0, variance=0.25) == 0.25


def test_curvature_along_each_of_many_directions_is_that_along_it_alone() -> None:
    W, variance, importance = random_problem(5)
    directions = np.random.default_rng(6).normal(size=(3, *W.shape))
    together = linear_curvature(W, directions, variance=variance, importance=importance)
    alone = [linear_curvature(W, each, variance=variance, importance=importance) for each in directions]
    assert together == pytest.approx(np.array(alone))


def test_a_batch_gives_what_its_members_give_alone() -> None:
    rng = np.random.default_rng(7)
    W, direction = rng.normal(size=(4, 1, 3, 2)), rng.normal(size=(3, 2))
    variance, importance = rng.uniform(0.2, 2, size=(5, 3)), rng.uniform(0.1, 3, size=(4, 1, 3))

    def computed(W: np.ndarray, variance: np.ndarray, importance: np.ndarray) -> list[np.ndarray]:
        settings = {"variance": variance, "importance": importance}
        terms = linear_terms(W, **settings)
        curvature = linear_curvature(W, direction, **settings)
        return [terms.loss, terms.interference, linear_gradient(W, **settings), curvature]

    alone = computed(W[2, 0], variance[3], importance[2, 0])
    for together, single in zip(computed(W, variance, importance), alone, strict=True):
        assert together.shape == (4, 5, *single.shape)
        np.testing.assert_allclose(together[2, 3], single, rtol=1e-12)


def test_a_stationary_point_with_superposition_is_a_saddle() -> None:
    W, importance = np.array([[0.0], [0.5**0.5], [0.5**0.5]]), np.array([1.0, 0.5, 0.5])
    assert linear_terms(W, importance=importance).interference.any()
    np.testing.assert_allclose(linear_gradient(W, importance=importance), 0, atol=1e-15)
    towards_the_important = np.array([[1.0], [0.0], [0.0]])
    assert linear_curvature(W, towards_the_important, importance=importance) < 0


def test_sharing_dimensions_between_equally_important_features_neither_gains_nor_loses() -> None:
    W = np.array([[0.6], [0.8]])
    assert linear_terms(W).loss == pytest.approx(float(linear_minimum(1, variance=[1, 1])))
    assert linear_terms(W).interference.any()


def test_with_distinct_importances_every_stationary_point_is_free_of_superposition() -> None:
    n, m = 5, 2
    importance = 0.7 ** np.arange(n)
    found = set()
    rng = np.random.default_rng(0)
    for _ in range(40):
        # Newton on the squared gradient, which is drawn to saddles as well as minima.
        start = rng.normal(scale=0.7, size=n * m)
        end = minimize(
            lambda t: float((linear_gradient(t.reshape(n, m), importance=importance) ** 2).sum()),
            start,
            method="BFGS",
            options={"gtol": 1e-12},
        ).x.reshape(n, m)
        if np.abs(linear_gradient(end, importance=importance)).max() > 1e-6:
            continue
        gram = end @ end.T
        np.testing.assert_allclose(gram, np.diag(np.round(np.diagonal(gram))), atol=1e-4)
        found.add(tuple(np.flatnonzero(np.diagonal(gram) > 0.5)))
    assert 4 <= len(found) <= 1 + n + comb(n, m)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: linear_minimum(-1), "n_hidden is -1; it must be at least 0."),
        (lambda: linear_minimum(1, variance=0.0), "variance contains 0; every value must be above 0."),
        (lambda: linear_minimum(1, importance=-1.0), f"importance contains -1; {AT_LEAST_0}"),
        (
            lambda: linear_terms(np.ones((2, 1)), variance=0.0),
            "variance contains 0; every value must be above 0.",
        ),
        (lambda: linear_terms(np.ones((2, 1)), importance=-1.0), f"importance contains -1; {AT_LEAST_0}"),
        (lambda: feature_variance(1.5), "density contains 1.5; every density must lie in [0, 1]."),
        (
            lambda: linear_curvature(np.ones((2, 1)), np.ones((1, 2))),
            "direction has shape (1, 2); its last two axes must be those of W, (2, 1).",
        ),
    ],
)
def test_bad_input_gets_one_sentence(call: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        call()
