"""Figures of the paper's section *The Geometry of Superposition*, uniform case."""

from collections.abc import Mapping
from typing import Final

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import ConnectionPatch
from numpy.typing import ArrayLike, NDArray

from figures.toolkit.shapes import Shapes
from figures.toolkit.style import (
    BLUE,
    CATEGORIES,
    FRAME,
    GREY,
    INK,
    INVERSE_DENSITY_LABEL,
    MUTED,
    ORANGE,
    log_ticks,
    new_figure,
    nice_ticks,
    number,
    styled,
)

# Size and dimension of a component, with its name and dimensionality in the paper.
_POLYTOPES: Final = {
    (1, 1): "dedicated",
    (2, 1): "digon",
    (3, 2): "triangle",
    (4, 3): "tetrahedron",
    (5, 2): "pentagon",
    (8, 3): "square antiprism",
}
_COLOURS: Final = {
    "dedicated": GREY,
    "digon": BLUE,
    "triangle": CATEGORIES[2],
    "tetrahedron": CATEGORIES[3],
    "pentagon": ORANGE,
    "square antiprism": CATEGORIES[4],
}
_FRACTIONS: Final = (
    (1.0, "1", "dedicated", 0.0),
    (3 / 4, "3/4", "tetrahedron", 0.0),
    (2 / 3, "2/3", "triangle", 0.0),
    (1 / 2, "1/2", "digon", 0.0),
    (2 / 5, "2/5", "pentagon", 4.5),
    (3 / 8, "3/8", "square antiprism", -4.5),
    (0.0, "0", "not represented", 0.0),
)
# Singular values below this share of the largest are noise of training, not a dimension.
_FLAT: Final = 0.3
_JITTER: Final = 0.012


