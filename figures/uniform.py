"""Figures of the paper's section *The Geometry of Superposition*, uniform case."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import ConnectionPatch
from numpy.typing import ArrayLike, NDArray

from figures.toolkit.graph import NEGATIVE, POSITIVE, draw_graph, kind_colour
from figures.toolkit.marks import draw_level, draw_mean_and_range
from figures.toolkit.shapes import Shapes
from figures.toolkit.style import (
    BLUE,
    FRAME,
    GREY,
    INK,
    INVERSE_DENSITY_LABEL,
    log_ticks,
    new_figure,
    nice_ticks,
    number,
    styled,
)
from tms.analysis import clusters, geometry, polytopes

_UNREPRESENTED: Final = "not represented"
# Room for two lines of text where the lines at two fractions are close.
_NUDGES: Final = {"2/5": 4.5, "3/8": -4.5}
_JITTER: Final = 0.012
_MEAN: Final = "#c2185b"


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
        The mean over seeds with a band from the lowest to the highest, and lines at 1 and 1/2.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    x = shapes.floats("inverse_density", inverse_density, "point")
    y = shapes.floats("D_star", D_star, "point seed")

    figure = new_figure(4.3, width=8.0)
    axes = figure.subplots()
    draw_level(axes, 1.0, "1: a dimension each")
    draw_level(axes, 0.5, "1/2: antipodal pairs")
    draw_mean_and_range(axes, x, y, BLUE, label="mean of seeds", range_label="range of seeds", alpha=0.22)
    axes.legend(loc="lower left")
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
    *,
    point_size: float = 2.4,
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
        Dimensionality of each feature, shape ``[point, drawn_seed, feature]``; the drawn seeds may be fewer.
    graphs
        Embeddings to draw as small graphs above their place on the axis, by $1/(1-S)$, each of shape
        ``[feature, hidden]``.
    point_size
        Diameter of a feature's point; the default suits hundreds of features.

    Returns
    -------
    matplotlib.figure.Figure
        One point per feature, spread a little sideways, and a line at each fraction of
        `tms.analysis.clusters.FRACTIONS` with the polytope that has it.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    x = shapes.floats("inverse_density", inverse_density, "point")
    stars = shapes.floats("D_star", D_star, "point seed")
    values = shapes.floats("D_i", D_i, "point drawn_seed feature")
    order = np.argsort(x, kind="stable")
    x, stars, values = x[order], stars[order], values[order]
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
    for fraction, height, name in _fractions():
        colour = GREY if name == _UNREPRESENTED else kind_colour(name)
        axes.axhline(height, color=colour, linewidth=0.9, alpha=0.75, zorder=0)
        axes.annotate(
            f"{fraction}  {name}",
            (1.0, height),
            xycoords=("axes fraction", "data"),
            xytext=(6, _NUDGES.get(fraction, 0.0)),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    # A fixed seed, so that equal data give an equal picture.
    spread = np.random.default_rng(0).uniform(-1, 1, values.shape)
    places = x[:, None, None] * (x.max() / x.min()) ** (_JITTER / 2 * spread)
    axes.plot(
        places.ravel(),
        values.ravel(),
        ".",
        color=INK,
        markersize=point_size,
        alpha=0.35,
        markeredgewidth=0,
        rasterized=True,
    )
    star = "$D^*$, mean of seeds" if stars.shape[1] > 1 else "$D^*$"
    axes.plot(x, stars.mean(1), color=_MEAN, linewidth=1.4, label=star, zorder=3)
    _inverse_density_axis(axes, x)
    axes.set_ylim(-0.04, 1.09)
    axes.set_ylabel("feature dimensionality $D_i$")
    axes.plot([], [], ".", color=INK, markersize=5, label="one feature")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    for panel, (place, W) in zip(panels, embeddings.items(), strict=True):
        draw_graph(panel, W)
        panel.set_title(f"$1/(1-S) = {number(place, 3)}$", fontsize=9, pad=2)
        link = ConnectionPatch(
            (0.5, -0.02), (place, 1.09), panel.transAxes, axes.transData, color=FRAME, linewidth=0.8
        )
        link.set_in_layout(False)
        figure.add_artist(link)
    return figure


@styled
def geometry_graph(W: ArrayLike) -> Figure:
    """Draw the features as nodes and their interference as edges.

    Source: #geometry-uniform.

    Parameters
    ----------
    W
        Embeddings, shape ``[feature, hidden]``.

    Returns
    -------
    matplotlib.figure.Figure
        The components that `tms.analysis.components.identify` finds, with its names, largest first, each a
        ring in the order of its features' angles. An edge is as wide as its dot product and coloured by its
        sign.

    Raises
    ------
    ValueError
        If W has the wrong shape or a value that is not finite, or represents no feature.
    """
    weights = Shapes().floats("W", W, "feature hidden")
    if not geometry.represented(torch.from_numpy(weights)).any():
        raise ValueError(
            f"W must have a feature of norm above {geometry.REPRESENTED_NORM:g} to draw, but its longest has "
            f"{np.linalg.norm(weights, axis=1).max():.3g}."
        )
    figure = new_figure(5.2)
    axes = figure.subplots()
    counts = draw_graph(axes, weights, aspect=2.3, node=58)
    handles = [
        Line2D(
            [],
            [],
            marker="o",
            linestyle="",
            markersize=8,
            color=kind_colour(name),
            label=f"{count} × {name}",
        )
        for name, count in counts.items()
    ]
    handles += [
        Line2D([], [], color=NEGATIVE, linewidth=2.2, label=r"$W_i\cdot W_j < 0$"),
        Line2D([], [], color=POSITIVE, linewidth=2.2, label=r"$W_i\cdot W_j > 0$"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 5))
    return figure


def _inverse_density_axis(axes: Axes, x: NDArray[np.float64]) -> None:
    axes.set_xscale("log")
    margin = (x.max() / x.min()) ** 0.015
    axes.set_xlim(x.min() / margin, x.max() * margin)
    ticks = nice_ticks(x.min(), x.max())
    # Over less than an octave round numbers are too few, and the points themselves are few enough.
    log_ticks(axes, "x", ticks if len(ticks) > 2 else tuple(x.tolist()))
    axes.set_xlabel(f"{INVERSE_DENSITY_LABEL}, dense to sparse")


def _fractions() -> Iterator[tuple[str, float, str]]:
    """Yield each fraction that the claims look for, its value, and the first polytope that has it."""
    for label, value in {"1": 1.0, **clusters.FRACTIONS}.items():
        names = [p.name for p in polytopes.known() if np.allclose(p.dimensionalities, value, atol=1e-9)]
        yield label, value, names[0] if names else _UNREPRESENTED
