"""Figures of the paper's introduction."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from numpy.typing import ArrayLike, NDArray

from figures.toolkit.film import mark_film
from figures.toolkit.shapes import Shapes
from figures.toolkit.style import FAINT, IMPORTANCE, MUTED, WIDTH, frame, new_figure, number, styled

_MOST_COLUMNS = 6
_NARROW = 4.8
"""Width of a figure of one or two panels, in inches."""


@styled
def embeddings_row(W: ArrayLike, density: ArrayLike, importance: ArrayLike) -> Figure:
    """Draw the two-dimensional embeddings of the features at several sparsities.

    Source: the paper's introduction (#motivation-superposition).

    Parameters
    ----------
    W
        Embeddings, shape ``[point, feature, 2]``: row i of a point is the paper's $W_i$.
    density
        $1 - S$ of each point, shape ``[point]``.
    importance
        $I_i$ of each feature, shape ``[feature]``.

    Returns
    -------
    matplotlib.figure.Figure
        One panel per point, in rows of at most six, each with the unit circle. The panels are the frames of
        a film from point to point.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    embedding = shapes.floats("W", W, "point feature 2")
    densities = shapes.floats("density", density, "point")
    importances = shapes.floats("importance", importance, "feature")

    n_points = len(densities)
    n_rows = -(-n_points // _MOST_COLUMNS)
    n_columns = -(-n_points // n_rows)
    height = n_rows * (8.8 / max(n_columns, 4) + 0.52) + 0.55
    figure = new_figure(height, width=_NARROW if n_columns <= 2 else WIDTH)
    colours = _colours(importances)
    reach = 1.12 * max(1.0, float(np.linalg.norm(embedding, axis=-1).max()))
    panels = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for spare in panels[n_points:]:
        spare.set_axis_off()
    for axes, W_point, p in zip(panels, embedding, densities, strict=False):
        axes.add_patch(Circle((0, 0), 1, fill=False, edgecolor=FAINT, linewidth=1))
        for (x, y), colour in reversed(list(zip(W_point, colours, strict=True))):
            axes.plot([0, x], [0, y], color=colour, linewidth=2.2)
            axes.plot(
                [x], [y], "o", color=colour, markersize=6.5, markeredgecolor="white", markeredgewidth=0.6
            )
        axes.set_xlim(-reach, reach)
        axes.set_ylim(-reach, reach)
        axes.set_aspect("equal")
        frame(axes)
        axes.set_title(_sparsity(p), pad=4)
        axes.set_xlabel(f"$1-S = {number(p, 2)}$", color=MUTED, fontsize=9, labelpad=3)
    handles = [
        Line2D([], [], color=colour, marker="o", markersize=6.5, linewidth=2.2, label=number(value, 2))
        for value, colour in zip(importances, colours, strict=True)
    ]
    legend = figure.legend(
        handles=handles,
        title="importance $I_i$",
        loc="outside lower center",
        ncols=min(len(handles), 8),
        handlelength=1.6,
    )
    captions = [f"{_sparsity(p)}, 1 − S = {number(p, 2)}" for p in densities]
    meanings = [f"importance {number(value, 2)}" for value in importances]
    lines = filter(None, legend.legend_handles)
    mark_film(
        figure, "sparsity", list(zip(panels, captions, strict=False)), list(zip(lines, meanings, strict=True))
    )
    return figure


def _sparsity(density: float) -> str:
    return f"{number(100 * (1 - density), 2 if density > 0.01 else 4)}% sparse"


def _colours(importance: NDArray[np.float64]) -> list[tuple[float, float, float, float]]:
    low, high = importance.min(), importance.max()
    places = (importance - low) / (high - low) if high > low else np.full(len(importance), 0.85)
    return [IMPORTANCE(float(place)) for place in places]
