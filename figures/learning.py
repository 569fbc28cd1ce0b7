"""Figures of the paper's section *Superposition and Learning Dynamics*."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import qr

from figures.toolkit.film import mark_film
from figures.toolkit.shapes import Shapes
from figures.toolkit.style import (
    CATEGORIES,
    FAINT,
    INK,
    MARKERS,
    MUTED,
    TIME,
    halo,
    new_figure,
    number,
    projected,
    styled,
)

_PALE = "#c4c4c4"
_REGIME_SHADES = ("#ffffff", "#efefef")
_MOST_FRAMES = 12
_FRAMES_IN_A_ROW = 6


@styled
def dimensionality_over_training(
    steps: ArrayLike,
    D_i: ArrayLike,
    loss: ArrayLike,
    *,
    represented: float,
    jumps: Sequence[float] = (),
) -> Figure:
    """Draw the dimensionality of every feature and the loss while one model trains.

    Source: #learning-jumps.

    Parameters
    ----------
    steps
        Steps of the checkpoints, increasing, shape ``[step]``; drawn on an even axis, as in the paper.
    D_i
        Dimensionality of each feature, shape ``[step, feature]``.
    loss
        Loss, shape ``[step]``.
    represented
        Dimensionality at the end above which a feature counts as represented, as in the claim.
    jumps
        Steps at which features jump, drawn as lines through both panels.

    Returns
    -------
    matplotlib.figure.Figure
        One line per feature: grey if it ends unrepresented, otherwise darker the earlier it reached half of
        its final dimensionality.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    x = shapes.increasing("steps", steps, "step")
    values = shapes.floats("D_i", D_i, "step feature")
    losses = shapes.floats("loss", loss, "step")

    figure = new_figure(5.9, width=8.0)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2.1, 1))
    kept = values[-1] > represented
    above.plot(x, values[:, ~kept], color=_PALE, linewidth=0.8, rasterized=True)
    half_way = (values[:, kept] >= values[-1, kept] / 2).argmax(0)
    order = np.argsort(-half_way, kind="stable")
    for place, feature in enumerate(np.flatnonzero(kept)[order]):
        above.plot(
            x, values[:, feature], color=TIME(1 - place / max(kept.sum() - 1, 1)), linewidth=1.2, alpha=0.85
        )
    above.axhline(0.5, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    above.set_ylabel("feature dimensionality $D_i$")
    above.set_ylim(-0.03, max(0.62, 1.05 * float(values.max())))
    handles = [
        Line2D([], [], color=TIME(0.0), label="represented at the end, early"),
        Line2D([], [], color=TIME(1.0), label="represented at the end, late"),
        Line2D([], [], color=_PALE, label="not represented at the end"),
    ]
    above.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, ncols=3)
    below.plot(x, losses, color=INK)
    # The high losses at the start of training would flatten the drops that matter.
    low, high = float(losses.min()), float(np.quantile(losses, 0.6))
    margin = 0.12 * max(high - low, 1e-12)
    below.set_ylim(low - margin, high + margin)
    below.set_ylabel("loss")
    below.set_xlabel("training step")
    below.set_xlim(x[0], x[-1])
    for axes in (above, below):
        for step in jumps:
            axes.axvline(step, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)
    return figure


@styled
def trajectories_3d(
    steps: ArrayLike,
    W: ArrayLike,
    loss: ArrayLike,
    sets: ArrayLike,
    stages: Sequence[int],
) -> Figure:
    """Draw the paths of three-dimensional embeddings up to several stages of training, over the loss.

    Source: #learning-geometric.

    Parameters
    ----------
    steps
        Steps of the checkpoints, positive and increasing, shape ``[step]``.
    W
        Embeddings, shape ``[step, feature, 3]``; all turned alike, so that the final ones lie along the axes
        as far as they can.
    loss
        Loss, shape ``[step]``.
    sets
        Number of each feature's set, from 0, shape ``[feature]``.
    stages
        Indices of the checkpoints at which a regime ends, increasing.

    Returns
    -------
    matplotlib.figure.Figure
        One panel per stage above; the loss below, with its regimes shaded in turn and lettered like the
        panels.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite, or if a stage is not the index of a
        checkpoint.
    """
    shapes = Shapes()
    x = shapes.increasing("steps", steps, "step")
    paths = shapes.floats("W", W, "step feature 3")
    losses = shapes.floats("loss", loss, "step")
    groups = shapes.floats("sets", sets, "feature").astype(int)
    ends = list(stages)
    if not ends or min(ends) < 0 or max(ends) >= len(x) or ends != sorted(set(ends)):
        raise ValueError(f"stages must be increasing indices below {len(x)}, not {ends}.")

    paths = _along_final_axes(paths)
    several = len(ends) > 1  # a single panel is as tall as the others are wide together
    figure = new_figure(4.9) if several else new_figure(6.2, width=6.2)
    rows = figure.add_gridspec(2, 1, height_ratios=(1.45 if several else 2.3, 1))
    panels = rows[0].subgridspec(1, len(ends))
    colours = _shades(groups)
    reach = float(np.abs(paths).max())
    letters = [chr(ord("a") + index) for index in range(len(ends))]
    for index, (end, letter) in enumerate(zip(ends, letters, strict=True)):
        panel = figure.add_subplot(panels[index], projection="3d")
        _path(panel, paths[: end + 1], groups, colours, reach, zoom=1.3 if several else 1.0)
        panel.set_title(f"{letter}: step {number(x[end], 2)}", y=1.05)
    axes = figure.add_subplot(rows[1])
    _regimes(axes, x, losses, ends, letters)
    axes.legend(handles=_sets(groups, colours), loc="lower left", ncols=8)
    return projected(figure)