@styled
def dimensions_per_feature(inverse_density: ArrayLike, D_star: ArrayLike) -> Figure:
    r"""Draw hidden dimensions per feature against sparsity.

    Source: #geometry-uniform.

    Parameters
    ----------
    inverse_density
        $1/(1-S)$, shape ``[point]``.
    D_star
        $D^* = m / \|W\|_F^2$, shape ``[point, seed]``.

    Returns
    -------
    matplotlib.figure.Figure
        Mean over seeds with a band from the lowest to the highest, lines at 1 and 1/2.

    Raises
    ------
    ValueError
        If a shape is another or a value is not finite.
    """
    shapes = Shapes()
    x = shapes.floats("inverse_density", inverse_density, "point")
    y = shapes.floats("D_star", D_star, "point seed")

    figure = new_figure(4.3, width=8.0)
    axes = figure.subplots()
    for height, label in ((1.0, "1: a dimension each"), (0.5, "1/2: antipodal pairs")):
        axes.axhline(height, color=FRAME, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
        axes.annotate(
            label,
            (1.0, height),
            xycoords=("axes fraction", "data"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            color=MUTED,
            fontsize=9,
        )
    _mean_and_range(axes, x, y)
    _inverse_density_axis(axes, x)
    axes.set_ylim(0, 1.12)
    axes.set_ylabel(r"dimensions per feature $D^* = m\,/\,\|W\|_F^2$")
    return figure


@styled
def feature_dimensionality(
    inverse_density: ArrayLike,
    D_star: ArrayLike,
    D_i: ArrayLike,
    graphs: Mapping[float, ArrayLike] | None = None,
) -> Figure:
    r"""Draw the dimensionality of every feature against sparsity, with the fractions of known polytopes.

    Source: #geometry-dimensionality.

    Parameters
    ----------
    inverse_density
        $1/(1-S)$, shape ``[point]``.
    D_star
        $D^* = m / \|W\|_F^2$, shape ``[point, seed]``.
    D_i
        Dimensionality of each feature, shape ``[point, drawn_seed, feature]``; it may have fewer seeds.
    graphs
        Embeddings to be drawn as small graphs above their density: ``[feature, hidden]`` by $1/(1-S)$.

    Returns
    -------
    matplotlib.figure.Figure
        A point a feature, spread a little sideways; a line at each fraction, named at the right.

    Raises
    ------
    ValueError
        If a shape is another or a value is not finite.
    """
    shapes = Shapes()
    x = shapes.floats("inverse_density", inverse_density, "point")
    stars = shapes.floats("D_star", D_star, "point seed")
    values = shapes.floats("D_i", D_i, "point drawn_seed feature")
    embeddings = {
        float(place): Shapes().floats(f"graphs[{place:g}]", W, "feature hidden")
        for place, W in sorted((graphs or {}).items())
    }

    figure = new_figure(6.4 if embeddings else 4.9)
    if embeddings:
        rows = figure.add_gridspec(2, 1, height_ratios=(1, 2.9))
        axes = figure.add_subplot(rows[1])
        panels = rows[0].subgridspec(1, len(embeddings)).subplots(squeeze=False)[0]
    else:
        axes, panels = figure.subplots(), np.empty(0, dtype=object)
    for height, fraction, name, nudge in _FRACTIONS:
        colour = _COLOURS.get(name, GREY)
        axes.axhline(height, color=colour, linewidth=0.9, alpha=0.75, zorder=0)
        axes.annotate(
            f"{fraction}  {name}",
            (1.0, height),
            xycoords=("axes fraction", "data"),
            xytext=(6, nudge),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    # Fixed, so that equal data give an equal picture.
    spread = np.random.default_rng(0).uniform(-1, 1, values.shape)
    places = x[:, None, None] * (x.max() / x.min()) ** (_JITTER / 2 * spread)
    axes.plot(
        places.ravel(),
        values.ravel(),
        ".",
        color=INK,
        markersize=2.4,
        alpha=0.35,
        markeredgewidth=0,
        rasterized=True,
    )
    axes.plot(x, stars.mean(1), color="#c2185b", linewidth=1.4, label="$D^*$, mean of seeds", zorder=3)
    _inverse_density_axis(axes, x)
    axes.set_ylim(-0.04, 1.09)
    axes.set_ylabel("feature dimensionality $D_i$")
    axes.plot([], [], ".", color=INK, markersize=5, label="one feature")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    for panel, (place, W) in zip(panels, embeddings.items(), strict=True):
        _draw_graph(panel, W)
        panel.set_title(f"$1/(1-S) = {number(place, 3)}$", fontsize=9, pad=2)
        link = ConnectionPatch(
            (0.5, -0.02), (place, 1.09), panel.transAxes, axes.transData, color=FRAME, linewidth=0.8
        )
        link.set_in_layout(False)
        figure.add_artist(link)
    return figure


@styled
def geometry_graph(W: ArrayLike, *, represented: float = 0.5, threshold: float = 0.2) -> Figure:
    """Draw the features as nodes and their interference as edges.

    Source: #geometry-uniform.

    Parameters
    ----------
    W
        Embeddings, shape ``[feature, hidden]``.
    represented
        Norm from which a feature is drawn.
    threshold
        Cosine, of either sign, from which two features are joined.

    Returns
    -------
    matplotlib.figure.Figure
        The connected components, largest first, each a ring in the order of its features' angles; an edge
        is as wide as its dot product and coloured by its sign.

    Raises
    ------
    ValueError
        If a shape is another, a value is not finite, or no feature is represented.
    """
    weights = Shapes().floats("W", W, "feature hidden")
    if not (np.linalg.norm(weights, axis=1) >= represented).any():
        raise ValueError(f"W must have a feature of norm {represented:g} or more to draw.")
    figure = new_figure(5.2)
    axes = figure.subplots()
    counts = _draw_graph(axes, weights, represented=represented, threshold=threshold, aspect=2.3, node=58)
    handles = [
        Line2D(
            [],
            [],
            marker="o",
            linestyle="",
            markersize=8,
            color=_kind_colour(kind),
            label=f"{count} × {kind}",
        )
        for kind, count in counts.items()
    ]
    handles += [
        Line2D([], [], color=BLUE, linewidth=2.2, label=r"$W_i\cdot W_j < 0$"),
        Line2D([], [], color=ORANGE, linewidth=2.2, label=r"$W_i\cdot W_j > 0$"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 5))
    return figure


def _mean_and_range(axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    axes.fill_between(x, y.min(1), y.max(1), color=BLUE, alpha=0.22, linewidth=0, label="range of seeds")
    axes.plot(x, y.mean(1), color=BLUE, label="mean of seeds")
    axes.legend(loc="lower left")


def _inverse_density_axis(axes: Axes, x: NDArray[np.float64]) -> None:
    axes.set_xscale("log")
    margin = (x.max() / x.min()) ** 0.015
    axes.set_xlim(x.min() / margin, x.max() * margin)
    ticks = nice_ticks(x.min(), x.max())
    # Over less than an octave round numbers are too few, and the points themselves are few enough.
    log_ticks(axes, "x", ticks if len(ticks) > 2 else tuple(x.tolist()))
    axes.set_xlabel(f"{INVERSE_DENSITY_LABEL}, dense to sparse")


def _draw_graph(
    axes: Axes,
    W: NDArray[np.float64],
    *,
    represented: float = 0.5,
    threshold: float = 0.2,
    aspect: float = 1.2,
    node: float = 9,
) -> dict[str, int]:
    """Draw the components in rows and return how many there are of each kind, largest kind first."""
    kept = W[np.linalg.norm(W, axis=1) >= represented]
    gram = kept @ kept.T
    lengths = np.sqrt(np.diag(gram))
    cosines = gram / np.outer(lengths, lengths)
    joined = (np.abs(cosines) >= threshold) & ~np.eye(len(kept), dtype=bool)
    components = [sorted(nodes) for nodes in nx.connected_components(nx.from_numpy_array(joined))]
    components.sort(key=lambda nodes: (-len(nodes), nodes))

    radii = [0.34 * np.sqrt(len(nodes)) if len(nodes) > 1 else 0.12 for nodes in components]
    row_width = max(
        np.sqrt(aspect * sum((2 * r + 0.42) ** 2 for r in radii)), 2 * max(radii, default=1) + 0.42
    )
    positions = np.zeros((len(kept), 2))
    counts: dict[str, int] = {}
    colours = [""] * len(kept)
    left = top = row_height = 0.0
    for nodes, radius in zip(components, radii, strict=True):
        size = 2 * radius + 0.42
        if left + size > row_width and left > 0:
            left, top, row_height = 0.0, top - row_height, 0.0
        centre = np.array([left + size / 2, top - size / 2])
        left, row_height = left + size, max(row_height, size)
        vectors = kept[nodes]
        plane = np.linalg.svd(vectors, full_matrices=False)
        flat = vectors @ plane.Vh[:2].T
        ring = np.argsort(np.arctan2(flat[:, 1], flat[:, 0])) if flat.shape[1] > 1 else np.arange(len(nodes))
        turn = np.pi / 2 + 2 * np.pi * np.arange(len(nodes)) / len(nodes) + (0.5 if len(nodes) == 2 else 0)
        around = np.stack([np.cos(turn), np.sin(turn)], axis=1) * (radius if len(nodes) > 1 else 0)
        positions[np.asarray(nodes)[ring]] = centre + around
        kind = _kind(len(nodes), int((_FLAT * plane.S[0] < plane.S).sum()))
        counts[kind] = counts.get(kind, 0) + 1
        for member in nodes:
            colours[member] = _kind_colour(kind)

    first, second = np.nonzero(np.triu(joined))
    strength = gram[first, second]
    axes.add_collection(
        LineCollection(
            list(np.stack([positions[first], positions[second]], axis=1)),
            linewidths=np.clip(np.abs(strength), 0.15, 1.2) * np.sqrt(node) * 0.28,
            colors=[ORANGE if value > 0 else BLUE for value in strength],
            alpha=0.75,
            zorder=1,
        )
    )
    axes.scatter(
        positions[:, 0], positions[:, 1], s=node, c=colours, edgecolors="white", linewidths=0.3, zorder=2
    )
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.margins(0.03)
    return counts


def _kind(size: int, dimension: int) -> str:
    return _POLYTOPES.get((size, dimension), f"{size} in {dimension} dimensions")


def _kind_colour(kind: str) -> str:
    return _COLOURS.get(kind, "#5d4a8c")
