"""Figures of the paper's section *The Geometry of Superposition*, non-uniform case."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from numpy.typing import ArrayLike, NDArray

from figures.toolkit.marks import label_bar
from figures.toolkit.shapes import Shapes
from figures.toolkit.style import (
    CATEGORIES,
    FRAME,
    INK,
    MARKERS,
    MUTED,
    RELATIVE,
    RELATIVE_DENSITY_LABEL,
    frame,
    log_ticks,
    new_figure,
    nice_ticks,
    styled,
)


@styled
def pentagon_row(W: ArrayLike, relative_density: ArrayLike, geometry: ArrayLike) -> Figure:
    """Draw solutions of five features in two dimensions as the density of the first is varied.

    Source: #geometry-perturb.

    Parameters
    ----------
    W
        Embeddings, shape ``[point, feature, 2]``; the first feature is the one whose density is varied. Each
        solution is turned so that it points upwards, or, where it is not represented, so that the longest
        embedding points to the right.
    relative_density
        Density of the first feature relative to the others, shape ``[point]``.
    geometry
        Name of each solution's geometry, shape ``[point]``; one panel per name, in order of first appearance.

    Returns
    -------
    matplotlib.figure.Figure
        Ends of the embeddings, coloured by relative density: dark at 1. The first feature's have an outline.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    embeddings = shapes.floats("W", W, "point feature 2")
    densities = shapes.floats("relative_density", relative_density, "point")
    names = shapes.names("geometry", geometry, "point")

    kinds = list(dict.fromkeys(names.tolist()))
    reach = 1.12 * max(1.0, float(np.linalg.norm(embeddings, axis=-1).max()))
    figure = new_figure(7.9 / max(len(kinds), 2) + 0.5)
    panels = figure.subplots(1, len(kinds), squeeze=False)[0]
    span = max(densities.max(), 1 / densities.min(), 1.01)
    scale = LogNorm(1 / span, span)
    for axes, kind in zip(panels, kinds, strict=True):
        axes.add_patch(Circle((0, 0), 1, fill=False, edgecolor=FRAME, linewidth=0.9))
        axes.plot([0], [0], "+", color=FRAME, markersize=7)
        chosen = np.flatnonzero(names == kind)
        order = chosen[np.argsort(-np.abs(np.log(densities[chosen])))]
        turned = {int(index): _upright(embeddings[index]) for index in order}
        # All outlines lie under all colours, which a fine sweep would otherwise cover.
        for upright in turned.values():
            axes.plot(*upright[0], "o", color=INK, markersize=8, markeredgewidth=0)
        for index, upright in turned.items():
            colour = RELATIVE(scale(densities[index]))
            axes.plot(*upright[0], "o", color=colour, markersize=6, markeredgewidth=0)
            axes.plot(*upright[1:].T, "o", color=colour, markersize=5, markeredgewidth=0)
        axes.set_xlim(-reach, reach)
        axes.set_ylim(-reach, reach)
        axes.set_aspect("equal")
        frame(axes)
        axes.set_title(kind)
    panels[0].plot([], [], "o", color="white", markeredgecolor=INK, markersize=6.5, label="varied feature")
    panels[0].plot([], [], "o", color=MUTED, markersize=5, label="other features")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    bar = figure.colorbar(ScalarMappable(scale, RELATIVE), ax=panels.tolist(), fraction=0.04, pad=0.02)
    label_bar(bar, RELATIVE_DENSITY_LABEL)
    log_ticks(bar.ax, "y", nice_ticks(1 / span, span))
    return figure


def _upright(W: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn and reflect a solution: the first feature upwards, the lighter side of the rest to the right."""
    if np.linalg.norm(W[0]) > 0.25:
        x, y = W[0] / np.linalg.norm(W[0])
        turned = W @ np.array([[y, x], [-x, y]])
    else:
        longest = W[np.linalg.norm(W, axis=1).argmax()]
        x, y = longest / np.linalg.norm(longest)
        turned = W @ np.array([[x, -y], [y, x]])
    if turned[:, 0].sum() < 0:
        turned = turned * np.array([-1.0, 1.0])
    return np.asarray(turned, dtype=np.float64)


@styled
def loss_by_geometry(
    relative_density: ArrayLike,
    loss: ArrayLike,
    geometry: ArrayLike,
    *,
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    critical: tuple[float, float] | None = None,
) -> Figure:
    """Draw the loss of every solution against relative density, by geometry.

    Source: #geometry-perturb.

    Parameters
    ----------
    relative_density
        Density of the varied feature relative to the others, shape ``[point]``.
    loss
        Loss of every seed's solution, shape ``[point, seed]``.
    geometry
        Name of every solution's geometry, shape ``[point, seed]``.
    curves
        Lines to draw, (relative density, loss) by geometry; where None, through the lowest losses of each.
    critical
        Interval of the relative density at which the optimal geometry changes.

    Returns
    -------
    matplotlib.figure.Figure
        One point per solution and one line per geometry, with the critical interval shaded.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    x = shapes.floats("relative_density", relative_density, "point")
    losses = shapes.floats("loss", loss, "point seed")
    names = shapes.names("geometry", geometry, "point seed")
    order = np.argsort(x, kind="stable")
    x, losses, names = x[order], losses[order], names[order]

    kinds = sorted(set(names.ravel().tolist()), key=lambda kind: (-int((names == kind).sum()), kind))
    figure = new_figure(4.5, width=8.0)
    axes = figure.subplots()
    if critical is not None:
        # The line keeps an interval visible that is narrower than a pixel.
        axes.axvspan(*critical, color="#cccccc", linewidth=1, zorder=0, label="optimal geometry changes")
    places = np.broadcast_to(x[:, None], losses.shape)
    small: dict[str, Any] = {"markersize": 5, "alpha": 0.6, "markeredgewidth": 0}
    for kind, colour, marker in zip(kinds, CATEGORIES * 2, MARKERS * 2, strict=False):
        mine = names == kind
        axes.plot(places[mine], losses[mine], marker, color=colour, label=kind, **small)
        if curves is not None:
            if kind in curves:
                own = Shapes()
                line = (
                    own.floats(f"curves[{kind!r}][0]", curves[kind][0], "k"),
                    own.floats(f"curves[{kind!r}][1]", curves[kind][1], "k"),
                )
                axes.plot(*line, color=colour, linewidth=1.4)
        elif mine.any(1).sum() > 1:
            lowest = np.where(mine, losses, np.inf).min(1)
            present = np.isfinite(lowest)
            axes.plot(x[present], lowest[present], color=colour, linewidth=1.4)
    axes.set_xscale("log")
    log_ticks(axes, "x", nice_ticks(x.min(), x.max()))
    axes.set_ylim(bottom=0)
    axes.grid(axis="y")
    axes.set_xlabel(RELATIVE_DENSITY_LABEL)
    axes.set_ylabel("loss")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=3, markerscale=1.3)
    return figure
