"""Figures of training throughput: the speed of each stack, and the growth of training time."""

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterMathtext, LogLocator, NullFormatter, NullLocator
from numpy.typing import ArrayLike

from figures.toolkit.shapes import Shapes
from figures.toolkit.style import (
    BLUE,
    CATEGORIES,
    FAINT,
    INK,
    MARKERS,
    MUTED,
    log_ticks,
    new_figure,
    nice_ticks,
    styled,
)

_ROW_INCHES = 0.34
_OFFSET = 0.62
_MOST_TICKS = 4


@styled
def speeds(
    workloads: Sequence[str],
    ratios: Mapping[str, ArrayLike],
    lowest: Mapping[str, ArrayLike],
    highest: Mapping[str, ArrayLike],
    title: str = "",
) -> Figure:
    """Draw the speed of every stack relative to the notebook loop, workload by workload.

    Parameters
    ----------
    workloads
        Names of the workloads, from top to bottom.
    ratios
        Speeds relative to the notebook loop by name of the stack, shape ``[workload]``; NaN where a stack was
        not measured.
    lowest, highest
        Least and greatest ratio of single measurements, by the same names, shape ``[workload]``.
    title
        Description of the machine.

    Returns
    -------
    matplotlib.figure.Figure
        A row of markers for each workload on one logarithmic axis; the loop itself is the line at 1.

    Raises
    ------
    ValueError
        If a shape differs from the one above.
    """
    shapes = Shapes()
    named = shapes.names("workloads", list(workloads), "workload")
    middle, low, high = (
        {name: shapes.floats(which, values, "workload", missing=True) for name, values in by_name.items()}
        for which, by_name in (("ratios", ratios), ("lowest", lowest), ("highest", highest))
    )
    count = len(named)
    figure = new_figure(1.5 + _ROW_INCHES * count * max(1.0, len(ratios) / 3), width=7.6)
    axes = figure.subplots()
    rows = np.arange(count)
    for place, name in enumerate(ratios):
        y = rows + _OFFSET * ((place + 0.5) / len(ratios) - 0.5)
        colour, marker = CATEGORIES[place % len(CATEGORIES)], MARKERS[place % len(MARKERS)]
        axes.hlines(y, low[name], high[name], color=colour, linewidth=1.6, alpha=0.6)
        axes.plot(middle[name], y, marker, color=colour, markersize=6, markeredgecolor="white", label=name)
    for row in rows[:-1]:
        axes.axhline(row + 0.5, color=FAINT, linewidth=0.6, zorder=0)
    axes.axvline(1, color=INK, linewidth=1.1, zorder=0)
    axes.set_xscale("log")
    left = min(0.8, *(float(np.nanmin(ends)) / 1.25 for ends in low.values()))
    right = max(1.25, *(float(np.nanmax(ends)) * 1.25 for ends in high.values()))
    axes.set_xlim(left, right)
    log_ticks(axes, "x", nice_ticks(left, right))
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_yticks(rows, list(named))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_xlabel("training steps per second, in units of the notebook loop's")
    axes.set_title(textwrap.fill(title, 90), color=MUTED, fontsize=9, loc="left")
    figure.legend(loc="outside upper left", ncols=4, handletextpad=0.2, columnspacing=1.2)
    return figure


@styled
def growth(
    values: Mapping[str, ArrayLike],
    seconds: Mapping[str, ArrayLike],
    exponents: Mapping[str, float],
    intervals: Mapping[str, tuple[float, float]],
    title: str = "",
) -> Figure:
    """Draw training time against each varied setting, with the fitted power law.

    Parameters
    ----------
    values
        Positive values by name of the setting, shape ``[value]``.
    seconds
        Training time at each value by the same names, shape ``[value]``, in seconds.
    exponents, intervals
        Fitted exponents and their 95% intervals, by the same names.
    title
        Description of the engine and the machine.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each setting. Both axes are logarithmic and span the same number of decades, so that
        slopes can be compared.

    Raises
    ------
    ValueError
        If a shape differs from the one above, or a value is not finite.
    """
    figure = new_figure(2.9, width=1.8 * max(2, len(values)))
    panels = np.atleast_1d(figure.subplots(1, len(values)))
    for axes, (name, given) in zip(panels, values.items(), strict=True):
        shapes = Shapes()
        x = shapes.floats("values", given, "value")
        y = shapes.floats("seconds", seconds[name], "value")
        middle = float(np.exp(np.log(x).mean())), float(np.exp(np.log(y).mean()))
        ends = np.array([x.min(), x.max()])
        axes.plot(ends, middle[1] * (ends / middle[0]) ** exponents[name], color=MUTED, linewidth=1.2)
        axes.plot(x, y, "o", color=BLUE, markersize=5, markeredgecolor="white")
        low, high = intervals[name]
        axes.set_title(f"{name}\nexponent {exponents[name]:.2f}\n[{low:.2f}, {high:.2f}]")
        axes.set_xlabel(name)
        reach = max(float(np.ptp(np.log(x))), float(np.ptp(np.log(y)))) / 2 + 0.4
        _same_decades(axes, middle, reach)
    panels[0].set_ylabel("seconds")
    figure.suptitle(title, color=MUTED, fontsize=9)
    return figure


def _same_decades(axes: Axes, middle: tuple[float, float], reach: float) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_box_aspect(1)
    for axis, centre in zip((axes.xaxis, axes.yaxis), middle, strict=True):
        low, high = centre * float(np.exp(-reach)), centre * float(np.exp(reach))
        axis.set_view_interval(low, high, ignore=True)
        first, last = int(np.ceil(np.log10(low))), int(np.floor(np.log10(high)))
        every = 1 + (last - first) // _MOST_TICKS
        axis.set_ticks([10.0**decade for decade in range(first, last + 1, every)])
        axis.set_major_formatter(LogFormatterMathtext())
        axis.set_minor_locator(LogLocator(subs=tuple(range(2, 10))) if every == 1 else NullLocator())
        axis.set_minor_formatter(NullFormatter())
