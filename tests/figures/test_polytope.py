"""Figures of a component in three dimensions: legibility and content."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from figures import polytope
from figures.polytope import _edges
from figures.toolkit.style import BLUE, FAINT, MUTED, ORANGE
from tests.helpers.legibility import assert_legible
from tms.analysis.polytopes import known

VERTICES = {each.name: each.vertices for each in known()}


def lines(figure: Figure, colour: str) -> int:
    return sum(each.get_color() == colour for each in figure.axes[0].get_lines())


@pytest.mark.parametrize("name", ["digon", "pentagon", "tetrahedron", "square antiprism"])
def test_a_figure_is_legible_and_small(name: str, tmp_path: Path) -> None:
    assert_legible(polytope.solid(VERTICES[name], 0), tmp_path)


@pytest.mark.parametrize(
    ("name", "edges"),
    [("digon", 0), ("triangle", 3), ("pentagon", 5), ("tetrahedron", 6), ("octahedron", 12)],
)
def test_the_edges_are_those_of_the_polytope(name: str, edges: int) -> None:
    vertices = VERTICES.get(name, np.concatenate([np.eye(3), -np.eye(3)]))
    figure = polytope.solid(vertices, 0)
    assert lines(figure, MUTED) == edges
    assert lines(figure, FAINT) == 3


def test_diagonals_of_a_face_are_no_edges() -> None:
    corners = np.stack(np.meshgrid([-1.0, 1.0], [-1.0, 1.0], [-1.0, 1.0]), axis=-1).reshape(-1, 3)
    assert len(_edges(corners)) == 12


def test_one_feature_is_marked() -> None:
    figure = polytope.solid(VERTICES["triangle"], 1)
    assert lines(figure, ORANGE) == 2
    assert lines(figure, BLUE) == 4


def test_more_than_three_dimensions_are_a_projection_and_say_so() -> None:
    assert polytope.solid(np.eye(5), 0).axes[0].get_title() == "a projection with 60% of the squared norms"
    assert polytope.solid(np.eye(3), 0).axes[0].get_title() == ""


def test_a_single_feature_in_one_dimension_is_drawn() -> None:
    assert lines(polytope.solid([[0.2]], 0), ORANGE) == 2


@pytest.mark.parametrize("marked", [-1, 3])
def test_a_feature_that_does_not_exist_is_refused(marked: int) -> None:
    with pytest.raises(ValueError, match=f"^marked must lie between 0 and 2, not {marked}.$"):
        polytope.solid(VERTICES["triangle"], marked)
