"""The lowest loss with a smooth output activation, beside descents on the loss itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.optimize

from tms import theory

DENSITY = np.array([[0.1, 0.4], [0.8, 0.8]])
IMPORTANCE = np.array([[1.0, 0.3], [1.0, 3.0]])


def descended(activation: str, density: np.ndarray, importance: np.ndarray) -> float:
    """Lowest loss of descents with numerical gradients from ten random starts."""

    def loss(point: np.ndarray) -> float:
        W, b = point[:2, None], point[2:]
        return float(theory.smooth_expected_loss(activation, W, b, density=density, importance=importance))

    starts = np.random.default_rng(1).normal(scale=0.7, size=(10, 4))
    return min(float(scipy.optimize.minimize(loss, start).fun) for start in starts)


@pytest.mark.parametrize("activation", ["gelu", "quadratic"])
def test_each_cell_has_the_lowest_loss_that_descents_find(activation: str) -> None:
    """Densities and importances differ between features, so that exchanging either gives another loss."""
    found = theory.smooth_minimum(activation, 1, density=DENSITY, importance=IMPORTANCE)
    lowest = [descended(activation, p, r) for p, r in zip(DENSITY, IMPORTANCE, strict=True)]
    np.testing.assert_allclose(found, lowest, rtol=1e-5)


def test_the_usual_number_of_starts_finds_what_a_single_one_misses() -> None:
    settings: dict[str, Any] = {"density": DENSITY, "importance": IMPORTANCE}
    single = theory.smooth_minimum("gelu", 1, random_starts=1, seed=2, **settings)
    usual = theory.smooth_minimum("gelu", 1, seed=2, **settings)
    assert (single > 1.5 * usual).all()
    np.testing.assert_allclose(usual, theory.smooth_minimum("gelu", 1, **settings), rtol=1e-9)


def test_as_many_dimensions_as_features_lower_the_loss() -> None:
    one, two = (
        theory.smooth_minimum("gelu", m, density=DENSITY[:1], importance=IMPORTANCE[:1]) for m in (1, 2)
    )
    assert two[0] < 0.9 * one[0]


@pytest.mark.parametrize(
    ("activation", "density", "importance", "match"),
    [
        ("relu", DENSITY, IMPORTANCE, "activation is 'relu'"),
        ("gelu", DENSITY[0], IMPORTANCE[0], "must have the shape"),
        ("gelu", np.full((2, 3), 0.1), np.ones((2, 3)), "must have the shape"),
        ("gelu", np.ones((2, 0)), np.ones((2, 0)), "must have the shape"),
        ("gelu", DENSITY, IMPORTANCE[:, :1], r"density \(2, 2\), importance \(2, 1\)"),
        ("gelu", np.zeros((2, 2)), IMPORTANCE, "density contains 0"),
        ("gelu", np.full((2, 2), 1.5), IMPORTANCE, "density contains 1.5"),
        ("gelu", DENSITY, -IMPORTANCE, "importance contains -1"),
    ],
)
def test_wrong_arguments_are_named(
    activation: str, density: np.ndarray, importance: np.ndarray, match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        theory.smooth_minimum(activation, 1, density=density, importance=importance)
