"""Figures of the paper's section on correlated and anticorrelated features."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from numpy.typing import ArrayLike, NDArray

from figures.toolkit.shapes import Shapes
from figures.toolkit.style import CATEGORIES, FAINT, FRAME, INK, density_title, frame, new_figure, styled
from figures.toolkit.weights import add_gram_scale, draw_gram

_MOST_COLUMNS = 6
_CIRCLE_STYLES: tuple[Any, ...] = ("-", (0, (3, 2)))


@styled
def embeddings_row(W: ArrayLike, sets: ArrayLike, titles: Sequence[str] | None = None) -> Figure:
    """Draw the two-dimensional embeddings of several models, coloured by the features' sets.

    Source: #geometry-correlated.

    Parameters
    ----------
    W
        Embeddings, shape ``[model, feature, 2]``.
    sets
        Number of each feature's set, from 0, shape ``[feature]``.
    titles
        Title of each model, shape ``[model]``; none where None.

    Returns
    -------
    matplotlib.figure.Figure
        One panel per model, in rows of at most six, each with the unit circle. The second feature of a set is
        a ring, so that it shows around the first where the two coincide.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    embeddings = shapes.floats("W", W, "model feature 2")
    groups = shapes.floats("sets", sets, "feature").astype(int)
    names = None if titles is None else shapes.names("titles", np.asarray(titles), "model")
    return _row(embeddings, groups, None if names is None else names.tolist(), (1.0,))


@styled
def collapse_row(W: ArrayLike, density: ArrayLike, sets: ArrayLike) -> Figure:
    r"""Draw how pairs of correlated features collapse to their principal component as density grows.

    Source: #geometry-correlated.

    Parameters
    ----------
    W
        Embeddings, shape ``[point, feature, 2]``.
    density
        $1 - S$ of each point, shape ``[point]``.
    sets
        Number of each feature's set, from 0, shape ``[feature]``.

    Returns
    -------
    matplotlib.figure.Figure
        One panel per point with circles of radius 1, where a separate feature ends, and $1/\sqrt{2}$, where
        both features of a collapsed pair end.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    embeddings = shapes.floats("W", W, "point feature 2")
    densities = shapes.floats("density", density, "point")
    groups = shapes.floats("sets", sets, "feature").astype(int)
    return _row(embeddings, groups, [density_title(p) for p in densities], (1.0, float(np.sqrt(0.5))))


def _row(
    W: NDArray[np.float64], sets: NDArray[np.intp], titles: list[str] | None, circles: tuple[float, ...]
) -> Figure:
    n_rows = -(-len(W) // _MOST_COLUMNS)
    n_columns = -(-len(W) // n_rows)
    figure = new_figure(n_rows * (8.8 / max(n_columns, 4) + (0.3 if titles else 0.08)) + 0.45)
    reach = 1.14 * max(1.0, float(np.linalg.norm(W, axis=-1).max()))
    panels = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for spare in panels[len(W) :]:
        spare.set_axis_off()
    for index, (axes, embedding) in enumerate(zip(panels, W, strict=False)):
        for radius, style in zip(circles, _CIRCLE_STYLES, strict=False):
            axes.add_patch(Circle((0, 0), radius, fill=False, edgecolor=FAINT, linewidth=1, linestyle=style))
        _embedding(axes, embedding, sets)
        axes.set_xlim(-reach, reach)
        axes.set_ylim(-reach, reach)
        axes.set_aspect("equal")
        frame(axes)
        if titles:
            axes.set_title(titles[index], pad=4)
    handles = [
        Line2D(
            [], [], color=_colour(group), marker="o", markersize=6.5, linewidth=2, label=f"set {group + 1}"
        )
        for group in sorted(set(sets.tolist()))
    ]
    if len(circles) > 1:
        handles += [
            Line2D([], [], color=FRAME, linewidth=1, linestyle=style, label=f"radius ${name}$")
            for style, name in zip(_CIRCLE_STYLES, ("1", r"1/\sqrt{2}"), strict=True)
        ]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 8))
    return figure


def _embedding(axes: Axes, W: NDArray[np.float64], sets: NDArray[np.intp]) -> None:
    seen: dict[int, int] = {}
    for (x, y), group in zip(W, sets.tolist(), strict=True):
        colour = _colour(group)
        rank = seen[group] = seen.get(group, -1) + 1
        axes.plot([0, x], [0, y], color=colour, linewidth=2)
        if rank == 0:
            axes.plot([x], [y], "o", color=colour, markersize=5.5, zorder=3)
        else:
            axes.plot(
                [x],
                [y],
                "o",
                markerfacecolor="none",
                markeredgecolor=colour,
                markersize=9,
                markeredgewidth=1.8,
            )


def _colour(group: int) -> str:
    return CATEGORIES[group % len(CATEGORIES)]


@styled
def local_bases(W: ArrayLike, sets: ArrayLike) -> Figure:
    r"""Draw $W^TW$ of features in correlated sets, with the sets marked off.

    Source: #geometry-correlated.

    Parameters
    ----------
    W
        Embeddings, shape ``[feature, hidden]``.
    sets
        Number of each feature's set, from 0, features of a set side by side, shape ``[feature]``.

    Returns
    -------
    matplotlib.figure.Figure
        Blocks on the diagonal that are identities, with interference in the blocks off it.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite, or if the features of a set are not
        side by side.
    """
    shapes = Shapes()
    weights = shapes.floats("W", W, "feature hidden")
    groups = shapes.floats("sets", sets, "feature").astype(int)
    starts = [0, *(np.flatnonzero(np.diff(groups)) + 1).tolist()]
    if len(starts) != len(set(groups.tolist())):
        raise ValueError("sets must have the features of each set side by side.")

    n = len(groups)
    figure = new_figure(4.8, width=6.4)
    axes = figure.subplots()
    draw_gram(axes, weights)
    for start, stop in zip(starts, [*starts[1:], n], strict=True):
        if start:
            axes.plot([start - 0.5, start - 0.5], [-0.5, n - 0.5], color=INK, linewidth=1)
            axes.plot([-0.5, n - 0.5], [start - 0.5, start - 0.5], color=INK, linewidth=1)
        middle = (start + stop - 1) / 2
        name = f"set {groups[start] + 1}"
        axes.text(middle, -0.5 - 0.02 * n, name, ha="center", va="bottom")
        axes.text(-0.5 - 0.02 * n, middle, name, ha="right", va="center", rotation=90)
    add_gram_scale(axes, "entry of $W^TW$")
    return figure
