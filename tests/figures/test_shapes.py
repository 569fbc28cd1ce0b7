"""What figures accept and what they refuse."""

import re
from collections.abc import Callable

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from figures import (
    correlated,
    demonstrating,
    introduction,
    learning,
    mathematics,
    no_bias,
    phase,
    uniform,
)
from figures.toolkit.shapes import Shapes

GRID = (np.geomspace(0.1, 10, 3), np.geomspace(0.01, 1, 4))
FLAT = np.zeros((4, 3))


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        (
            lambda: introduction.embeddings_row(np.zeros((3, 5)), np.ones(3), np.ones(5)),
            "W must have shape [point, feature, 2], not (3, 5).",
        ),
        (
            lambda: introduction.embeddings_row(np.zeros((3, 5, 2)), np.ones(4), np.ones(5)),
            "density must have shape [point] with point = 3 as in W, not (4,).",
        ),
        (
            lambda: introduction.embeddings_row(np.zeros((0, 5, 2)), np.ones(0), np.ones(5)),
            "W must have shape [point, feature, 2] with at least one point, not (0, 5, 2).",
        ),
        (
            lambda: demonstrating.single_model(np.full((4, 2), np.nan), np.zeros(4)),
            "W must be finite, but 8 of its values are not.",
        ),
        (
            lambda: demonstrating.sparsity_row(np.zeros((2, 4, 2)), np.zeros((2, 4)), ["one"]),
            "labels must have shape [model] with model = 2 as in W, not (1,).",
        ),
        (
            lambda: mathematics.loss_decomposition([1.0, 0.1], [[1.0, -0.5], [1.0, 1.0]]),
            "terms must not be negative, but the least of them is -0.5.",
        ),
        (
            lambda: phase.diagram(*GRID, FLAT.T, FLAT, FLAT.astype(int), []),
            "trained_norm must have shape [density, importance] with density = 4 as in density, not (3, 4).",
        ),
        (
            lambda: phase.diagram(*GRID, FLAT, FLAT, np.full((4, 3), "lost"), []),
            "outcome must be one of ignored, superposed, dedicated, confused, not 'lost'.",
        ),
        (
            lambda: phase.diagram(*GRID, FLAT, FLAT, np.full((4, 3), 4), []),
            "outcome must lie between 0 and 3, not 4 to 4.",
        ),
        (
            lambda: phase.diagram([3, 2, 1], GRID[1], FLAT, FLAT, FLAT.astype(int), []),
            "relative_importance must hold at least two values, positive and increasing, not [3. 2. 1.].",
        ),
        (
            lambda: no_bias.loss_surfaces([0, 1], [0, 1], np.zeros((2, 2, 2)), [], ["a", "b"]),
            "minima must have one array per setting, 2 in all, not 0.",
        ),
        (
            lambda: uniform.geometry_graph(np.zeros((4, 2))),
            "W must have a feature of norm above 0.5 to draw, but its longest has 0.",
        ),
        (
            lambda: correlated.local_bases(np.eye(4), [0, 1, 0, 1]),
            "sets must have the features of each set side by side.",
        ),
        (
            lambda: learning.trajectories_3d([1, 2], np.zeros((2, 6, 3)), [1, 1], [0] * 6, [2]),
            "stages must be increasing indices below 2, not [2].",
        ),
    ],
)
def test_wrong_data_gets_one_sentence(draw: Callable[[], Figure], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        draw()


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_tensors_are_as_good_as_arrays(kind: torch.dtype) -> None:
    values = Shapes().floats("W", torch.ones(2, 3, dtype=kind), "point feature")
    assert values.dtype == np.float64
    assert (values == 1).all()


def test_an_axis_name_stands_for_one_size_in_all_arguments_of_a_figure() -> None:
    shapes = Shapes()
    shapes.floats("W", np.zeros((3, 2)), "feature hidden")
    with pytest.raises(
        ValueError, match=r"b must have shape \[feature\] with feature = 3 as in W, not \(2,\)"
    ):
        shapes.floats("b", np.zeros(2), "feature")


def test_values_that_must_increase_are_checked_along_the_last_axis() -> None:
    values = [[1.0, 2.0, 3.0], [0.5, 0.7, 0.7]]
    with pytest.raises(ValueError, match=r"steps must increase, but 0\.7 follows 0\.7\."):
        Shapes().increasing("steps", values, "row step")
    np.testing.assert_array_equal(Shapes().increasing("steps", values[:1], "row step"), values[:1])


def test_values_may_be_missing_only_where_that_means_something() -> None:
    assert np.isnan(Shapes().floats("x", [1.0, np.nan], "k", missing=True)).tolist() == [False, True]
    with pytest.raises(ValueError, match="x must be finite, but 1 of its values are not"):
        Shapes().floats("x", [1.0, np.inf], "k", missing=True)
