"""Marks that several figures share: means with ranges, levels, axes of density, and colour bars."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from numpy.typing import NDArray

from figures.toolkit.style import DENSITY_LABEL, FRAME, INK, MUTED, halo, log_ticks, nice_ticks


def draw_mean_and_range(
    axes: Axes,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    colour: str,
    *,
    label: str | None = None,
    range_label: str | None = None,
    alpha: float = 0.2,
    marker: str = "",
    markersize: float = 4.0,
) -> None:
    """Draw a line through the means over seeds, and a band from the lowest seed to the highest.

    Parameters
    ----------
    axes
        The axes to draw on.
    x
        Coordinates of the points in any order, shape ``[point]``; the line runs in increasing order.
    y
        Values of all seeds, shape ``[point, seed]``.
    colour
        Colour of the line and of the band.
    label, range_label
        Legend texts of the line and of the band; None leaves the entry out.
    alpha
        Opacity of the band, from 0 to 1.
    marker
        Marker of each point; empty for none.
    markersize
        Size of the marker in points.
    """
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    axes.fill_between(x, y.min(1), y.max(1), color=colour, alpha=alpha, linewidth=0, label=range_label)
    axes.plot(x, y.mean(1), color=colour, marker=marker, markersize=markersize, label=label)


@contextmanager
def ringed(axes: Axes, x: float, y: float) -> Iterator[None]:
    """Put a ring around a place while the figure is drawn, on any colour and on the axes' edge too.

    Parameters
    ----------
    axes
        The axes to draw on; their limits and their layout stay.
    x, y
        The place in data coordinates.
    """
    ring = axes.plot(
        [x],
        [y],
        "o",
        markersize=12,
        markerfacecolor="none",
        markeredgecolor=INK,
        markeredgewidth=2,
        path_effects=halo(4.5),
        clip_on=False,
        zorder=5,
        scalex=False,
        scaley=False,
    )[0]
    ring.set_in_layout(False)
    try:
        yield
    finally:
        ring.remove()


def draw_level(axes: Axes, height: float, text: str = "") -> None:
    """Draw a dashed horizontal line behind the data, with its meaning above its right end.

    Parameters
    ----------
    axes
        The axes to draw on.
    height
        Height of the line in data coordinates.
    text
        The meaning of the level; empty for none.
    """
    axes.axhline(height, color=FRAME, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
    if text:
        axes.annotate(
            text,
            (1.0, height),
            xycoords=("axes fraction", "data"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            color=MUTED,
            fontsize=9,
        )


def dense_to_sparse(
    axes: Axes, density: NDArray[np.float64], *, margin: float = 1.0, ticks: tuple[float, ...] = ()
) -> None:
    """Make the horizontal axis one of feature density, logarithmic, with the densest features at the left.

    Parameters
    ----------
    axes
        The axes to change.
    density
        $1 - S$ of the points, in any order, shape ``[point]``.
    margin
        Factor by which the axis extends beyond the points at either end.
    ticks
        Densities to label; round ones where empty.
    """
    low, high = float(density.min()), float(density.max())
    axes.set_xscale("log")
    axes.set_xlim(high * margin, low / margin)
    log_ticks(axes, "x", ticks or nice_ticks(low, high))
    axes.set_xlabel(f"{DENSITY_LABEL}, dense to sparse")


def label_bar(bar: Colorbar, label: str) -> None:
    """Label a colour bar and give it the grey frame of all panels.

    Parameters
    ----------
    bar
        The colour bar, changed in place.
    label
        The quantity that the colours show, with its unit if it has one.
    """
    bar.set_label(label)
    bar.outline.set_edgecolor(FRAME)
