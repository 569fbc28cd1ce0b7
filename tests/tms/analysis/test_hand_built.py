"""Losses of solutions that are written down by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.small import small
from tms import theory
from tms.analysis import hand_built


def test_the_loss_with_pairs_is_that_of_theory_at_every_point() -> None:
    experiment = small(density=[[0.1], [0.9]], importance=[[1.0, 0.5, 0.2, 2.0, 0.0]])
    expected = theory.loss_with_pairs(2, density=np.array([0.1, 0.9]), importance=experiment.importance)
    np.testing.assert_allclose(hand_built.loss_with_pairs(experiment), expected)


def test_different_densities_at_one_point_are_refused() -> None:
    with pytest.raises(ValueError, match="must share one density"):
        hand_built.loss_with_pairs(small(density=[[0.1, 0.2, 0.1, 0.1, 0.1]]))


def test_a_model_without_superposition_is_worth_itself_and_pairs_nearly_two() -> None:
    experiment = small(n_features=10, n_hidden=3, density=[[0.1], [0.5]])
    p = np.array([[0.1], [0.5]])
    ignored = p / 3 - p**2 / 4
    np.testing.assert_allclose(hand_built.worth_in_dimensions(experiment, 7 * ignored), 1)
    pairs = 4 * ignored + 3 * p**2 / 3
    expected = 2 - p / (1 - 0.75 * p)
    np.testing.assert_allclose(hand_built.worth_in_dimensions(experiment, pairs), expected)
    with pytest.raises(ValueError, match="all importances must be 1"):
        hand_built.worth_in_dimensions(small(importance=[[1, 1, 1, 1, 0.5]]), pairs)


def test_what_is_saved_is_relative_to_how_often_the_dimension_is_active() -> None:
    experiment = small(n_features=2, n_hidden=1, density=[[0.2]])
    ignored = 0.2 / 3 - 0.2**2 / 4
    alone = hand_built.saved_for_activation(experiment, np.array([[ignored]]))
    np.testing.assert_allclose(alone, 0.2 / (1 - 0.8**2))
    pair = hand_built.saved_for_activation(experiment, np.array([[0.2**2 / 3]]))
    np.testing.assert_allclose(pair, (2 * ignored - 0.2**2 / 3) / 0.36 / (ignored / 0.2))
    with pytest.raises(ValueError, match="one hidden dimension"):
        hand_built.saved_for_activation(small(), np.ones((2, 2)))
