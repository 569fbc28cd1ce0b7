"""Figures of *Definitions and Motivation*: legibility and content."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray

from figures import motivation
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import legend, line, panels, points, same_picture, shuffled

DIMENSIONS = np.array([4.0, 16.0, 8.0])
FOUND = np.array([[4.0, 5.0, 9.0], [20.0, 40.0, 90.0], [9.0, 9.0, 12.0]])
GUARANTEED = np.array([2.0, 8.0, 3.0])


def directions(order: NDArray[np.intp] | None = None) -> Figure:
    chosen = np.arange(3) if order is None else order
    return motivation.almost_orthogonal_directions(DIMENSIONS[chosen], FOUND[chosen], GUARANTEED[chosen], 0.3)


def test_the_figure_is_legible_and_small(tmp_path: Path) -> None:
    assert_legible(directions(), tmp_path)


def test_counts_are_means_over_seeds_in_order_of_the_dimensions() -> None:
    (axes,) = panels(directions())
    assert axes.get_yscale() == "log"
    expected = {
        "found by drawing at random": [[4, 6], [8, 10], [16, 50]],
        "always fits, by covering the sphere": [[4, 2], [8, 3], [16, 8]],
        "orthogonal directions": [[4, 4], [8, 8], [16, 16]],
    }
    assert set(legend(axes)) == set(expected)
    for label, drawn in expected.items():
        np.testing.assert_array_equal(points(line(axes, label)), drawn)


def test_the_axes_name_dimensions_and_the_cosine() -> None:
    (axes,) = panels(directions())
    assert axes.get_xlabel() == "dimensions $n$"
    assert axes.get_ylabel() == r"directions with $|\cos| < 0.3$"


def test_the_order_of_the_spaces_changes_nothing() -> None:
    assert same_picture(*shuffled(directions, 3))


def test_each_space_has_a_bound() -> None:
    with pytest.raises(ValueError, match="guaranteed"):
        motivation.almost_orthogonal_directions(DIMENSIONS, FOUND, GUARANTEED[:2], 0.3)
