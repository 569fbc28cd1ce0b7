"""Basins of attraction of two weights without bias."""

from __future__ import annotations

import numpy as np
import pytest

from tms.analysis.basins import REACH, SIDE, Basins, before_the_transition, descended, extra_weight, starts
from tms.analysis.no_bias_minima import followed, kinds


def test_starts_cover_the_square_evenly() -> None:
    square = starts()
    assert square.shape == (SIDE**2, 2)
    np.testing.assert_allclose(square.mean(0), 0, atol=1e-12)
    assert REACH * 0.9 < np.abs(square).max() < REACH
    # The first weight varies along the first axis.
    assert np.ptp(square.reshape(SIDE, SIDE, 2)[3, :, 0]) == 0


def test_starts_end_in_the_only_minimum_whatever_their_sign() -> None:
    """Where the second feature hardly counts, it is ignored; W1 is turned positive with W2."""
    ends = descended(np.array([[0.5, 0.3], [-0.5, 0.3], [-0.2, -1.2], [0.1, -1.2]]), 0.5, 0.02)
    np.testing.assert_allclose(ends, followed(0.5, 0.02).repeat(4, axis=0), atol=0.03)


def test_descents_do_not_overshoot_where_the_second_feature_matters_more() -> None:
    ends = descended(np.array([[0.5, 0.3], [0.2, -1.2], [-1.2, 0.1]]), 0.5, 8.0)
    np.testing.assert_allclose(np.abs(ends[:, 1]), 1, atol=0.03)


def test_a_start_stays_in_its_own_basin() -> None:
    """At equal importance and density 0.5, antipodal and confused weights are both minima."""
    ends = descended(np.array([[0.8, 0.5], [-0.8, -0.5], [0.8, -0.5], [-0.8, 0.5]]), 0.5, 1.0)
    assert kinds(ends) == ["confused", "confused", "superposed", "superposed"]


def test_the_lowest_minimum_is_the_one_before_the_jump() -> None:
    found = before_the_transition(0.1)
    assert found.density == pytest.approx(0.209, rel=0.01)
    assert found.lowest == "superposed"
    assert found.minima == ["ignored", "superposed"]
    assert found.share_of_the_lowest == np.mean(found.kinds == "superposed")


def test_shares_are_of_starts() -> None:
    ends = np.array(["ignored", "superposed", "ignored", "ignored"])
    assert Basins(0.1, 0.5, ends, "superposed").share_of_the_lowest == 0.25


def test_the_extra_weight_is_that_of_the_second_feature_with_bias() -> None:
    assert extra_weight(np.array([0.1]), 0.3)[0] > 0.9
    assert extra_weight(np.array([0.9]), 0.3)[0] < 0.01
    assert extra_weight(np.array([0.9]), 3.0)[0] > 0.9
