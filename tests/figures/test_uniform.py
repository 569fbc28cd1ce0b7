"""Figures of uniform superposition: legibility, content, and the names that the claims use."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch
from numpy.typing import NDArray

from figures import uniform
from figures.toolkit.graph import kind_colour
from figures.toolkit.save import save
from tests.helpers.embeddings import DIGON, Floats, direct_sum, noise, polygon
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import (
    anchors,
    band,
    colour,
    corners,
    legend,
    line,
    panels,
    points,
    same_picture,
    shown_texts,
    shuffled,
    upright,
)
from tms.analysis import clusters

INVERSE_DENSITY = np.geomspace(1, 10, 12)


def dimensionalities() -> tuple[Floats, Floats]:
    star = np.interp(np.log(INVERSE_DENSITY), np.log([1, 1.4, 2.7, 3.6, 10]), [1, 1, 0.5, 0.49, 0.25])
    return star[:, None] + 0.01 * noise(12, 3), np.abs(0.5 * noise(12, 1, 60)).clip(max=1)


def dimensions_per_feature() -> Figure:
    return uniform.dimensions_per_feature(INVERSE_DENSITY, dimensionalities()[0])


def feature_dimensionality() -> Figure:
    graphs = {3.0: direct_sum(*[DIGON] * 12), 5.0: direct_sum(*[polygon(5)] * 4, DIGON)}
    return uniform.feature_dimensionality(INVERSE_DENSITY, *dimensionalities(), graphs)


def geometry_graph() -> Figure:
    return uniform.geometry_graph(direct_sum(*[DIGON] * 9, polygon(3), polygon(5), np.zeros((4, 0))))


@pytest.mark.parametrize("draw", [dimensions_per_feature, feature_dimensionality, geometry_graph])
def test_a_figure_is_legible_and_small(draw: Callable[[], Figure], tmp_path: Path) -> None:
    assert_legible(draw(), tmp_path)


@pytest.mark.parametrize("draw", [feature_dimensionality, geometry_graph])
def test_files_are_the_same_bytes_in_every_run(draw: Callable[[], Figure], tmp_path: Path) -> None:
    first, second = (save(draw(), tmp_path / run / "figure") for run in ("one", "two"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@pytest.mark.parametrize(
    ("draw", "labels"),
    [
        (dimensions_per_feature, {r"dimensions per feature $D^* = m\,/\,\|W\|_F^2$"}),
        (feature_dimensionality, {"feature dimensionality $D_i$", "3/4  tetrahedron", "2/5  pentagon"}),
        (geometry_graph, {"9 × digon", "1 × triangle", "1 × pentagon"}),
    ],
)
def test_labels_are_in_the_symbols_of_the_paper(draw: Callable[[], Figure], labels: set[str]) -> None:
    assert labels <= shown_texts(draw())


PLACES = np.array([2.0, 1.0, 8.0])
STARS = np.array([[0.6, 0.7, 0.95], [1.0, 0.9, 0.5], [0.3, 0.5, 0.31]])
D = np.array([[[0.5, 0.52]], [[0.95, 0.0]], [[0.4, 0.3]]])


def per_feature(order: NDArray[np.intp] | None = None) -> Figure:
    chosen = np.arange(3) if order is None else order
    return uniform.dimensions_per_feature(PLACES[chosen], STARS[chosen])


def sweep(order: NDArray[np.intp] | None = None) -> Figure:
    chosen = np.arange(3) if order is None else order
    graphs = {8.0: direct_sum(polygon(3), DIGON), 2.0: direct_sum(DIGON, DIGON)}
    return uniform.feature_dimensionality(PLACES[chosen], STARS[chosen], D[chosen], graphs)


def test_the_mean_and_the_range_over_seeds_are_at_their_sparsity() -> None:
    figure = per_feature()
    (axes,) = panels(figure)
    drawn, entries = line(axes, "mean of seeds"), legend(axes)
    np.testing.assert_allclose(points(drawn), [[1, 0.8], [2, 0.75], [8, 0.37]])
    assert {(1, 0.5), (1, 1), (2, 0.6), (2, 0.95), (8, 0.3), (8, 0.5)} <= corners(band(axes))
    assert colour(entries["mean of seeds"]) == colour(drawn)
    assert colour(entries["range of seeds"]) == colour(band(axes))
    assert upright(axes)


def test_levels_are_named_at_their_height() -> None:
    (axes,) = panels(per_feature())
    heights = {text: y for text, (_, y) in anchors(axes).items()}
    assert heights == {"1: a dimension each": 1, "1/2: antipodal pairs": 0.5}
    drawn = [points(each)[0, 1] for each in axes.get_lines() if each.get_linestyle() == "--"]
    assert drawn == [1, 0.5]


@pytest.mark.parametrize("draw", [per_feature, sweep])
def test_the_order_of_densities_changes_nothing(draw: Callable[[NDArray[np.intp]], Figure]) -> None:
    assert same_picture(*shuffled(draw, 3))


def main_panel(figure: Figure) -> Axes:
    (axes,) = (axes for axes in panels(figure) if axes.get_ylabel() == "feature dimensionality $D_i$")
    return axes


def test_each_feature_is_a_point_at_its_sparsity_and_dimensionality() -> None:
    axes = main_panel(sweep())
    (dots,) = (each for each in axes.get_lines() if each.get_marker() == "." and len(points(each)) > 1)
    drawn = points(dots)
    for place, values in zip(PLACES, D, strict=True):
        there = np.abs(np.log(drawn[:, 0] / place)) < 0.03
        assert sorted(drawn[there, 1]) == sorted(values.ravel())
    assert len(drawn) == D.size
    assert upright(axes)


def test_the_mean_of_D_star_is_named_in_the_legend() -> None:
    axes, entries = main_panel(figure := sweep()), legend(figure)
    drawn = line(axes, "$D^*$, mean of seeds")
    np.testing.assert_allclose(points(drawn), [[1, 0.8], [2, 0.75], [8, 0.37]])
    assert colour(entries["$D^*$, mean of seeds"]) == colour(drawn)
    dots = line(axes, "one feature")
    assert (colour(dots), dots.get_marker()) == (colour(entries["one feature"]), ".")


def test_each_fraction_of_the_claims_is_a_line_in_the_colour_of_its_polytope() -> None:
    axes = main_panel(sweep())
    names = {"1": "dedicated", "3/4": "tetrahedron", "2/3": "triangle", "1/2": "digon", "2/5": "pentagon"}
    names |= {"3/8": "square antiprism", "0": "not represented"}
    heights = {"1": 1.0, **clusters.FRACTIONS}
    labels = {text: y for text, (_, y) in anchors(axes).items()}
    assert labels == {f"{fraction}  {names[fraction]}": value for fraction, value in heights.items()}
    levels = {
        float(points(each)[0, 1]): colour(each) for each in axes.get_lines() if each.get_alpha() == 0.75
    }
    assert set(levels) == set(heights.values())
    for fraction, value in heights.items():
        if fraction != "0":
            assert levels[value] == to_rgb(kind_colour(names[fraction]))


def test_small_graphs_show_the_model_of_their_density_and_point_to_it() -> None:
    figure = sweep()
    axes = main_panel(figure)
    links = {}
    for artist in figure.artists:
        assert isinstance(artist, ConnectionPatch)
        links[artist.xy2[0]] = artist
    for place, features in ((2.0, 4), (8.0, 5)):
        small = next(each for each in figure.axes if each.get_title() == f"$1/(1-S) = {place:g}$")
        (dots,) = (each for each in small.collections if isinstance(each, PathCollection))
        assert len(np.asarray(dots.get_offsets())) == features
        assert links[place].xy1 == (0.5, -0.02)
        assert links[place].coords1 is small.transAxes
        assert links[place].coords2 is axes.transData


def test_graphs_are_in_the_order_of_sparsity() -> None:
    titles = [axes.get_title() for axes in sweep().axes if axes.get_title()]
    assert titles == ["$1/(1-S) = 2$", "$1/(1-S) = 8$"]


@pytest.mark.parametrize("size", [2.4, 8.0])
def test_points_of_features_have_the_size_that_is_asked_for(size: float) -> None:
    D_i = np.full((3, 1, 4), 0.5)
    figure = uniform.feature_dimensionality([1, 2, 4], np.full((3, 1), 0.5), D_i, point_size=size)
    points = [line for line in figure.axes[0].get_lines() if line.get_marker() == "."]
    assert points[0].get_markersize() == size
