"""Figures of *Superposition as a Phase Change*: legibility and content."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from figures import phase
from figures.toolkit.outcomes import OUTCOMES, outcome_colour
from figures.toolkit.plane import edges
from figures.toolkit.style import EXCESS
from tests.helpers.embeddings import Floats, noise
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
    shown_texts,
    ticks,
    upright,
)

GRID = (np.geomspace(0.1, 10, 20), np.geomspace(0.01, 1, 20))


def outcome() -> NDArray[np.str_]:
    r, p = np.meshgrid(*GRID)
    ignored, superposed, dedicated = r * (p / 3 - p**2 / 4), (1 + r) * p**2 / 6, p / 3 - p**2 / 4
    names: NDArray[np.str_] = np.asarray(OUTCOMES)[np.stack([ignored, superposed, dedicated]).argmin(0)]
    return names


def boundaries() -> list[tuple[Floats, Floats]]:
    p = np.geomspace(0.01, 4 / 7, 30)
    return [(2 * p / (4 - 5 * p), p), ((4 - 5 * p) / (2 * p), p), (np.ones(2), np.array([4 / 7, 1]))]


def diagram() -> Figure:
    kind = outcome()
    return phase.diagram(
        *GRID, kind != "ignored", kind == "superposed", kind, boundaries(), title="$n = 2,\\ m = 1$"
    )


def excess_loss() -> Figure:
    excess = 10.0 ** (-4 + noise(20, 20))
    return phase.excess_loss(*GRID, excess, boundaries(), margin=0.01, title="$n = 2,\\ m = 1$")


def activations() -> Figure:
    kind = np.stack([outcome()] * 3)
    return phase.activations(
        *GRID, kind != "ignored", kind == "superposed", ["ReLU", "GELU", "quadratic"], [0.6, 0.5, 0.4]
    )


@pytest.mark.parametrize("draw", [diagram, excess_loss, activations])
def test_a_figure_is_legible_and_small(draw: Callable[[], Figure], tmp_path: Path) -> None:
    assert_legible(draw(), tmp_path)


def test_labels_are_in_the_symbols_of_the_paper() -> None:
    labels = {"relative importance of the extra feature", "feature density $1-S$", "triple point"}
    assert labels <= shown_texts(diagram())


# Neither square nor symmetric: three importances, four densities.
R, P = np.array([0.1, 1.0, 10.0]), np.array([0.001, 0.01, 0.1, 1.0])
NORM = np.array([[0.0, 1.0, 0.5], [1.0, 0.2, 0.9], [0.4, 0.8, 0.1], [0.7, 0.3, 0.6]])
SHARED = np.array([[0.5, 0.0, 1.0], [0.9, 1.0, 0.2], [0.0, 0.7, 0.4], [0.1, 0.3, 0.8]])
KIND = np.array(
    [
        ["ignored", "superposed", "superposed"],
        ["dedicated", "ignored", "superposed"],
        ["dedicated", "dedicated", "ignored"],
        ["superposed", "ignored", "dedicated"],
    ]
)
CURVE = (np.array([0.2, 0.3]), np.array([0.002, 0.6]))
INSIDE = 1.2
"""Factor from the centre of an outermost cell towards the middle of the diagram."""


def small_diagram(
    kind: NDArray[np.str_] = KIND, triple_point: tuple[float, float] | None = (3, 0.3)
) -> Figure:
    return phase.diagram(R, P, NORM, SHARED, kind, [CURVE], title="small", triple_point=triple_point)


def inside(i: int, j: int) -> tuple[float, float]:
    """Return a place in a cell, away from the edges of the diagram, which cut the outermost cells in half."""
    away = [INSIDE if k == 0 else 1 / INSIDE if k == last else 1 for k, last in ((j, 2), (i, 3))]
    return R[j] * away[0], P[i] * away[1]


def assert_cells(picture: Picture, axes: Axes, expected: Floats) -> None:
    for i in range(len(P)):
        for j in range(len(R)):
            assert picture.colour(axes, *inside(i, j)) == near(expected[i, j]), (i, j)
    assert upright(axes)


def test_trained_models_and_theory_are_each_in_their_panel_at_their_importance_and_density() -> None:
    figure = small_diagram()
    picture = Picture(figure)
    trained, theory = panel(figure, "small: trained models"), panel(figure, "exact theory")
    assert_cells(picture, trained, outcome_colour(NORM, SHARED))
    entries = legend(figure.axes[2])
    assert_cells(picture, theory, np.array([[colour(entries[kind]) for kind in row] for row in KIND]))
    for axes in (trained, theory):
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
        assert ticks(axes.xaxis) == {"0.1": 0.1, "1": 1, "10": 10}
    assert ticks(trained.yaxis) == {"0.001": 0.001, "0.01": 0.01, "0.1": 0.1, "1": 1}


def test_outcomes_are_drawn_alike_as_names_and_as_numbers() -> None:
    figure = small_diagram(np.vectorize(OUTCOMES.index)(KIND))
    picture, theory = Picture(figure), panel(figure, "exact theory")
    for i, row in enumerate(KIND):
        for j, kind in enumerate(row):
            assert picture.colour(theory, *inside(i, j)) == near(colour(legend(figure.axes[2])[kind]))


def test_boundaries_and_the_triple_point_are_in_both_panels() -> None:
    figure = small_diagram()
    for name in ("small: trained models", "exact theory"):
        curve, point = panel(figure, name).get_lines()
        np.testing.assert_array_equal(points(curve), np.stack(CURVE, axis=1))
        assert points(point).tolist() == [[3, 0.3]]
        entries = legend(figure.axes[2])
        assert colour(curve) == colour(entries["boundary"])
        assert colour(point) == colour(entries["triple point"])


def test_the_triple_point_is_by_default_that_of_theory() -> None:
    figure = phase.diagram(R, P, NORM, SHARED, KIND, [])
    (point,) = panel(figure, "exact theory").get_lines()
    assert points(point).tolist() == [[1, 4 / 7]]


def test_a_diagram_without_triple_point_has_none_in_the_legend() -> None:
    figure = small_diagram(triple_point=None)
    assert len(panel(figure, "exact theory").get_lines()) == 1
    assert "triple point" not in legend(figure.axes[2])


def test_the_legend_names_confused_only_where_it_occurs() -> None:
    assert "confused" not in legend(small_diagram().axes[2])
    kind = KIND.astype("<U10")
    kind[0, 0] = "confused"
    assert "confused" in legend(small_diagram(kind).axes[2])


def test_the_key_shows_norm_upwards_and_superposition_to_the_right() -> None:
    figure = small_diagram()
    picture = Picture(figure)
    (key,) = (child for child in figure.axes[2].child_axes if isinstance(child, Axes))
    assert (key.get_xlabel(), key.get_ylabel()) == ("superposition", r"norm $\|W_i\|$")
    assert upright(key)
    for norm, superposition in ((0.9, 0.2), (0.9, 0.8), (0.4, 0.9), (0.1, 0.5)):
        expected = outcome_colour(np.array(norm), np.array(superposition))
        assert picture.colour(key, superposition, norm) == pytest.approx(expected.tolist(), abs=0.06)


EXCESSES = np.array([[1e-5, 1e-4, 3e-2], [1e-3, 1.2e-2, 1e-4], [5e-5, 3e-4, 1e-5], [0.5, 1e-3, 2e-3]])


def test_the_excess_of_each_cell_has_the_colour_of_the_scale() -> None:
    figure = phase.excess_loss(R, P, EXCESSES, [CURVE])
    picture, (axes,), bar = Picture(figure), panels(figure), colour_bar(figure)
    assert_cells(picture, axes, np.asarray(EXCESS(LogNorm(1e-5, 1)(EXCESSES))))
    for value in (3e-4, 2e-2, 0.5):
        assert picture.colour(bar, 0.5, value) == near(EXCESS(LogNorm(1e-5, 1)(value)))


def test_cells_end_half_way_between_their_centres_on_a_logarithmic_axis() -> None:
    np.testing.assert_allclose(edges(np.array([1.0, 100.0, 1000.0])), 10.0 ** np.array([-1, 1, 2.5, 3.5]))


def test_an_excess_below_the_scale_has_its_lowest_colour() -> None:
    """A loss on held-out inputs can be lower than the optimum."""
    below = np.where(EXCESSES == 1e-5, [[0.0], [1e-7], [-1e-3], [1e-5]], EXCESSES)
    figure = phase.excess_loss(R, P, below, [])
    assert_cells(Picture(figure), panels(figure)[0], np.asarray(EXCESS(LogNorm(1e-5, 1)(EXCESSES))))


def test_cells_beyond_the_margin_have_a_dot_and_their_share_is_in_the_title() -> None:
    figure = phase.excess_loss(R, P, EXCESSES, [], margin=0.01, title="small")
    (axes,), bar = panels(figure), colour_bar(figure)
    (dots,) = axes.get_lines()
    assert sorted(map(tuple, points(dots).tolist())) == [(0.1, 1.0), (1.0, 0.01), (10.0, 0.001)]
    assert axes.get_title() == "small:  75% of cells within 1% of the optimum"
    assert {float(np.asarray(mark.get_ydata())[0]) for mark in bar.get_lines()} == {0.01}


def test_each_activation_has_its_own_diagram_and_area() -> None:
    norms = np.stack([NORM, 1 - NORM, NORM[::-1]])
    shared = np.stack([SHARED, SHARED[::-1], 1 - SHARED])
    figure = phase.activations(R, P, norms, shared, ["ReLU", "GELU", "quadratic"], [0.6, 0.52, 0.31])
    picture = Picture(figure)
    titles = ["ReLU: 60% superposed", "GELU: 52% superposed", "quadratic: 31% superposed"]
    assert [axes.get_title() for axes in panels(figure)] == titles
    for axes, norm, superposition in zip(panels(figure), norms, shared, strict=True):
        assert_cells(picture, axes, outcome_colour(norm, superposition))


def test_the_legend_of_activations_names_the_colours_at_full_norm() -> None:
    norm, shared = np.ones((1, 4, 3)), np.zeros((1, 4, 3))
    norm[0, 0], shared[0, 2] = 0, 1
    figure = phase.activations(R, P, norm, shared, ["ReLU"], [0.25])
    picture, (axes,), entries = Picture(figure), panels(figure), legend(figure)
    for i, name in ((0, "ignored"), (1, "dedicated"), (2, "superposed")):
        assert picture.colour(axes, *inside(i, 1)) == near(colour(entries[name]))
