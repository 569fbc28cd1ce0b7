"""The atlas of the polytopes that small models form, beyond the paper's *Feature Dimensionality*."""

import textwrap
from collections import Counter
from collections.abc import Mapping
from itertools import combinations
from typing import Final

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import ConvexHull

from figures.toolkit.shapes import Shapes
from figures.toolkit.style import (
    BLUE,
    CATEGORIES,
    FAINT,
    GREY,
    INK,
    MUTED,
    ORANGE,
    new_figure,
    number,
    styled,
)
from tms.analysis import components

# Colours of the components of one model (its tegum factors), largest first.
_FACTORS: Final = (BLUE, ORANGE, CATEGORIES[2], CATEGORIES[3])
_VIEW: Final = np.deg2rad((20.0, 28.0))
# Half the width of a cell, the margin around the longest embedding, the height of a line and of four lines of
# text, in units of the embedding; then the width of a cell in inches.
_REACH: Final = 1.5
_MARGIN: Final = 0.08
_LINE: Final = 0.36
_TEXT: Final = 4.2 * _LINE
_CELL: Final = 1.16
_WIDEST: Final = 16
"""Letters that fit the width of a cell."""
_LABELS: Final = 0.8
# Dimensionalities that differ by less are written as one, their mean.
_SAME: Final = 0.004


@styled
def atlas(models: Mapping[tuple[int, int, float], ArrayLike]) -> Figure:
    """Draw the best model of every size and density, with its name and its feature dimensionalities.

    Source: #geometry-structures.

    Parameters
    ----------
    models
        Embedding, shape ``[feature, hidden]``, of n features in m = 2 or 3 dimensions by (n, m, 1/(1-S)).

    Returns
    -------
    matplotlib.figure.Figure
        A row for each m and density, a column for each n. Points are features, lines in three dimensions the
        edges of their convex hull; orthogonal factors differ in colour. The text below gives the factors'
        names and $D_i$ of the represented features.

    Raises
    ------
    ValueError
        If there is no model, or an embedding does not have the shape of its key.
    """
    if not models:
        raise ValueError("models must hold at least one model.")
    weights = {}
    for (n, m, inverse), value in models.items():
        if m not in (2, 3):
            raise ValueError(f"models must have m = 2 or 3 dimensions, not {m}.")
        weights[n, m, inverse] = Shapes().floats(f"models[{n}, {m}, {inverse:g}]", value, f"{n} {m}")
    rows = sorted({(m, inverse) for _, m, inverse in weights})
    sizes = sorted({n for n, _, _ in weights})
    top = max(float(np.linalg.norm(W, axis=1).max()) for W in weights.values()) + _MARGIN
    whole = 2 * top + _TEXT
    height = _CELL * whole / (2 * _REACH)
    figure = new_figure(height * len(rows) + 0.4, width=_CELL * len(sizes) + _LABELS)
    grid = figure.subplots(
        len(rows), len(sizes) + 1, squeeze=False, width_ratios=[_LABELS / _CELL] + [1] * len(sizes)
    )
    for axes in grid.ravel():
        axes.set(xticks=[], yticks=[])
        axes.set_axis_off()
    for (label, *cells), (m, inverse) in zip(grid, rows, strict=True):
        label.text(
            1,
            1 - top / whole,
            f"$m={m}$\n$\\frac{{1}}{{1-S}}={number(inverse)}$",
            transform=label.transAxes,
            ha="right",
            va="center",
            fontsize=10,
        )
        for axes, n in zip(cells, sizes, strict=True):
            if (n, m, inverse) in weights:
                _draw_model(axes, weights[n, m, inverse], top)
    for axes, n in zip(grid[0][1:], sizes, strict=True):
        axes.set_title(f"$n={n}$")
    return figure


