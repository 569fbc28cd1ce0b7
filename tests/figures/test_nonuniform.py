"""Figures of non-uniform superposition: legibility and content."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from figures import nonuniform
from figures.toolkit.style import INK, RELATIVE
from tests.helpers.embeddings import Floats, polygon
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import (
    Picture,
    colour,
    colour_bar,
    legend,
    near,
    panel,
    panels,
    points,
    same_picture,
    shown_texts,
    shuffled,
    ticks,
    upright,
)


def pentagon_row() -> Figure:
    digons = np.concatenate([np.zeros((1, 2)), polygon(4, 0.3)])
    W = np.stack([digons, digons, polygon(5, 0.2), 1.1 * polygon(5, 2.0)])
    return nonuniform.pentagon_row(W, [0.1, 0.2, 1.0, 10.0], ["two digons"] * 2 + ["pentagon"] * 2)


def loss_by_geometry() -> Figure:
    density = np.geomspace(0.1, 10, 8)
    losses = np.stack([0.001 + 0.0002 * density, 0.0008 + 0.0005 * density], axis=1)
    names = [["pentagon", "two digons"]] * 8
    return nonuniform.loss_by_geometry(density, losses, names, critical=(0.6, 0.8))


@pytest.mark.parametrize("draw", [pentagon_row, loss_by_geometry])
def test_a_figure_is_legible_and_small(draw: Callable[[], Figure], tmp_path: Path) -> None:
    assert_legible(draw(), tmp_path)


def test_labels_name_the_varied_feature() -> None:
    assert shown_texts(pentagon_row()) >= {"varied feature", "relative density of the varied feature"}
    assert shown_texts(loss_by_geometry()) >= {"optimal geometry changes", "loss"}


# The first feature points somewhere else in each; the rest are no mirror image of themselves.
FIRST = np.array([[0.6, 0.3], [0.9, -0.2], [-0.8, 0.5], [0.1, 0.9], [0.2, -1.0]])
W = np.stack([FIRST, FIRST[[2, 0, 1, 3, 4]], FIRST[[4, 1, 3, 0, 2]] @ np.array([[0.0, 1.0], [-1.0, 0.0]])])
DENSITY = np.array([0.2, 1.0, 4.0])
KIND = ["pentagon", "other", "pentagon"]


def solutions() -> Figure:
    return nonuniform.pentagon_row(W, DENSITY, KIND)


def shade(density: float) -> tuple[float, ...]:
    return to_rgb(RELATIVE(LogNorm(1 / 5, 5)(density)))


def drawn(axes: Axes, density: float) -> Floats:
    """Return the ends of the solution that has the colour of a density, the varied feature first."""
    ends = [
        points(each)
        for each in axes.get_lines()
        if each.get_marker() == "o" and colour(each) == pytest.approx(shade(density))
    ]
    assert [len(part) for part in ends] == [1, 4]
    return np.concatenate(ends)


def test_each_solution_is_turned_so_that_the_varied_feature_points_upwards() -> None:
    figure = solutions()
    for model, density, kind in zip(W, DENSITY, KIND, strict=True):
        ends = drawn(panel(figure, kind), density)
        np.testing.assert_allclose(ends[0], np.array([0, np.linalg.norm(model[0])]), atol=1e-9)
        # Turned or reflected as a whole: all norms and angles are the same.
        np.testing.assert_allclose(ends @ ends.T, model @ model.T, atol=1e-9)
        assert ends[:, 0].sum() >= 0


def test_a_solution_without_the_varied_feature_has_its_longest_embedding_to_the_right() -> None:
    W = np.concatenate([[[0.05, 0.02]], 0.8 * polygon(4, 0.4)])[None]
    W[0, 3] *= 1.3
    (axes,) = panels(nonuniform.pentagon_row(W, [0.1], ["two digons"]))
    ends = np.concatenate([points(each) for each in axes.get_lines() if each.get_marker() == "o"][1:3])
    np.testing.assert_allclose(ends[3], [1.04, 0], atol=1e-9)
    np.testing.assert_allclose(ends @ ends.T, W[0] @ W[0].T, atol=1e-9)


def test_solutions_of_equal_densities_lie_over_others() -> None:
    for densities in ([0.2, 1.0, 4.0], [1.0, 4.0, 0.2], [4.0, 0.2, 1.0]):
        figure = nonuniform.pentagon_row(np.stack([FIRST] * 3), densities, ["pentagon"] * 3)
        (axes,) = panels(figure)
        for end in drawn(axes, 1.0):
            assert Picture(figure).colour(axes, *end) == near(shade(1.0))


def test_colours_of_solutions_are_those_of_the_scale() -> None:
    figure = solutions()
    picture, bar = Picture(figure), colour_bar(figure)
    for density, kind in zip(DENSITY, KIND, strict=True):
        axes = panel(figure, kind)
        assert upright(axes)
        for end in drawn(axes, density):
            assert picture.colour(axes, *end) == near(shade(density))
        if density > 0.2:
            assert picture.colour(bar, 0.5, density) == near(shade(density))
    assert ticks(bar.yaxis)["1"] == 1


def test_only_the_varied_feature_has_an_outline_as_in_the_legend() -> None:
    figure = solutions()
    for kind in ("pentagon", "other"):
        axes = panel(figure, kind)
        rings = [points(each) for each in axes.get_lines() if to_rgb(each.get_color()) == to_rgb(INK)]
        rings = [ring for ring in rings if len(ring)]
        expected = [drawn(axes, p)[:1] for p, k in zip(DENSITY, KIND, strict=True) if k == kind]
        assert sorted(map(repr, rings)) == sorted(map(repr, expected))
    entry = legend(figure)["varied feature"]
    assert isinstance(entry, Line2D)
    assert entry.get_markeredgecolor() == INK


def test_geometries_are_in_order_of_appearance_each_with_its_solutions() -> None:
    figure = solutions()
    assert [axes.get_title() for axes in panels(figure)] == ["pentagon", "other"]
    count = [sum(len(points(each)) == 4 for each in axes.get_lines()) for axes in panels(figure)]
    assert count == [2, 1]


PLACES = np.array([0.1, 2.0, 0.5, 8.0])
LOSS = np.array([[0.1, 0.2, 0.3], [0.5, 0.6, 0.4], [0.25, 0.35, 0.15], [0.9, 0.7, 0.8]])
GEOMETRY = np.array(
    [
        ["digons", "digons", "pentagon"],
        ["pentagon", "digons", "pentagon"],
        ["pentagon", "pentagon", "digons"],
        ["pentagon", "other", "pentagon"],
    ]
)


def losses(order: NDArray[np.intp] | None = None) -> Figure:
    chosen = np.arange(4) if order is None else order
    return nonuniform.loss_by_geometry(PLACES[chosen], LOSS[chosen], GEOMETRY[chosen], critical=(0.6, 0.9))


def by_name(figure: Figure) -> dict[str, tuple[set[tuple[float, ...]], list[Line2D]]]:
    """Return the points of each geometry, and the lines in its colour, by its name in the legend."""
    (axes,) = panels(figure)
    found = {}
    for name, entry in legend(figure).items():
        if isinstance(entry, Line2D):
            same = [each for each in axes.get_lines() if each.get_color() == entry.get_color()]
            dots = [each for each in same if each.get_marker() == entry.get_marker()]
            curves = [each for each in same if each.get_marker() in ("None", "", None)]
            found[name] = ({tuple(point) for each in dots for point in points(each).tolist()}, curves)
    return found


def test_each_solution_is_a_point_of_its_geometry() -> None:
    found = by_name(losses())
    assert set(found) == {"digons", "pentagon", "other"}
    for name, (dots, _) in found.items():
        rows, columns = np.nonzero(np.equal(GEOMETRY, name))
        assert dots == set(zip(PLACES[rows].tolist(), LOSS[rows, columns].tolist(), strict=True))


def test_a_line_joins_the_lowest_losses_of_a_geometry() -> None:
    curves = {
        name: [points(each).tolist() for each in lines] for name, (_, lines) in by_name(losses()).items()
    }
    assert curves == {
        "digons": [[[0.1, 0.1], [0.5, 0.15], [2.0, 0.6]]],
        "pentagon": [[[0.1, 0.3], [0.5, 0.25], [2.0, 0.4], [8.0, 0.8]]],
        "other": [],
    }


def test_given_curves_take_the_place_of_the_lowest_losses() -> None:
    given = {"pentagon": ([0.1, 3.0], [0.11, 0.33]), "digons": ([0.2, 5.0], [0.22, 0.55])}
    found = by_name(nonuniform.loss_by_geometry(PLACES, LOSS, GEOMETRY, curves=given))
    for name, (x, y) in given.items():
        (curve,) = found[name][1]
        assert points(curve).tolist() == np.stack([x, y], axis=1).tolist()
    assert found["other"][1] == []


def test_the_critical_interval_is_shaded_as_in_the_legend() -> None:
    figure = losses()
    picture, (axes,) = Picture(figure), panels(figure)
    (span,) = (patch for patch in axes.patches if isinstance(patch, Rectangle))
    assert (span.get_x(), span.get_x() + span.get_width()) == pytest.approx((0.6, 0.9))
    entry = legend(figure)["optimal geometry changes"]
    assert picture.colour(axes, 0.75, 0.05) == near(colour(entry))
    assert upright(axes)
    assert axes.get_xscale() == "log"


def test_the_order_of_densities_changes_nothing() -> None:
    assert same_picture(*shuffled(losses, 4))


def test_equally_frequent_geometries_are_in_alphabetical_order() -> None:
    kinds = ["delta", "alpha", "charlie", "echo", "bravo"]
    figure = nonuniform.loss_by_geometry([1.0, 2.0], np.ones((2, 5)), [kinds, kinds[::-1]])
    assert list(legend(figure)) == sorted(kinds)


def test_the_most_frequent_geometry_is_first_in_the_legend() -> None:
    names = [["digons", "square"], ["square", "square"], ["square", "antiprism"]]
    figure = nonuniform.loss_by_geometry([0.5, 1.0, 2.0], np.ones((3, 2)), names)
    assert list(legend(figure)) == ["square", "antiprism", "digons"]
