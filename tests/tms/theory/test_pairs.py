"""The loss of the best arrangement of features in dimensions of their own and in antipodal pairs."""

from __future__ import annotations

import numpy as np
import pytest

from tms import theory
from tms.theory import loss_with_pairs


def test_one_pair_of_three_features_has_its_exact_loss() -> None:
    p, importance = 0.2, np.array([0.5, 1.0, 0.6])
    alone_and_pair = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    exact = theory.expected_loss(alone_and_pair, density=p, importance=importance)
    assert float(loss_with_pairs(2, density=p, importance=importance)) == pytest.approx(float(exact))


def test_dense_features_are_not_paired() -> None:
    importance = np.array([1.0, 0.7, 0.5])
    assert float(loss_with_pairs(1, density=1.0, importance=importance)) == pytest.approx(1.2 / 12)


def test_the_number_of_pairs_is_the_best_one() -> None:
    # Of four features in two dimensions the last is too unimportant to disturb another one for it.
    importance, p = np.array([1.0, 0.6, 0.5, 1e-4]), 0.3
    pair = (0.6 + 0.5) * p**2 / 6 + 1e-4 * (p / 3 - p**2 / 4)
    assert float(loss_with_pairs(2, density=p, importance=importance)) == pytest.approx(pair)


def test_each_point_has_its_density_and_the_order_of_features_does_not_matter() -> None:
    importance = np.array([[0.4, 1.0, 0.7], [1.0, 0.7, 0.4]])
    both = loss_with_pairs(1, density=np.array([0.1, 1.0]), importance=importance)
    assert both[0] == pytest.approx((1.0 + 0.7) * 0.01 / 6 + 0.4 * (0.1 / 3 - 0.01 / 4))
    assert both[1] == pytest.approx(1.1 / 12)


def test_it_is_never_below_the_exact_optimum() -> None:
    importance = np.array([1.0, 0.8, 0.5])
    for p in (0.05, 0.4, 0.9):
        optimum = theory.global_optimum(2, density=np.full(3, p), importance=importance).loss
        assert float(loss_with_pairs(2, density=p, importance=importance)) >= float(optimum) - 1e-12


@pytest.mark.parametrize("n_hidden", [0, 4])
def test_there_are_at_least_as_many_features_as_dimensions(n_hidden: int) -> None:
    with pytest.raises(ValueError, match=f"n_hidden is {n_hidden}; with 3 features it must lie between 1"):
        loss_with_pairs(n_hidden, density=0.1, importance=np.ones(3))


@pytest.mark.parametrize(
    ("density", "importance", "words"),
    [(1.5, 1.0, "density contains 1.5"), (0.5, -1.0, "importance contains -1")],
)
def test_densities_and_importances_out_of_range_are_refused(
    density: float, importance: float, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        loss_with_pairs(1, density=density, importance=[1.0, importance])
