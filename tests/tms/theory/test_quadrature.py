"""Expected losses by quadrature, against closed forms and against sampling; and their minima."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from tests.helpers.small import is_one_sentence
from tms import random_streams as streams
from tms.features import FeatureDistribution, sample
from tms.theory import Quadrature, expected_loss
from tms.theory.quadrature import loss_and_gradient

PAIRS = ((0, 1), (2, 3))


def distribution(n: int, density: float, **sets: Any) -> FeatureDistribution:
    return FeatureDistribution(density=np.full((1, n), density), **sets)


def model(seed: int, *shape: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(scale=0.7, size=shape), rng.normal(scale=0.2, size=shape[:-1])


@pytest.mark.parametrize("density", [0.05, 0.4, 1.0])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_loss_of_independent_features_is_the_exact_one(n: int, density: float) -> None:
    W, b = model(n, 20, n, 2)
    importance, p = np.linspace(1, 2, n), density * np.linspace(1, 0.5, n)
    ours = Quadrature(distribution(n, density)).loss(W, b, density=p, importance=importance)
    assert ours == pytest.approx(expected_loss(W, b, density=p, importance=importance), rel=2e-3)


@pytest.mark.parametrize("kind", ["correlated", "anticorrelated"])
def test_loss_of_sets_is_the_mean_over_what_training_draws(kind: str) -> None:
    density = np.array([[0.3, 0.3, 0.6, 0.6, 0.15]])
    features = FeatureDistribution(density=density, **{kind: PAIRS})  # type: ignore[arg-type]
    W, b = model(0, 5, 2)
    x = (
        sample(features, density, streams.stream_keys(0, kind, np.array([0]), 1), 0, 2**18)[0]
        .double()
        .numpy()
    )
    errors = ((x - np.maximum(x @ W @ W.T + b, 0)) ** 2).sum(1)
    ours = float(Quadrature(features).loss(W, b, density=density[0]))
    assert abs(ours - errors.mean()) < 5 * errors.std() / len(errors) ** 0.5
    independent = float(Quadrature(distribution(5, 0.3)).loss(W, b, density=density[0]))
    assert abs(independent - errors.mean()) > 5 * errors.std() / len(errors) ** 0.5


@pytest.mark.parametrize(
    "sets",
    [
        {},
        {"correlated": PAIRS},
        {"anticorrelated": PAIRS},
        {"correlated": ((0, 1),), "anticorrelated": ((2, 3, 4),)},
    ],
)
def test_probabilities_sum_to_1(sets: dict[str, tuple[tuple[int, ...], ...]]) -> None:
    quadrature = Quadrature(distribution(5, 0.3, **sets))
    assert quadrature.probabilities(np.full((3, 5), 0.3)).sum(-1) == pytest.approx([1, 1, 1])


def test_gradient_is_that_of_the_loss() -> None:
    quadrature = Quadrature(distribution(3, 0.5), points=64)
    W, b = model(3, 3, 2)
    gram, dG, db = W @ W.T, np.empty((3, 3)), np.empty(3)
    probability, importance = quadrature.probabilities(np.full(3, 0.5)), np.array([1.0, 2.0, 0.5])

    def at(point: np.ndarray) -> float:
        own = point[:9].reshape(3, 3).copy(), point[9:].copy()
        return loss_and_gradient(*own, importance, quadrature._x, probability, np.empty((3, 3)), np.empty(3))

    loss_and_gradient(gram, b, importance, quadrature._x, probability, dG, db)
    numeric = approx_fprime(np.concatenate([gram.ravel(), b]), at, 1e-7)
    assert np.concatenate([dG.ravel(), db]) == pytest.approx(numeric, abs=1e-5)


def test_descent_ends_in_a_minimum_that_no_small_step_improves() -> None:
    quadrature = Quadrature(distribution(5, 0.05))
    settings = {"density": np.linspace(0.03, 0.07, 5), "importance": np.linspace(2, 0.5, 5)}
    W, b = model(1, 5, 2)
    found = quadrature.descend(W, b, **settings)
    assert found.loss < quadrature.loss(W, b, **settings)
    assert found.loss == pytest.approx(float(quadrature.loss(found.W, found.b, **settings)))
    rng = np.random.default_rng(0)
    for _ in range(20):
        moved = found.W + rng.normal(scale=1e-3, size=(5, 2)), found.b + rng.normal(scale=1e-3, size=5)
        assert quadrature.loss(*moved, **settings) > found.loss * (1 - 1e-5)


def test_descent_ends_where_the_slope_of_the_loss_is_0() -> None:
    quadrature = Quadrature(distribution(5, 0.05))
    settings = {"density": np.linspace(0.03, 0.07, 5), "importance": np.linspace(2, 0.5, 5)}

    def loss(point: np.ndarray) -> float:
        return float(quadrature.loss(point[:10].reshape(5, 2), point[10:], **settings))

    W, b = model(1, 5, 2)
    found = quadrature.descend(W, b, **settings)
    before, after = (
        np.abs(approx_fprime(np.concatenate([weights.ravel(), bias]), loss, 1e-6)).max()
        for weights, bias in ((W, b), (found.W, found.b))
    )
    assert after < 1e-4 * before


def test_a_batch_gives_what_its_members_give_alone() -> None:
    quadrature = Quadrature(distribution(3, 0.5, correlated=((0, 1),)), points=16)
    W, b = model(2, 4, 1, 3, 2)[0], model(3, 5, 3)[0]
    rng = np.random.default_rng(4)
    density, importance = rng.random((4, 5, 1)), rng.random((4, 1, 3))
    together = quadrature.loss(W, b, density=density, importance=importance)
    assert together.shape == (4, 5)
    alone = quadrature.loss(W[2, 0], b[3], density=density[2, 3], importance=importance[2, 0])
    assert together[2, 3] == pytest.approx(float(alone), rel=1e-13)


def test_points_are_the_same_every_time() -> None:
    W, b = model(0, 4, 2)
    first, second = (Quadrature(distribution(4, 0.2)).loss(W, b, density=0.2) for _ in range(2))
    assert first == second


def test_what_it_does_not_cover_is_refused_in_one_sentence() -> None:
    signed = FeatureDistribution(density=np.full((1, 2), 0.5), signed=True)
    for features in (signed, distribution(9, 0.5)):
        with pytest.raises(ValueError, match="features") as raised:
            Quadrature(features)
        assert is_one_sentence(str(raised.value))


def test_a_distribution_is_covered_if_its_quadrature_can_be_made() -> None:
    pairs = tuple((2 * i, 2 * i + 1) for i in range(5))
    cases = {
        True: [distribution(8, 0.5), distribution(10, 0.5, correlated=pairs)],
        False: [
            distribution(9, 0.5),
            distribution(10, 0.5, anticorrelated=pairs[:4]),
            distribution(2, 0.5, signed=True),
        ],
    }
    for covered, distributions in cases.items():
        for each in distributions:
            assert Quadrature.covers(each) == covered
            if covered:
                Quadrature(each, points=2)
            else:
                with pytest.raises(ValueError, match="the quadrature covers"):
                    Quadrature(each, points=2)
