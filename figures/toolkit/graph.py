"""The interference graph of a model: features as nodes, components named as the claims name them."""

from typing import Final

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import NDArray

from figures.toolkit.style import BLUE, CATEGORIES, GREY, ORANGE
from tms.analysis import components, geometry

NEGATIVE: Final = BLUE
POSITIVE: Final = ORANGE
"""Colours of an edge, by the sign of the dot product."""

_COLOURS: Final = {
    "dedicated": GREY,
    "digon": BLUE,
    "triangle": CATEGORIES[2],
    "tetrahedron": CATEGORIES[3],
    "pentagon": ORANGE,
    "square antiprism": CATEGORIES[4],
}
_OTHER: Final = "#5d4a8c"
_ALONE: Final = 0.12
_GAP: Final = 0.42


def kind_colour(name: str) -> str:
    """Return the colour of a kind of component.

    Parameters
    ----------
    name
        Name of a polytope, or of a component that is none, as `tms.analysis.components.identify` gives it.

    Returns
    -------
    str
        One colour for each of the paper's polytopes, and one for everything else.
    """
    return _COLOURS.get(name, _OTHER)


def draw_graph(axes: Axes, W: NDArray[np.float64], *, aspect: float = 1.2, node: float = 9) -> dict[str, int]:
    """Draw the components of a model's interference graph in rows, largest first.

    Each component is a ring of its features in the order of their angles in its principal plane. An edge
    joins two features whose cosine exceeds `tms.analysis.components.ORTHOGONAL` in size; it is as wide as
    their dot product, and its colour tells the sign.

    Parameters
    ----------
    axes
        The axes to draw on.
    W
        Embeddings, shape ``[feature, hidden]``.
    aspect
        Width over height that the rows aim at.
    node
        Area of a node in points squared.

    Returns
    -------
    dict of str to int
        Number of components of each name, in the order in which they are drawn.
    """
    stack = torch.from_numpy(W)
    found = components.identify(stack)
    centres, radii = _places([len(component.features) for component in found], aspect)
    positions = np.zeros((len(W), 2))
    colours = np.full(len(W), GREY, dtype=object)
    counts: dict[str, int] = {}
    for component, centre, radius in zip(found, centres, radii, strict=True):
        features = list(component.features)
        positions[features] = centre + radius * _ring(W[features])
        colours[features] = kind_colour(component.name)
        counts[component.name] = counts.get(component.name, 0) + 1

    kept = [feature for component in found for feature in component.features]
    first, second = _edges(stack, kept)
    strength = geometry.gram(stack).numpy()[first, second]
    axes.add_collection(
        LineCollection(
            list(np.stack([positions[first], positions[second]], axis=1)),
            linewidths=np.clip(np.abs(strength), 0.15, 1.2) * np.sqrt(node) * 0.28,
            colors=[POSITIVE if value > 0 else NEGATIVE for value in strength],
            alpha=0.75,
            zorder=1,
        )
    )
    kept.sort()
    x, y = positions[kept].T
    axes.scatter(x, y, s=node, c=colours[kept].tolist(), edgecolors="white", linewidths=0.3, zorder=2)
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.margins(0.03)
    return counts


def _places(sizes: list[int], aspect: float) -> tuple[list[NDArray[np.float64]], list[float]]:
    """Return the centre of each ring, row by row, and its radius."""
    radii = [0.34 * float(np.sqrt(size)) if size > 1 else _ALONE for size in sizes]
    area = sum((2 * radius + _GAP) ** 2 for radius in radii)
    row_width = max(np.sqrt(aspect * area), 2 * max(radii, default=1) + _GAP)
    centres = []
    left = top = row_height = 0.0
    for radius in radii:
        size = 2 * radius + _GAP
        if left + size > row_width and left > 0:
            left, top, row_height = 0.0, top - row_height, 0.0
        centres.append(np.array([left + size / 2, top - size / 2]))
        left, row_height = left + size, max(row_height, size)
    return centres, radii


def _ring(W: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each feature's place on the unit circle, in the order of angles; one alone gets the origin."""
    n = len(W)
    places = np.zeros((n, 2))
    if n == 1:
        return places
    flat = W @ np.linalg.svd(W, full_matrices=False).Vh[:2].T
    order = np.argsort(np.arctan2(flat[:, 1], flat[:, 0])) if flat.shape[1] > 1 else np.arange(n)
    turn = np.pi / 2 + 2 * np.pi * np.arange(n) / n + (0.5 if n == 2 else 0)
    places[order] = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return places


def _edges(W: torch.Tensor, kept: list[int]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the two ends of each edge between represented features."""
    near = geometry.cosines(W).abs().numpy() > components.ORTHOGONAL
    there = np.isin(np.arange(len(W)), kept)
    first, second = np.nonzero(np.triu(near & there[:, None] & there, 1))
    return first, second
