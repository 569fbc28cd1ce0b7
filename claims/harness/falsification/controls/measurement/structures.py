"""Mistakes in measurements of structures: polytopes, and clusters of the dimensionality."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import torch
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from claims.harness.falsification.applying import instead_of
from claims.harness.falsification.control import Control, Kind
from tms.analysis import clusters, components, geometry, polytopes

Measurement = Callable[..., Any]


def _signed_components(
    right: Measurement, W: Tensor, orthogonal: float = components.ORTHOGONAL
) -> list[tuple[int, ...]]:
    """Join features of positive cosine alone."""
    del right
    there = geometry.represented(W)
    numbers = torch.nonzero(there)[:, 0].tolist()
    joined = (geometry.cosines(W[there]) > orthogonal).numpy()
    _, labels = connected_components(joined, directed=False)
    members: dict[int, list[int]] = {}
    for number, label in zip(numbers, labels.tolist(), strict=True):
        members.setdefault(label, []).append(number)
    return sorted(map(tuple, members.values()), key=lambda group: (-len(group), group))


def _first_of_its_size(right: Measurement, gram: np.ndarray) -> tuple[polytopes.Polytope | None, float]:
    """Name a component by its number of features alone."""
    del right
    fitting = [p for p in polytopes.known() if p.size == len(gram)]
    return (fitting[0], 0.0) if fitting else (None, 1.0)


def _without_spread(
    right: Measurement, values: np.ndarray, fraction: float, denominator: int = clusters.DENOMINATOR
) -> tuple[int, int]:
    """Count every value in the cell of a fraction as gathered at it."""
    _, around = right(values, fraction, denominator)
    return around, around


def _by_nearest(
    right: Measurement, values: np.ndarray, fraction: float, denominator: int = clusters.DENOMINATOR
) -> tuple[int, int]:
    """Assign every value to the nearest fraction."""
    numbers, fractions = np.asarray(values), np.array(list(clusters.FRACTIONS.values()))
    nearest = fractions[np.abs(numbers[..., None] - fractions).argmin(-1)]
    inside, around = right(np.where(np.isnan(numbers), np.nan, nearest), fraction, denominator)
    return inside, around


def _last_third(
    right: Measurement, fraction: float, denominator: int = clusters.DENOMINATOR
) -> clusters.Cell:
    """Take the last third of the cell for the window."""
    found: clusters.Cell = right(fraction, denominator)
    return found._replace(inner_low=(found.low + 2 * found.high) / 3, inner_high=found.high)


def _of_one_more(right: Measurement, W: Tensor, *thresholds: float) -> list[components.Component]:
    """Give every component a polytope with one vertex more."""
    first = {polytope.size: polytope for polytope in reversed(polytopes.known())}
    found: list[components.Component] = right(W, *thresholds)
    return [replace(each, polytope=each.polytope and first.get(each.polytope.size + 1)) for each in found]


CONTROLS: Final = (
    Control(
        name="components-of-positive-cosines",
        mistake="Features with a negative cosine are not joined in the interference graph.",
        kind=Kind.MEASUREMENT,
        against="GEO-6 GEO-8 GEO-11",
        because="Touches whatever identifies polytopes.",
        apply=lambda: instead_of(components.connected_components, _signed_components),
    ),
    Control(
        name="polytopes-by-count",
        mistake="A component is named by its number of features, whatever its Gram matrix is.",
        kind=Kind.MEASUREMENT,
        against="GEO-6 GEO-8 GEO-11",
        because="Touches whatever identifies polytopes.",
        apply=lambda: instead_of(polytopes.nearest_polytope, _first_of_its_size),
    ),
    Control(
        name="polytopes-of-one-more",
        mistake="A component gets the name of a polytope with one vertex more.",
        kind=Kind.MEASUREMENT,
        against="GEO-6::test_the_polytopes_of_the_paper_occur GEO-6::test_tetrahedra_and_bipyramids",
        because="Touches counts of polytopes; what compares vertices would end in an error.",
        apply=lambda: instead_of(components.identify, _of_one_more),
    ),
    Control(
        name="windows-of-the-last-third",
        mistake="The last third of the cell of a fraction is taken for the third around it.",
        kind=Kind.MEASUREMENT,
        against="GEO-4 GEO-12",
        because="No other claims look for clusters.",
        apply=lambda: instead_of(clusters.cell, _last_third),
    ),
    Control(
        name="clusters-without-spread",
        mistake="Clusters are counted without what a smooth spread would have in their place.",
        kind=Kind.MEASUREMENT,
        against="GEO-4 GEO-12",
        because="No other claims look for clusters.",
        apply=lambda: instead_of(clusters.counted, _without_spread),
    ),
    Control(
        name="clusters-of-the-nearest",
        mistake="Every D_i counts for the fraction that it is nearest to, however far away.",
        kind=Kind.MEASUREMENT,
        against="GEO-4 GEO-12",
        because="No other claims look for clusters.",
        apply=lambda: instead_of(clusters.counted, _by_nearest),
    ),
)
