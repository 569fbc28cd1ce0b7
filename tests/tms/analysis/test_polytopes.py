"""Known polytopes: their shapes, and distances of Gram matrices from them."""

from __future__ import annotations

import numpy as np
import pytest

from tms.analysis import polytopes

KNOWN = {polytope.name: polytope for polytope in polytopes.known()}
PAPER = {
    "dedicated": 1.0,
    "digon": 1 / 2,
    "triangle": 2 / 3,
    "tetrahedron": 3 / 4,
    "pentagon": 2 / 5,
    "square antiprism": 3 / 8,
}


def test_every_polytope_has_unit_vertices_that_are_told_apart_and_add_up_to_its_dimension() -> None:
    for polytope in KNOWN.values():
        np.testing.assert_allclose(np.linalg.norm(polytope.vertices, axis=1), 1, atol=1e-12)
        assert np.linalg.matrix_rank(polytope.vertices) == polytope.dimension
        assert polytope.gram[~np.eye(polytope.size, dtype=bool)].max(initial=-1) < 1 - 1e-9
        np.testing.assert_allclose(polytope.dimensionalities, polytope.dimension / polytope.size, atol=1e-9)
        if polytope.size > 1:
            np.testing.assert_allclose(polytope.vertices.sum(0), 0, atol=1e-9)


@pytest.mark.parametrize(("name", "fraction"), PAPER.items())
def test_the_papers_polytopes_have_the_papers_fractions(name: str, fraction: float) -> None:
    assert KNOWN[name].dimensionalities[0] == pytest.approx(fraction)


def test_no_known_polytope_passes_as_another() -> None:
    for one in KNOWN.values():
        for other in KNOWN.values():
            if one is not other and one.size == other.size:
                assert polytopes.gram_distance(one.gram, other) > 2 * polytopes.TOLERANCE


def test_simplices_are_projected_basis_vectors() -> None:
    for n in range(2, 9):
        vertices = polytopes.simplex(n)
        gram = vertices @ vertices.T
        np.testing.assert_allclose(gram[~np.eye(n, dtype=bool)], -1 / (n - 1), atol=1e-12)
        projected = np.eye(n) - np.ones((n, n)) / n
        np.testing.assert_allclose(gram, projected * n / (n - 1), atol=1e-12)


def test_a_gram_matrix_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="5 vertices"):
        polytopes.gram_distance(np.eye(4), KNOWN["pentagon"])


def test_the_nearest_polytope_has_as_many_vertices_and_one_that_is_unknown_has_none() -> None:
    nearest, distance = polytopes.nearest_polytope(KNOWN["cube"].gram)
    assert nearest is KNOWN["cube"]
    assert distance == pytest.approx(0, abs=1e-6)
    assert polytopes.nearest_polytope(np.eye(40)) == (None, 1.0)
