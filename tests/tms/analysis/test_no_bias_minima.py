"""Exact minima without bias: confused, antipodal or ignored."""

from __future__ import annotations

import numpy as np
import pytest

from tms.analysis.no_bias_minima import DENSITIES, antipodal_steps, followed, kinds, minima, second_weight


def test_dense_equal_features_are_confused_and_sparse_ones_antipodal() -> None:
    both = followed(np.array([1.0, 0.05]), 1.0)
    np.testing.assert_allclose(both[0], [0.5**0.5, 0.5**0.5], atol=0.01)
    assert both[1, 0] > 0.9
    assert both[1, 1] < -0.9
    assert kinds(both) == ["confused", "superposed"]


def test_an_unimportant_feature_is_ignored() -> None:
    assert kinds(followed(0.3, 0.01)) == ["ignored"]


def test_the_relative_importance_is_that_of_the_second_feature() -> None:
    W = minima(0.3, 0.01).W[0, :, 0]
    assert abs(W[0]) > 0.9
    assert abs(W[1]) < 0.1
    assert minima(0.3, 0.01).b.tolist() == [[0.0, 0.0]]


def test_the_first_weight_of_a_minimum_that_is_followed_is_positive() -> None:
    density = DENSITIES[::100]
    assert (minima(density, 2.0).W[:, 0, 0] < 0).any()
    assert (followed(density, 2.0)[:, 0] >= 0).all()


def test_steps_are_those_between_antipodal_minima_alone() -> None:
    density = np.array([0.1, 0.2, 0.3, 1.0])
    second = second_weight(density, 1.0)
    antipodal = second < -0.5
    assert antipodal.tolist() == [True, True, True, False]
    assert antipodal_steps(second) == pytest.approx(np.abs(np.diff(second[:3])))
