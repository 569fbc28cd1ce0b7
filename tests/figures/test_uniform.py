"""Figures of uniform superposition: legibility, content, and the names that the claims use."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
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
    Colour,
    Picture,
    anchors,
    band,
    colour,
    corners,
    legend,
    line,
    near,
    panels,
    points,
    same_picture,
    shown_texts,
    shuffled,
    upright,
)
from tms.analysis import clusters, components

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


# A triangle, a digon, a pentagon, a dedicated feature and one that is not represented, features in any order.
MIXED = direct_sum(polygon(3, 0.1), DIGON, polygon(5, 0.2), np.ones((1, 1)), np.array([[0.3]]))
ORDER = np.array([7, 0, 11, 3, 9, 5, 2, 10, 6, 4, 1, 8])


def nodes(axes: Axes) -> tuple[Floats, list[Colour]]:
    (dots,) = (each for each in axes.collections if isinstance(each, PathCollection))
    faces = [to_rgb(face) for face in np.asarray(dots.get_facecolor())]
    return np.asarray(dots.get_offsets(), dtype=np.float64), faces


def edges(axes: Axes) -> list[tuple[Floats, Colour]]:
    (lines,) = (each for each in axes.collections if isinstance(each, LineCollection))
    segments = [np.asarray(segment, dtype=np.float64) for segment in lines.get_segments()]
    return [
        (ends, to_rgb(shade)) for ends, shade in zip(segments, np.asarray(lines.get_color()), strict=True)
    ]


def test_components_have_the_names_that_the_claims_measure() -> None:
    W = MIXED[ORDER]
    figure = uniform.geometry_graph(W)
    found = [component.name for component in components.identify(torch.from_numpy(W))]
    counts = {f"{found.count(name)} × {name}" for name in found}
    assert counts == {"1 × pentagon", "1 × triangle", "1 × digon", "1 × dedicated"}
    assert {label for label in legend(figure) if "×" in label} == counts


def test_a_component_that_only_has_the_size_of_a_polytope_does_not_get_its_name() -> None:
    five_of_a_hexagon = polygon(6)[:5]
    assert "1 × 5 in 2 dimensions" in legend(uniform.geometry_graph(five_of_a_hexagon))


@pytest.mark.parametrize(("cosine", "label"), [(0.19, "2 × dedicated"), (0.21, "1 × 2 in 2 dimensions")])
def test_features_are_joined_from_the_cosine_of_the_claims(cosine: float, label: str) -> None:
    W = np.array([[1.0, 0.0], [cosine, np.sqrt(1 - cosine**2)]])
    assert len(components.connected_components(torch.from_numpy(W))) == (
        2 if cosine < components.ORTHOGONAL else 1
    )
    assert label in legend(uniform.geometry_graph(W))


def test_each_feature_is_a_node_in_the_colour_of_its_kind() -> None:
    W = MIXED[ORDER]
    figure = uniform.geometry_graph(W)
    (axes,) = figure.axes
    kinds = np.array(["triangle"] * 3 + ["digon"] * 2 + ["pentagon"] * 5 + ["dedicated"] + [""])[ORDER]
    entries = legend(figure)
    _, shades = nodes(axes)
    assert shades == [colour(entries[f"1 × {kind}"]) for kind in kinds if kind]


def test_edges_join_interfering_features_and_show_the_sign() -> None:
    W = MIXED[ORDER]
    figure = uniform.geometry_graph(W)
    (axes,) = figure.axes
    places, _ = nodes(axes)
    entries = legend(figure)
    kept = np.flatnonzero(np.linalg.norm(W, axis=1) > 0.5)
    gram = W[kept] @ W[kept].T
    expected = {}
    for i, j in zip(*np.nonzero(np.triu(np.abs(gram) > 0.2, 1)), strict=True):
        sign = r"$W_i\cdot W_j > 0$" if gram[i, j] > 0 else r"$W_i\cdot W_j < 0$"
        expected[tuple(places[i]), tuple(places[j])] = colour(entries[sign])
    assert {(tuple(ends[0]), tuple(ends[1])): shade for ends, shade in edges(axes)} == expected
    assert len(expected) == 3 + 1 + 10


def test_no_edge_leads_to_a_feature_that_is_not_represented() -> None:
    W = np.array([[1.0, 0.0], [0.0, 1.0], [0.3, 0.1]])
    assert [edges(uniform.geometry_graph(each).axes[0]) for each in (W, W[[2, 1, 0]])] == [[], []]


def test_an_edge_is_as_wide_as_its_dot_product() -> None:
    figure = uniform.geometry_graph(direct_sum(DIGON, np.sqrt(0.5) * DIGON))
    (axes,) = figure.axes
    (lines,) = (each for each in axes.collections if isinstance(each, LineCollection))
    first, second = np.asarray(lines.get_linewidth())
    assert first == pytest.approx(2 * second)


def test_features_of_a_ring_follow_each_other_as_their_angles_do() -> None:
    order = [2, 0, 4, 1, 3]
    figure = uniform.geometry_graph(polygon(5, 0.3)[order])
    places, _ = nodes(figure.axes[0])
    centre = places.mean(0)
    turns = np.arctan2(*(places - centre).T[::-1])
    around = np.argsort(turns)
    # Neighbours on the drawn ring are neighbours of the pentagon, in one direction or the other.
    steps = np.diff(np.array(order)[np.append(around, around[0])]) % 5
    assert set(steps.tolist()) in ({1}, {4})


def test_the_largest_component_is_first() -> None:
    figure = uniform.geometry_graph(MIXED[ORDER])
    assert next(iter(legend(figure))) == "1 × pentagon"
    places, shades = nodes(figure.axes[0])
    pentagon = places[[shade == colour(legend(figure)["1 × pentagon"]) for shade in shades]]
    assert pentagon.min(0)[0] == pytest.approx(places.min(0)[0])
    assert pentagon.max(0)[1] == pytest.approx(places.max(0)[1])


def test_a_rendered_node_has_its_colour() -> None:
    figure = uniform.geometry_graph(MIXED)
    picture, (axes,) = Picture(figure), figure.axes
    for place, shade in zip(*nodes(axes), strict=True):
        assert picture.colour(axes, *place) == near(shade)


@pytest.mark.parametrize("size", [2.4, 8.0])
def test_points_of_features_have_the_size_that_is_asked_for(size: float) -> None:
    D_i = np.full((3, 1, 4), 0.5)
    figure = uniform.feature_dimensionality([1, 2, 4], np.full((3, 1), 0.5), D_i, point_size=size)
    points = [line for line in figure.axes[0].get_lines() if line.get_marker() == "."]
    assert points[0].get_markersize() == size
