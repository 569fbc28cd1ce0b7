"""The atlas of small models: legibility and content."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from figures import atlas
from figures.toolkit.style import BLUE, GREY, ORANGE
from tests.helpers.embeddings import DIGON, Floats, direct_sum, polygon
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import Colour, points, same_picture, shown_texts, upright
from tms.analysis import components, polytopes


def example() -> Figure:
    digons = direct_sum(DIGON, DIGON)
    embeddings = {2: digons, 3: np.concatenate([np.eye(3), -np.eye(3)])[:4]}
    five = {2: polygon(5), 3: direct_sum(polygon(3), DIGON)}
    return atlas.atlas(
        {(n, m, x): shape[m] for n, shape in ((4, embeddings), (5, five)) for m in (2, 3) for x in (5, 20)}
    )


def test_the_figure_is_legible_and_small(tmp_path: Path) -> None:
    assert_legible(example(), tmp_path)


def test_labels_are_in_the_symbols_of_the_paper() -> None:
    labels = {"$n=4$", "2 × digon", "0.500 × 4", "pentagon", "0.400 × 5", "triangle\ndigon"}
    assert labels <= shown_texts(example())


TURN = 0.4
ROTATION = np.array([[np.cos(TURN), np.sin(TURN)], [-np.sin(TURN), np.cos(TURN)]])
UNEQUAL = np.array([[1.0, 0.0], [0.0, 1.1], [-0.9, 0.1], [0.1, -0.8]]) @ ROTATION
MODELS = {
    (4, 2, 5.0): UNEQUAL,
    (5, 2, 5.0): 0.95 * polygon(5, 0.2),
    (4, 2, 20.0): direct_sum(DIGON, DIGON),
    (3, 3, 5.0): np.eye(3),
    (5, 3, 5.0): direct_sum(polygon(3), DIGON),
}


def cell(figure: Figure, n: int, m: int, inverse: float) -> Axes:
    """Return the cell below the title of n, beside the label of m and of the density."""
    label = f"$m={m}$\n$\\frac{{1}}{{1-S}}={inverse:g}$"
    (column,) = (axes for axes in figure.axes if axes.get_title() == f"$n={n}$")
    (row,) = (axes for axes in figure.axes if label in names(axes))
    (found,) = (axes for axes in figure.axes if grid(axes) == (grid(row)[0], grid(column)[1]))
    return found


def grid(axes: Axes) -> tuple[int, int]:
    """Return the row and the column of a cell."""
    spec = axes.get_subplotspec()
    assert spec is not None
    return spec.rowspan.start, spec.colspan.start


def nodes(axes: Axes) -> PathCollection:
    (found,) = (each for each in axes.collections if isinstance(each, PathCollection))
    return found


def dots(axes: Axes) -> tuple[Floats, list[Colour]]:
    found = nodes(axes)
    faces = [to_rgb(face) for face in np.asarray(found.get_facecolor())]
    return np.asarray(found.get_offsets(), dtype=np.float64), faces


def names(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_each_model_is_in_the_row_of_its_density_and_the_column_of_its_size() -> None:
    figure = atlas.atlas(MODELS)
    expected = {
        (5, 2, 5.0): ["pentagon", "0.400 × 5"],
        (4, 2, 20.0): ["2 × digon", "0.500 × 4"],
        (3, 3, 5.0): ["3 × dedicated", "1.000 × 3"],
        (5, 3, 5.0): ["triangle\ndigon", "0.667 × 3\n0.500 × 2"],
    }
    for key, texts in expected.items():
        assert names(cell(figure, *key)) == texts, key
    assert not cell(figure, 3, 2, 5.0).has_data()
    assert not cell(figure, 4, 3, 5.0).has_data()


def test_sizes_and_densities_increase_whatever_the_order_of_models() -> None:
    titles = [axes.get_title() for axes in atlas.atlas(MODELS).axes if axes.get_title()]
    assert titles == ["$n=3$", "$n=4$", "$n=5$"]
    assert same_picture(atlas.atlas(MODELS), atlas.atlas(dict(reversed(MODELS.items()))))


def test_a_flat_model_is_congruent_to_its_picture_with_the_longest_feature_at_the_top() -> None:
    axes = cell(atlas.atlas(MODELS), 4, 2, 5.0)
    flat, _ = dots(axes)
    np.testing.assert_allclose(flat @ flat.T, UNEQUAL @ UNEQUAL.T, atol=1e-9)
    np.testing.assert_allclose(flat[1], [0, 1.1], atol=1e-9)
    assert upright(axes)
    assert axes.get_aspect() == 1
    ends = [points(each)[1] for each in axes.get_lines() if len(points(each)) == 2]
    np.testing.assert_allclose(ends, flat)


def test_orthogonal_factors_have_colours_of_their_own() -> None:
    figure = atlas.atlas(MODELS)
    _, shades = dots(cell(figure, 5, 3, 5.0))
    assert shades == [to_rgb(BLUE)] * 3 + [to_rgb(ORANGE)] * 2
    _, shades = dots(cell(figure, 5, 2, 5.0))
    assert shades == [to_rgb(BLUE)] * 5


def test_a_feature_that_is_not_represented_is_grey() -> None:
    W = np.array([[0.1, 0.0], [0.0, 1.0], [0.0, -1.0]])
    _, shades = dots(cell(atlas.atlas({(3, 2, 5.0): W}), 3, 2, 5.0))
    assert shades == [to_rgb(GREY), to_rgb(BLUE), to_rgb(BLUE)]


def test_names_are_those_that_the_claims_measure() -> None:
    hexagon_without_one = polygon(6)[:5]
    axes = cell(atlas.atlas({(5, 2, 5.0): hexagon_without_one}), 5, 2, 5.0)
    (component,) = components.identify(torch.from_numpy(hexagon_without_one))
    assert names(axes)[0].replace("\n", " ") == component.name == "5 in 2 dimensions"


@pytest.mark.parametrize(
    ("ratios", "text"),
    [
        ([0.998], "0.500 × 2"),  # D_i = 0.501 and 0.499
        ([0.99], "0.505 × 1\n0.495 × 1"),
        ([0.998, 0], "1.000 × 1\n0.500 × 2"),
        ([0.99, 0], "1.000 × 1\n… 0.495 × 1"),
        ([0.99, 0.98], "0.510 × 1\n… 0.490 × 1"),
    ],
)
def test_nearly_equal_dimensionalities_are_one_group_and_of_many_groups_the_extremes_are_given(
    ratios: list[float], text: str
) -> None:
    """A pair of norms 1 and r has D_i = 1/(1 + r²) and r²/(1 + r²)."""
    W = np.concatenate([np.outer((1, -r), np.eye(2)[axis]) for axis, r in enumerate(ratios)])
    assert names(cell(atlas.atlas({(len(W), 2, 5.0): W}), len(W), 2, 5.0))[1] == text


def solid(name: str) -> Floats:
    (found,) = (polytope.vertices for polytope in polytopes.known() if polytope.name == name)
    return found


@pytest.mark.parametrize(("name", "count"), [("cube", 12), ("square antiprism", 16), ("triangular prism", 9)])
def test_lines_are_the_edges_of_the_hull_without_diagonals(name: str, count: int) -> None:
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    W = solid(name) @ turn
    axes = cell(atlas.atlas({(len(W), 3, 5.0): W}), len(W), 3, 5.0)
    flat, _ = dots(axes)
    drawn = set()
    for each in axes.get_lines():
        ends = [int(np.linalg.norm(flat - end, axis=1).argmin()) for end in points(each)]
        drawn.add(frozenset(ends))
    assert len(drawn) == len(axes.get_lines()) == count
    lengths = {frozenset((i, j)): np.linalg.norm(W[i] - W[j]) for i in range(len(W)) for j in range(i)}
    # The edges of these solids are their shortest distances.
    assert drawn <= set(sorted(lengths, key=lambda pair: lengths[pair])[: count + 2])


def test_up_to_four_represented_features_are_joined_to_the_origin() -> None:
    tetrahedron, axes_and_a_trace = solid("tetrahedron"), np.vstack([np.eye(3), 0.2 * np.ones(3)])
    for W, represented in ((tetrahedron, 4), (axes_and_a_trace, 3)):
        axes = cell(atlas.atlas({(4, 3, 5.0): W}), 4, 3, 5.0)
        flat, _ = dots(axes)
        starts, ends = np.array([points(each) for each in axes.get_lines()]).swapaxes(0, 1)
        np.testing.assert_array_equal(starts, np.zeros((represented, 2)))
        np.testing.assert_allclose(ends, flat[:represented])


BOX = np.array(list(product((-0.9, 0.9), (-0.6, 0.6), (-0.4, 0.4))))


def test_a_solid_is_seen_along_its_principal_axes_and_from_one_direction() -> None:
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    pictures = []
    for W in (BOX, BOX @ turn):
        axes = cell(atlas.atlas({(8, 3, 5.0): W}), 8, 3, 5.0)
        flat, sizes = dots(axes)[0], np.asarray(nodes(axes).get_sizes())
        nearness = sizes - sizes.mean()
        depth = np.sqrt((W**2).sum(1) - (flat**2).sum(1))
        np.testing.assert_allclose(np.abs(nearness) / depth, nearness.max() / depth.max(), rtol=1e-6)
        pictures.append(sorted(map(tuple, flat.round(6).tolist())))
    np.testing.assert_allclose(pictures[0], pictures[1], atol=1e-5)


def test_edges_behind_are_fainter_and_nodes_in_front_larger() -> None:
    W = solid("triangular prism") @ np.diag([1.0, 1.05, 1.4])
    axes = cell(atlas.atlas({(6, 3, 5.0): W}), 6, 3, 5.0)
    flat, _ = dots(axes)
    sizes = np.asarray(nodes(axes).get_sizes())
    middle = np.median(sizes)
    for each in axes.get_lines():
        ends = [int(np.linalg.norm(flat - end, axis=1).argmin()) for end in points(each)]
        if sizes[ends].max() < middle:
            assert each.get_alpha() == 0.5
        if sizes[ends].min() > middle:
            assert each.get_alpha() == 1


def test_a_model_of_another_size_than_it_says_is_refused() -> None:
    with pytest.raises(ValueError, match=r"must have shape \[4, 2\], not \(5, 2\)"):
        atlas.atlas({(4, 2, 5.0): polygon(5)})
    with pytest.raises(ValueError, match="m = 2 or 3"):
        atlas.atlas({(4, 4, 5.0): np.eye(4)})
