"""Polytopes that have a name here, and how far the Gram matrix of some features is from each of them.

Features form a polytope if their Gram matrix is the polytope's, up to the order of the features and their
common length. The paper's polytopes are in #geometry-structures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations, permutations, product
from typing import Final

import numpy as np
import torch
from jaxtyping import Float, Int64
from scipy.optimize import linear_sum_assignment

from tms.analysis import geometry

TOLERANCE: Final = 0.1
"""Largest Gram distance to a polytope that still has its name. One feature of a pentagon that is 10 degrees
off makes 0.11; five corners of a hexagon are 0.42 from a pentagon, a cube 0.43 from a square antiprism."""

_CANDIDATES: Final = 8


@dataclass(frozen=True, eq=False)
class Polytope:
    """A polytope around the origin whose vertices are unit vectors.

    Parameters
    ----------
    name
        Its name.
    vertices
        Shape (vertex, dimension).
    """

    name: str
    vertices: Float[np.ndarray, "vertex dimension"]

    @cached_property
    def gram(self) -> Float[np.ndarray, "vertex vertex"]:
        """Dot products of the vertices."""
        return np.asarray(self.vertices @ self.vertices.T)

    @property
    def size(self) -> int:
        """Number of vertices."""
        return len(self.vertices)

    @property
    def dimension(self) -> int:
        """Dimension of the space that the vertices span."""
        return int(self.vertices.shape[1])

    @cached_property
    def dimensionalities(self) -> Float[np.ndarray, " vertex"]:
        """D_i of each vertex as a feature of norm 1 (#geometry-dimensionality)."""
        return geometry.dimensionality(torch.from_numpy(self.vertices)).numpy()


def polygon(corners: int, turn: float = 0.0) -> Float[np.ndarray, "vertex 2"]:
    """Vertices of a regular polygon."""
    angles = turn + 2 * np.pi * np.arange(corners) / corners
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def simplex(n: int) -> Float[np.ndarray, "vertex dimension"]:
    """Vertices of a regular simplex: n basis vectors projected orthogonally to (1, ..., 1), at unit length.

    Source: #geometry-structures, "Polytopes and Low-Rank Matrices".
    """
    plane = np.linalg.svd(np.eye(n) - 1 / n)[0][:, : n - 1]
    return np.asarray(plane / np.linalg.norm(plane, axis=1, keepdims=True))


def stack(*rings: tuple[int, float, float]) -> Float[np.ndarray, "vertex 3"]:
    """Points on the unit sphere: regular polygons around its axis.

    Parameters
    ----------
    *rings
        Corners, height and turn of each polygon.
    """
    parts = []
    for corners, height, turn in rings:
        flat = np.sqrt(1 - height**2) * polygon(corners, turn)
        parts.append(np.column_stack([flat, np.full(corners, height)]))
    return np.concatenate(parts)


@cache
def known() -> tuple[Polytope, ...]:
    """List the polytopes that have a name here, the paper's first.

    A polytope of orthogonal factors, such as the octahedron of three digons, is not among them: its factors
    are components of their own. Prisms, antiprisms, the tricapped prism and the capped octahedron have the
    heights at which the vertices are a tight frame around its centre, so that every vertex has
    D_i = dimension / vertices, 3/8 for the square antiprism. For the capped octahedron, with a vertex at 1
    and triangles at a and b, that means 1 + 3 a^2 + 3 b^2 = 7/3 and 1 + 3 a + 3 b = 0.
    """
    tight, half = 3**-0.5, np.pi / 3
    golden = (1 + np.sqrt(5)) / 2
    upper, lower = (np.array([1, -1]) * 7**0.5 - 1) / 6
    icosahedron = np.array(
        [np.roll((0.0, a, b * golden), turn) for turn in range(3) for a, b in product((1, -1), repeat=2)]
    )
    halves = np.array([np.isin(np.arange(5), pair) for pair in combinations(range(5), 2)], dtype=np.float64)
    rectified = (halves - 2 / 5) @ simplex(5)
    return (
        Polytope("dedicated", np.ones((1, 1))),
        Polytope("digon", np.array([[1.0], [-1.0]])),
        Polytope("triangle", polygon(3)),
        Polytope("tetrahedron", simplex(4)),
        Polytope("pentagon", polygon(5)),
        Polytope("square antiprism", stack((4, tight, 0), (4, -tight, np.pi / 4))),
        Polytope("hexagon", polygon(6)),
        Polytope("heptagon", polygon(7)),
        Polytope("octagon", polygon(8)),
        Polytope("nonagon", polygon(9)),
        Polytope("5-cell", simplex(5)),
        Polytope("triangular prism", stack((3, tight, 0), (3, -tight, 0))),
        Polytope("capped octahedron", stack((1, 1, 0), (3, upper, 0), (3, lower, half))),
        Polytope("tricapped prism", stack((3, 0.5**0.5, 0), (3, -(0.5**0.5), 0), (3, 0, half))),
        Polytope("cube", stack((4, tight, 0), (4, -tight, 0))),
        Polytope("icosahedron", _unit(icosahedron)),
        Polytope("rectified 5-cell", _unit(rectified)),
    )


def gram_distance(gram: Float[np.ndarray, "feature feature"], polytope: Polytope) -> float:
    """Distance of a Gram matrix from a polytope's, over the order of the features and their common length.

    Parameters
    ----------
    gram
        Dot products of as many features as the polytope has vertices.
    polytope
        The polytope to compare with.

    Returns
    -------
    float
        The least Frobenius norm of ``gram - s P`` over scales s and orders of the polytope's Gram matrix P,
        as a share of the norm of ``gram``: 0 for the polytope itself, at most 1.

    Raises
    ------
    ValueError
        If the number of features differs from the number of vertices.
    """
    if gram.shape != polytope.gram.shape:
        raise ValueError(
            f"gram has shape {gram.shape}; a {polytope.name} has {polytope.size} vertices and needs "
            f"{polytope.gram.shape}."
        )
    norms = float(np.linalg.norm(gram) * np.linalg.norm(polytope.gram))
    # No order can have a larger overlap than the sorted entries.
    bound = _distance(np.sort(gram.ravel()) @ np.sort(polytope.gram.ravel()), norms)
    if bound > TOLERANCE or polytope.size == 1:
        return bound
    orders = _orders(_vertices(gram, polytope.dimension), polytope.vertices)
    return min(
        _distance(float((gram[np.ix_(order, order)] * polytope.gram).sum()), norms) for order in orders
    )


def _vertices(gram: Float[np.ndarray, "n n"], dimension: int) -> Float[np.ndarray, "n dimension"]:
    """Return vectors whose Gram matrix is the nearest one of rank `dimension`."""
    values, vectors = np.linalg.eigh(gram)
    return np.asarray(vectors[:, -dimension:] * np.sqrt(values[-dimension:].clip(min=0)))


def _orders(
    X: Float[np.ndarray, "n dimension"], P: Float[np.ndarray, "n dimension"]
) -> Iterator[Int64[np.ndarray, " n"]]:
    """Yield orders in which the vectors X may match the vertices P best; their relative rotation is unknown.

    Every choice of vectors for the vertices of a basis gives a rotation. The rotations that bring all vectors
    nearest to vertices give the orders.
    """
    n, d = P.shape
    basis = max(combinations(range(n), d), key=lambda rows: abs(np.linalg.det(P[list(rows)])))
    tuples = np.array(list(permutations(range(n), d)))
    left, _, right = np.linalg.svd(np.einsum("tki,kj->tij", X[tuples], P[list(basis)]))
    overlaps = X @ (left @ right) @ P.T
    scores = overlaps.max(axis=1).sum(axis=-1)
    for best in np.argsort(-scores)[:_CANDIDATES]:
        yield linear_sum_assignment(-overlaps[best].T)[1]


def nearest_polytope(gram: Float[np.ndarray, "feature feature"]) -> tuple[Polytope | None, float]:
    """Find the nearest known polytope of as many vertices and its distance; None and 1 if there is none."""
    distances = [(gram_distance(gram, p), p) for p in known() if p.size == len(gram)]
    if not distances:
        return None, 1.0
    distance, polytope = min(distances, key=lambda pair: pair[0])
    return polytope, distance


def _distance(overlap: float, norms: float) -> float:
    return float(np.sqrt(max(0.0, 1 - (overlap / norms) ** 2)))


def _unit(vectors: Float[np.ndarray, "vertex dimension"]) -> Float[np.ndarray, "vertex dimension"]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
