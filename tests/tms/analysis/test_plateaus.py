"""Ranges over which dimensions per feature stick at a value, on curves whose plateaus are known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from tests.helpers.small import small
from tms.analysis.plateaus import (
    curve,
    dimensions_per_feature,
    longest_range,
    middle_half,
    slope,
    sticky_range,
)
from tms.training import train


def test_longest_range_is_that_of_the_largest_ratio() -> None:
    places = [1, 2, 4, 8, 24]
    assert longest_range([1, 0, 1, 1, 0], places) == (4, 8)
    assert longest_range([1, 1, 0, 1, 1], places) == (8, 24)
    assert longest_range([1, 1, 1, 1, 1], places) == (1, 24)
    assert longest_range([0, 0, 1, 0, 0], places) == (4, 4)
    assert longest_range([0] * 5, places) == (1, 1)
    assert longest_range([1, 1, 0, 1, 1], [1, 2, 4, 8, 10]) == (1, 2)


@pytest.mark.parametrize(
    ("inside", "places"), [([1, 1], [1, 2, 3]), ([1, 1], [2, 1]), ([1, 1], [0, 1]), ([[1]], [[1]])]
)
def test_a_range_needs_positive_increasing_places(inside: list[int], places: list[float]) -> None:
    with pytest.raises(ValueError, match=r"coordinate|shape"):
        longest_range(inside, places)


PLACES = np.array([1.0, 2.0, 4.0, 8.0])


def test_a_curve_sticks_where_it_is_near_the_value_relatively_and_is_a_line_between_points() -> None:
    first, second = np.array([1.0, 0.5, 0.5, 0.25]), np.array([1.0, 1.0, 1.0, 0.5])
    span = (1.0, 8.0)
    # A fall from 1 to 1/2 over ln 2 is within 10% of 1/2 over its last tenth.
    assert sticky_range(PLACES, first, 0.5, 0.1, span) == pytest.approx(
        (2 ** (1 - 0.1), 4 * 2**0.2), rel=0.002
    )
    assert sticky_range(PLACES, second, 0.5, 0.1, span) == pytest.approx((8 * 2**-0.1, 8.0), rel=0.002)
    assert sticky_range(PLACES, second, 1.0, 0.1, span) == pytest.approx((1.0, 4 * 2**0.2), rel=0.002)


def test_beyond_its_points_a_curve_is_constant() -> None:
    D_star = np.array([0.5, 0.5, 0.25])
    assert sticky_range(PLACES[1:], D_star, 0.5, 0.1, (1.0, 16.0))[0] == 1
    assert sticky_range(PLACES[1:], D_star, 0.25, 0.1, (1.0, 16.0))[1] == pytest.approx(16)
    assert sticky_range(PLACES[1:], D_star, 1.0, 0.1, (1.0, 16.0)) == (1, 1)


def test_the_slope_is_that_of_the_logarithms_from_end_to_end() -> None:
    power = PLACES**-0.7
    assert slope(PLACES, power, (2.0, 8.0)) == pytest.approx(-0.7)
    assert slope(PLACES, np.array([1.0, 0.8, 0.1, 0.8]), (2.0, 8.0)) == pytest.approx(0)
    # Between points D* is a line over the logarithm: 0.75 half way from 1 to 0.5.
    halfway = 2**0.5
    assert slope(PLACES, np.array([1.0, 0.5, 0.5, 0.5]), (1.0, halfway)) == pytest.approx(
        np.log(0.75) / np.log(halfway)
    )


def test_the_middle_half_is_taken_in_the_logarithm() -> None:
    assert middle_half((1.0, 10_000.0)) == pytest.approx((10.0, 1000.0))


def test_the_curve_of_a_sweep_is_over_the_inverse_density() -> None:
    trained = train(small(density=[[0.5], [0.25]], steps=1), device="cpu")
    W = torch.zeros(2, 2, 5, 2)
    W[:, :, 0, 0] = 2.0
    places, D_star = curve(dataclasses.replace(trained, parameters={**trained.parameters, "W": W}))
    assert places.tolist() == [2.0, 4.0]
    assert D_star.tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_the_quantity_that_shows_convergence_is_D_star_of_every_model() -> None:
    trained = train(small(density=[[0.5], [0.25], [0.1]], steps=1), device="cpu")
    assert dimensions_per_feature(trained).tolist() == curve(trained)[1].tolist()
