"""Figures of what superposition is worth: legibility and content."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray

from figures import larger_models
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import bands, corners, panels, points, same_picture, shuffled, upright

PLACES = np.array([10.0, 1.5, 30.0])
VALUES = np.array([[2.3, 2.5], [1.0, 1.1], [3.6, 3.9]])


def worth(order: NDArray[np.intp] | None = None) -> Figure:
    chosen = np.arange(3) if order is None else order
    return larger_models.worth(PLACES[chosen], VALUES[chosen])


def saved(order: NDArray[np.intp] | None = None) -> Figure:
    chosen = np.arange(3) if order is None else order
    return larger_models.saved_for_activation(PLACES[chosen], VALUES[chosen])


@pytest.mark.parametrize("draw", [worth, saved])
def test_a_figure_is_legible_and_small(draw: Callable[[], Figure], tmp_path: Path) -> None:
    assert_legible(draw(), tmp_path)


@pytest.mark.parametrize(
    ("draw", "label"),
    [
        (worth, "dimensions without superposition\nfor equal loss, $k$"),
        (saved, "loss saved for each activation,\nover a dimension of its own"),
    ],
)
def test_means_and_ranges_are_drawn_against_sparsity(draw: Callable[[], Figure], label: str) -> None:
    (axes,) = panels(draw())
    (curve,) = (each for each in axes.get_lines() if each.get_marker() == "o")
    np.testing.assert_allclose(points(curve), [[1.5, 1.05], [10, 2.4], [30, 3.75]])
    (area,) = bands(axes)
    assert {(10, 2.3), (10, 2.5), (30, 3.6), (30, 3.9)} <= corners(area)
    (level,) = (each for each in axes.get_lines() if each.get_linestyle() == "--")
    assert set(points(level)[:, 1]) == {1}
    assert axes.get_xscale() == "log"
    assert axes.get_ylabel() == label
    assert axes.get_xlabel() == "$1/(1-S)$, dense to sparse"
    assert upright(axes)


@pytest.mark.parametrize("draw", [worth, saved])
def test_the_order_of_points_changes_nothing(draw: Callable[[NDArray[np.intp]], Figure]) -> None:
    assert same_picture(*shuffled(draw, 3))