def _draw_model(axes: Axes, W: NDArray[np.float64], top: float) -> None:
    found = components.identify(torch.from_numpy(W))
    colours = np.full(len(W), GREY, dtype=object)
    for k, component in enumerate(found):
        colours[list(component.features)] = _FACTORS[k % len(_FACTORS)]
    flat, depth = _flattened(W)
    if W.shape[1] == 2:
        turn = np.linspace(0, 2 * np.pi, 100)
        axes.plot(np.cos(turn), np.sin(turn), color=FAINT, linewidth=0.8, zorder=0)
        for (x, y), colour in zip(flat, colours, strict=True):
            axes.plot([0, x], [0, y], color=colour, linewidth=1.0, zorder=1)
    else:
        _draw_edges(axes, W, flat, depth)
    near = 9 + 9 * (depth - depth.min()) / max(float(np.ptp(depth)), 1e-9)
    axes.scatter(
        flat[:, 0], flat[:, 1], s=near, c=list(colours), edgecolors="white", linewidths=0.4, zorder=3
    )
    axes.set_aspect("equal")
    axes.set_xlim(-_REACH, _REACH)
    axes.set_ylim(-top - _TEXT, top)
    names = Counter(component.name for component in found)
    lines = [f"{count} × {name}" if count > 1 else name for name, count in names.items()]
    wrapped = "\n".join(textwrap.fill(line, _WIDEST) for line in lines)
    axes.text(0, -top, wrapped, ha="center", va="top", fontsize=8, color=INK, linespacing=1.05)
    below = -top - _LINE * (wrapped.count("\n") + 1)
    axes.text(0, below, _dimensionalities(found), ha="center", va="top", fontsize=8, color=MUTED)


def _dimensionalities(found: list[components.Component]) -> str:
    """Write down to two groups of nearly equal D_i, largest first."""
    values = np.sort(np.concatenate([component.D for component in found]))[::-1]
    groups = np.split(values, np.flatnonzero(-np.diff(values) > _SAME) + 1)
    lines = [f"{group.mean():.3f} × {len(group)}" for group in groups]
    return "\n".join(lines if len(lines) <= 2 else [lines[0], f"… {lines[-1]}"])


def _flattened(W: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn an embedding to its principal axes and project it; the depth is 0 in two dimensions."""
    turned = W @ np.linalg.svd(W)[2].T
    if W.shape[1] == 2:
        first = np.arctan2(*turned[np.linalg.norm(turned, axis=1).argmax()][::-1])
        angle = np.pi / 2 - first
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        return turned @ turn, np.zeros(len(W))
    elevation, azimuth = _VIEW
    x, y, z = turned.T
    across = x * np.cos(azimuth) - y * np.sin(azimuth)
    away = x * np.sin(azimuth) + y * np.cos(azimuth)
    up = z * np.cos(elevation) + away * np.sin(elevation)
    return np.stack([across, up], axis=1), z * np.sin(elevation) - away * np.cos(elevation)


def _draw_edges(
    axes: Axes, W: NDArray[np.float64], flat: NDArray[np.float64], depth: NDArray[np.float64]
) -> None:
    """Draw the convex hull's edges, those behind fainter; without a hull, lines from the origin."""
    kept = np.flatnonzero(np.linalg.norm(W, axis=1) >= 0.5)
    if len(kept) <= W.shape[1] + 1:
        for k in kept:
            axes.plot([0, flat[k, 0]], [0, flat[k, 1]], color=GREY, linewidth=0.9, zorder=1)
        return
    hull = ConvexHull(W[kept])
    faces: dict[tuple[int, int], set[tuple[float, ...]]] = {}
    for face, equation in zip(hull.simplices, hull.equations, strict=True):
        normal = tuple(float(value) for value in np.round(equation[:3], 1))
        for i, j in combinations(sorted(int(kept[k]) for k in face), 2):
            faces.setdefault((i, j), set()).add(normal)
    for (i, j), normals in faces.items():
        if len(normals) < 2:
            continue  # the diagonal of a flat face
        back = depth[[i, j]].mean() < depth[kept].mean()
        axes.plot(
            *flat[[i, j]].T, color=GREY, linewidth=0.6 if back else 1.1, alpha=0.5 if back else 1, zorder=1
        )
