"""The graph of interfering features: its nodes, edges, colours, and the names that the claims use."""

import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgb

from figures import uniform
from tests.helpers.embeddings import DIGON, Floats, direct_sum, polygon
from tests.helpers.pictures import Colour, Picture, colour, legend, near
from tms.analysis import components

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
