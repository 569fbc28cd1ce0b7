"""Components and the polytopes that they form: in any order, turn and size, and what is no polytope."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import block_diag

from tms.analysis import components, geometry, polytopes

KNOWN = {polytope.name: polytope for polytope in polytopes.known()}
PAPER = {
    "dedicated": 1.0,
    "digon": 1 / 2,
    "triangle": 2 / 3,
    "tetrahedron": 3 / 4,
    "pentagon": 2 / 5,
    "square antiprism": 3 / 8,
}
BENT = np.array([[1.0, 0.0], [np.cos(np.deg2rad(146)), np.sin(np.deg2rad(146))]])
"""A pair whose Gram matrix is near enough to that of a digon, in a second dimension that is just not flat."""


def names(W: np.ndarray) -> list[str]:
    return [component.name for component in components.identify(torch.from_numpy(W))]


def distance(vertices: np.ndarray, name: str) -> float:
    return polytopes.gram_distance(vertices @ vertices.T, KNOWN[name])


def rotated(vertices: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    rotation: np.ndarray = np.linalg.qr(rng.normal(size=(vertices.shape[1],) * 2))[0]
    return np.asarray(vertices @ rotation)


@settings(max_examples=12, deadline=None)
@given(name=st.sampled_from(sorted(KNOWN)), seed=st.integers(0, 2**32 - 1), scale=st.floats(0.6, 2))
def test_a_polytope_is_known_in_any_order_turn_and_size(name: str, seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    vertices = rotated(scale * rng.permutation(KNOWN[name].vertices), rng)
    assert names(vertices) == [name]
    assert distance(vertices, name) < 1e-6


@pytest.mark.parametrize("name", ["pentagon", "square antiprism", "tetrahedron"])
def test_a_polytope_is_known_with_the_noise_of_training(name: str) -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        vertices = rotated(rng.permutation(KNOWN[name].vertices), rng)
        assert names(vertices + 0.02 * rng.normal(size=vertices.shape)) == [name]


def test_a_distance_is_the_sine_of_the_angle_between_gram_matrices() -> None:
    one, other = BENT @ BENT.T, KNOWN["digon"].gram
    angle = np.arccos((one * other).sum() / np.linalg.norm(one) / np.linalg.norm(other))
    assert distance(BENT, "digon") == pytest.approx(np.sin(angle))


def test_a_hexagon_and_a_hexagon_without_a_corner_are_no_pentagons() -> None:
    assert names(polytopes.polygon(6)) == ["hexagon"]
    assert names(polytopes.polygon(6)[:5]) == ["5 in 2 dimensions"]
    assert distance(polytopes.polygon(6)[:5], "pentagon") > 2 * polytopes.TOLERANCE


def test_a_cube_is_no_square_antiprism_though_its_fraction_is_the_same() -> None:
    cube = KNOWN["cube"]
    assert cube.dimensionalities[0] == pytest.approx(3 / 8)
    assert names(cube.vertices) == ["cube"]


@pytest.mark.parametrize(
    "vertices",
    [
        np.array([[1.0], [1.0]]),
        np.array([[1.0], [-0.6]]),
        np.array([[1.0, 0.0], [-0.77, 0.64]]),
        BENT,
        0.6 * BENT,
        np.array([[1.0, 0.0], [-0.5, 0.8], [-0.5, -0.1 - 0.8]]) * np.array([[0.6], [1.0], [1.4]]),
    ],
    ids=["two alike", "unequal pair", "pair at 140 degrees", "bent", "small and bent", "unequal triangle"],
)
def test_what_is_no_polytope_has_no_name(vertices: np.ndarray) -> None:
    assert names(vertices)[0].endswith("dimensions")


def test_random_directions_are_one_component_without_a_name() -> None:
    W = np.random.default_rng(1).normal(size=(30, 5))
    assert names(W) == ["30 in 5 dimensions"]


def test_a_tegum_product_falls_apart_into_its_factors() -> None:
    rng = np.random.default_rng(2)
    factors = ["square antiprism", "pentagon", "tetrahedron", "triangle", "digon", "dedicated"]
    W = rotated(block_diag(*[KNOWN[name].vertices for name in factors]), rng)
    order = rng.permutation(len(W))
    found = components.identify(torch.from_numpy(W[order]))
    assert [component.name for component in found] == factors
    for component in found:
        np.testing.assert_allclose(component.D, PAPER[component.name], atol=1e-9)
        assert component.dimension == KNOWN[component.name].dimension
    assert sorted(i for component in found for i in component.features) == list(range(len(W)))


def test_an_octahedron_is_three_digons() -> None:
    assert names(np.concatenate([np.eye(3), -np.eye(3)])) == ["digon"] * 3


def test_features_that_are_not_represented_belong_to_no_component() -> None:
    W = torch.tensor([[1.0, 0.0], [0.1, 0.1], [-1.0, 0.0]])
    assert components.connected_components(W) == [(0, 2)]
    assert components.connected_components(0.1 * W) == []


def test_measured_dimensionality_counts_the_whole_embedding() -> None:
    W = torch.cat([torch.from_numpy(KNOWN["digon"].vertices), torch.tensor([[0.4]])])
    [component] = components.identify(W)
    np.testing.assert_allclose(component.D, geometry.dimensionality(W)[:2].numpy())
    assert component.D[0] < 0.5


def test_a_model_is_named_by_its_components_largest_first() -> None:
    W = block_diag(KNOWN["digon"].vertices, KNOWN["pentagon"].vertices)
    assert components.tegum_name(torch.from_numpy(W)) == "pentagon + digon"


def known_and_unknown() -> list[list[components.Component]]:
    """A model with a pentagon and a digon, and one that is five corners of a hexagon."""
    W = block_diag(KNOWN["digon"].vertices, KNOWN["pentagon"].vertices)
    return [components.identify(torch.from_numpy(V)) for V in (W, polytopes.polygon(6)[:5])]


def test_the_share_in_known_polytopes_counts_features_and_not_components() -> None:
    assert components.in_known_polytopes(known_and_unknown()) == pytest.approx(7 / 12)
    assert np.isnan(components.in_known_polytopes([[], []]))


def test_the_mean_size_of_a_component_is_that_which_a_feature_sees() -> None:
    assert components.mean_size(known_and_unknown()) == pytest.approx((5 * 5 + 2 * 2 + 5 * 5) / 12)


def test_the_deviation_of_a_polytope_is_zero_and_that_of_other_components_does_not_count() -> None:
    assert components.deviation_from_polytopes(known_and_unknown()) == pytest.approx(0, abs=1e-9)


def test_a_small_feature_beside_a_digon_moves_its_dimensionalities_off_a_half() -> None:
    W = torch.cat([torch.from_numpy(KNOWN["digon"].vertices), torch.tensor([[0.4]])])
    expected = 0.5 - float(geometry.dimensionality(W)[0])
    beside = components.identify(W)
    assert components.deviation_from_polytopes([beside]) == pytest.approx(expected)
    exact = components.identify(torch.from_numpy(KNOWN["pentagon"].vertices))
    # The median over features: three of seven would be 0 in a mean over components.
    assert components.deviation_from_polytopes([beside, exact]) == pytest.approx(0, abs=1e-9)
    assert components.deviation_from_polytopes([beside, beside, exact[:0]]) == pytest.approx(expected)


def test_the_component_of_a_feature_is_the_one_that_holds_it() -> None:
    digon, triangle = (KNOWN[name].vertices for name in ("digon", "triangle"))
    W = torch.from_numpy(np.concatenate([block_diag(digon, triangle), np.zeros((1, 3))]))
    for feature, name in enumerate(["digon"] * 2 + ["triangle"] * 3):
        found = components.component_of(W, feature)
        assert found is not None
        assert found.name == name
    assert components.component_of(W, 5) is None