@styled
def trajectories_film(steps: ArrayLike, W: ArrayLike, loss: ArrayLike, sets: ArrayLike) -> Figure:
    """Draw the paths of three-dimensional embeddings as a film of training.

    Source: #learning-geometric.

    Parameters
    ----------
    steps, W, loss, sets
        As for `trajectories_3d`.

    Returns
    -------
    matplotlib.figure.Figure
        At most 12 panels, evenly spaced over the checkpoints; each shows the paths up to its checkpoint. They
        are the frames of a film.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    x = shapes.increasing("steps", steps, "step")
    paths = _along_final_axes(shapes.floats("W", W, "step feature 3"))
    losses = shapes.floats("loss", loss, "step")
    groups = shapes.floats("sets", sets, "feature").astype(int)

    shown = np.unique(np.linspace(0, len(x) - 1, _MOST_FRAMES).round().astype(int))
    n_rows = -(-len(shown) // _FRAMES_IN_A_ROW)
    figure = new_figure(n_rows * 1.75 + 0.35)
    colours, reach = _shades(groups), float(np.abs(paths).max())
    panels = []
    for place, end in enumerate(shown):
        panel = figure.add_subplot(n_rows, _FRAMES_IN_A_ROW, place + 1, projection="3d")
        _path(panel, paths[: end + 1], groups, colours, reach, zoom=1.0)
        panel.set_title(f"step {number(x[end], 2)}", y=1.07)
        panels.append((panel, f"step {number(x[end], 2)}, loss {number(losses[end], 2)}"))
    legend = figure.legend(handles=_sets(groups, colours), loc="outside lower center", ncols=4)
    key = [(line, str(line.get_label())) for line in legend.legend_handles if line is not None]
    mark_film(figure, "training", panels, key)
    return projected(figure)


def _along_final_axes(paths: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(paths @ qr(paths[-1].T, pivoting=True)[0])


def _sets(groups: NDArray[np.intp], colours: list[tuple[float, float, float]]) -> list[Line2D]:
    return [
        Line2D([], [], color=colours[first], marker=MARKERS[group], markersize=6, label=f"set {group + 1}")
        for group, first in zip(*np.unique(groups, return_index=True), strict=True)
    ]


def _regimes(
    axes: Axes, steps: NDArray[np.float64], loss: NDArray[np.float64], ends: list[int], letters: list[str]
) -> None:
    axes.plot(steps, loss, color=INK)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(steps[0], steps[-1])
    axes.set_xlabel("training step")
    axes.set_ylabel("loss")
    start = steps[0]
    for index, (end, letter) in enumerate(zip(ends, letters, strict=True)):
        axes.axvspan(start, steps[end], color=_REGIME_SHADES[index % 2], linewidth=0, zorder=0)
        axes.axvline(steps[end], color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)))
        axes.annotate(
            letter,
            (steps[end], 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(-5, -3),
            textcoords="offset points",
            ha="right",
            va="top",
            fontweight="bold",
            path_effects=halo(3),
        )
        start = steps[end]


def _shades(groups: NDArray[np.intp]) -> list[tuple[float, float, float]]:
    """Colour by set, lighter from feature to feature of a set."""
    colours = []
    seen: dict[int, int] = {}
    for group in groups.tolist():
        rank = seen[group] = seen.get(group, -1) + 1
        base = np.asarray(to_rgb(CATEGORIES[group % len(CATEGORIES)]))
        red, green, blue = base + (1 - base) * min(0.25 * rank, 0.5)
        colours.append((float(red), float(green), float(blue)))
    return colours


def _path(
    axes: Any,
    path: NDArray[np.float64],
    groups: NDArray[np.intp],
    colours: list[tuple[float, float, float]],
    reach: float,
    zoom: float = 1.3,
) -> None:
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_pane_color((1, 1, 1, 1))
        axis.set_ticks([-1, 0, 1])
        axis.set_ticklabels([])
    axes.plot([-reach, reach], [0, 0], [0, 0], color=FAINT, linewidth=1)
    axes.plot([0, 0], [-reach, reach], [0, 0], color=FAINT, linewidth=1)
    axes.plot([0, 0], [0, 0], [-reach, reach], color=FAINT, linewidth=1)
    for feature, group in enumerate(groups.tolist()):
        points = path[:, feature]
        axes.plot(*points.T, color=colours[feature], linewidth=2.4)
        axes.plot(
            *points[-1:].T,
            marker=MARKERS[group % len(MARKERS)],
            color=colours[feature],
            markersize=7,
            markeredgecolor=INK,
            markeredgewidth=0.7,
        )
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    axes.set_zlim(-reach, reach)
    axes.set_box_aspect((1, 1, 1), zoom=zoom)
    axes.view_init(elev=22, azim=-52)
