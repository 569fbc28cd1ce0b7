"""Components of a model's interference graph, and the polytope that each of them forms.

Features that interfere with each other, directly or through others, form a component; the components lie in
orthogonal subspaces and are the paper's tegum factors (#geometry-structures).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from scipy.sparse import csgraph
from torch import Tensor

from tms.analysis import geometry
from tms.analysis.polytopes import TOLERANCE, Polytope, nearest_polytope

ORTHOGONAL: Final = 0.2
"""Largest |cosine| of two features that count as orthogonal: two thirds of a pentagon's smallest, 0.31."""

FLAT: Final = 0.3
"""Singular values below this share of the largest one are noise of training and no dimension."""


@dataclass(frozen=True, eq=False)
class Component:
    """Features that interfere with each other and with no others.

    Parameters
    ----------
    features
        Indices of the features, increasing.
    dimension
        Dimension of the space that they span; singular values below `FLAT` of the largest one do not count.
    polytope
        The polytope that they form; None if no known one of this dimension is near enough.
    distance
        Gram distance to the nearest known polytope of as many vertices, 1 if there is none.
    D
        D_i of each feature in the whole embedding, shape (feature,).
    """

    features: tuple[int, ...]
    dimension: int
    polytope: Polytope | None
    distance: float
    D: Float[np.ndarray, " feature"]

    @property
    def name(self) -> str:
        """The polytope's name, or the numbers of features and dimensions."""
        if self.polytope is not None:
            return self.polytope.name
        return f"{len(self.features)} in {self.dimension} dimensions"


def connected_components(
    W: Float[Tensor, "feature hidden"], orthogonal: float = ORTHOGONAL
) -> list[tuple[int, ...]]:
    """Find the connected components of the interference graph of the represented features, largest first.

    Parameters
    ----------
    W
        Embedding of one model.
    orthogonal
        Largest |cosine| of two features that are not joined.

    Returns
    -------
    list of tuple of int
        The features of each component, increasing.

    Notes
    -----
    Source: #geometry-structures, "two subgraphs are disconnected if and only if they are in different tegum
    factors".
    """
    there = geometry.represented(W)
    numbers = torch.nonzero(there)[:, 0].numpy()
    joined = (geometry.cosines(W[there]).abs() > orthogonal).numpy()
    count, labels = csgraph.connected_components(joined, directed=False)
    members = [tuple(int(i) for i in numbers[labels == label]) for label in range(count)]
    return sorted(members, key=lambda features: (-len(features), features))


def identify(
    W: Float[Tensor, "feature hidden"], orthogonal: float = ORTHOGONAL, tolerance: float = TOLERANCE
) -> list[Component]:
    """Find the components of an embedding and the polytope that each of them forms.

    Parameters
    ----------
    W
        Embedding of one model.
    orthogonal
        Largest |cosine| of two features that are not joined.
    tolerance
        Largest `gram_distance` at which a component has the name of a polytope of its dimension.

    Returns
    -------
    list of Component
        Largest first.
    """
    D = geometry.dimensionality(W).numpy()
    found = []
    for features in connected_components(W, orthogonal):
        part = W[list(features)].double()
        nearest, distance = nearest_polytope(geometry.gram(part).numpy())
        values = torch.linalg.svdvals(part)
        dimension = int((values > FLAT * values[0]).sum())
        same = nearest is not None and nearest.dimension == dimension and distance <= tolerance
        found.append(
            Component(
                features=features,
                dimension=dimension,
                polytope=nearest if same else None,
                distance=distance,
                D=D[list(features)],
            )
        )
    return found


def component_of(W: Float[Tensor, "feature hidden"], feature: int) -> Component | None:
    """Find the component that a feature belongs to; None if the feature is not represented.

    Parameters
    ----------
    W
        Embedding of one model.
    feature
        Index of the feature.
    """
    return next((component for component in identify(W) if feature in component.features), None)


def tegum_name(W: Float[Tensor, "feature hidden"]) -> str:
    """Names of a model's components, joined by " + ", largest first: "pentagon + digon"."""
    return " + ".join(component.name for component in identify(W))


def in_known_polytopes(models: Iterable[Sequence[Component]]) -> float:
    """Share of the represented features of some models whose component is a known polytope.

    Parameters
    ----------
    models
        The components of each model, as `identify` finds them.

    Returns
    -------
    float
        Between 0 and 1; nan if no model represents any feature.
    """
    sizes = [(len(c.features), c.polytope is not None) for model in models for c in model]
    if not sizes:
        return float("nan")
    return sum(size for size, named in sizes if named) / sum(size for size, _ in sizes)


def mean_size(models: Iterable[Sequence[Component]]) -> float:
    """Number of features in the component of a represented feature, the mean over all of them."""
    return float(np.mean([len(c.features) for model in models for c in model for _ in c.features]))


def deviation_from_polytopes(models: Iterable[Sequence[Component]]) -> float:
    """Median difference of D_i from that of the polytope, over the features in known polytopes.

    The D_i of a component and those of its polytope are compared in increasing order.
    """
    return float(
        np.median(
            [
                abs(value - expected)
                for model in models
                for c in model
                if c.polytope is not None
                for value, expected in zip(np.sort(c.D), np.sort(c.polytope.dimensionalities), strict=True)
            ]
        )
    )
