"""Components and polytopes: what is known by its name, in any order, turn and size, and what is not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import block_diag

from tms.analysis import geometry, polytopes

KNOWN = {polytope.name: polytope for polytope in polytopes.known()}
PAPER = {
    "dedicated": 1.0,
    "digon": 1 / 2,
    "triangle": 2 / 3,
    "tetrahedron": 3 / 4,
    "pentagon": 2 / 5,
    "square antiprism": 3 / 8,
}


def names(W: np.ndarray) -> list[str]:
    return [component.name for component in polytopes.identify(torch.from_numpy(W))]


def distance(vertices: np.ndarray, name: str) -> float:
    return polytopes.gram_distance(vertices @ vertices.T, KNOWN[name])


def rotated(vertices: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return vertices @ np.linalg.qr(rng.normal(size=(vertices.shape[1],) * 2))[0]


def test_every_polytope_has_unit_vertices_that_are_told_apart_and_add_up_to_its_dimension():
    for polytope in KNOWN.values():
        np.testing.assert_allclose(np.linalg.norm(polytope.vertices, axis=1), 1, atol=1e-12)
        assert np.linalg.matrix_rank(polytope.vertices) == polytope.dimension
        assert polytope.gram[~np.eye(polytope.size, dtype=bool)].max(initial=-1) < 1 - 1e-9
        if polytope.name != "capped octahedron":
            np.testing.assert_allclose(
                polytope.dimensionalities, polytope.dimension / polytope.size, atol=1e-9
            )


@pytest.mark.parametrize(("name", "fraction"), PAPER.items())
def test_the_papers_polytopes_have_the_papers_fractions(name, fraction):
    assert KNOWN[name].dimensionalities[0] == pytest.approx(fraction)


@settings(max_examples=12, deadline=None)
@given(name=st.sampled_from(sorted(KNOWN)), seed=st.integers(0, 2**32 - 1), scale=st.floats(0.6, 2))
def test_a_polytope_is_known_in_any_order_turn_and_size(name, seed, scale):
    rng = np.random.default_rng(seed)
    vertices = rotated(scale * rng.permutation(KNOWN[name].vertices), rng)
    assert names(vertices) == [name]
    assert distance(vertices, name) < 1e-6


@pytest.mark.parametrize("name", ["pentagon", "square antiprism", "tetrahedron"])
def test_a_polytope_is_known_with_the_noise_of_training(name):
    rng = np.random.default_rng(0)
    for _ in range(20):
        vertices = rotated(rng.permutation(KNOWN[name].vertices), rng)
        assert names(vertices + 0.02 * rng.normal(size=vertices.shape)) == [name]


def test_no_known_polytope_passes_as_another():
    for one in KNOWN.values():
        for other in KNOWN.values():
            if one is not other and one.size == other.size:
                assert polytopes.gram_distance(one.gram, other) > 2 * polytopes.TOLERANCE


def test_a_hexagon_and_a_hexagon_without_a_corner_are_no_pentagons():
    assert names(polytopes.polygon(6)) == ["hexagon"]
    assert names(polytopes.polygon(6)[:5]) == ["5 in 2 dimensions"]
    assert distance(polytopes.polygon(6)[:5], "pentagon") > 2 * polytopes.TOLERANCE


def test_a_cube_is_no_square_antiprism_though_its_fraction_is_the_same():
    cube = KNOWN["cube"]
    assert cube.dimensionalities[0] == pytest.approx(3 / 8)
    assert names(cube.vertices) == ["cube"]


@pytest.mark.parametrize(
    "vertices",
    [
        np.array([[1.0], [1.0]]),
        np.array([[1.0], [-0.6]]),
        np.array([[1.0, 0.0], [-0.77, 0.64]]),
        np.array([[1.0, 0.0], [-0.5, 0.8], [-0.5, -0.1 - 0.8]]) * np.array([[0.6], [1.0], [1.4]]),
    ],
    ids=["two alike", "unequal pair", "pair at 140 degrees", "unequal triangle"],
)
def test_what_is_no_polytope_has_no_name(vertices):
    assert names(vertices)[0].endswith("dimensions")


def test_random_directions_are_one_component_without_a_name():
    W = np.random.default_rng(1).normal(size=(30, 5))
    assert names(W) == ["30 in 5 dimensions"]


def test_a_tegum_product_falls_apart_into_its_factors():
    rng = np.random.default_rng(2)
    factors = ["square antiprism", "pentagon", "tetrahedron", "triangle", "digon", "dedicated"]
    W = rotated(block_diag(*[KNOWN[name].vertices for name in factors]), rng)
    order = rng.permutation(len(W))
    found = polytopes.identify(torch.from_numpy(W[order]))
    assert [component.name for component in found] == factors
    for component in found:
        np.testing.assert_allclose(component.D, PAPER[component.name], atol=1e-9)
        assert component.dimension == KNOWN[component.name].dimension
    assert sorted(i for component in found for i in component.features) == list(range(len(W)))


def test_an_octahedron_is_three_digons():
    assert names(np.concatenate([np.eye(3), -np.eye(3)])) == ["digon"] * 3


def test_features_that_are_not_represented_belong_to_no_component():
    W = torch.tensor([[1.0, 0.0], [0.1, 0.1], [-1.0, 0.0]])
    assert polytopes.components(W) == [(0, 2)]
    assert polytopes.components(0.1 * W) == []


def test_simplices_are_projected_basis_vectors():
    for n in range(2, 9):
        vertices = polytopes.simplex(n)
        gram = vertices @ vertices.T
        np.testing.assert_allclose(gram[~np.eye(n, dtype=bool)], -1 / (n - 1), atol=1e-12)
        projected = np.eye(n) - np.ones((n, n)) / n
        np.testing.assert_allclose(gram, projected * n / (n - 1), atol=1e-12)


def test_a_gram_matrix_of_another_size_is_refused():
    with pytest.raises(ValueError, match="5 vertices"):
        polytopes.gram_distance(np.eye(4), KNOWN["pentagon"])


def test_measured_dimensionality_counts_the_whole_embedding():
    W = torch.cat([torch.from_numpy(KNOWN["digon"].vertices), torch.tensor([[0.4]])])
    [component] = polytopes.identify(W)
    np.testing.assert_allclose(component.D, geometry.dimensionality(W)[:2].numpy())
    assert component.D[0] < 0.5
