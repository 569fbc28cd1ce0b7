"""The figure of the falsification matrix: which claims notice which mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from numpy.typing import NDArray

from figures.toolkit.style import BLUE, FAINT, FRAME, INK, MUTED, ORANGE, PINK, SKY, new_figure, styled

STATES: Final = (
    "caught",
    "withheld",
    "inconclusive",
    "drifted",
    "survived",
    "broke",
    "not applicable",
    "replicated by junk",
    "not run",
)
"""The possible outcomes of a claim under a mistake, in the order of their codes."""
CAUGHT, WITHHELD, INCONCLUSIVE, DRIFTED, SURVIVED, BROKE, NOT_APPLICABLE, REPLICATED, NOT_RUN = range(
    len(STATES)
)

_LEGEND: Final = (
    "caught by the verdict",
    "caught by quantities of models that did not converge",
    "only inconclusive",
    "verdict stays, baseline drifts",
    "not noticed",
    "broke: an error, no judgement",
    "not applicable: the same to the last bit",
    "replicated by weights that nobody trained",
    "not run",
)
_CELL: Final = 0.165
_SIZE: Final = 6.6
_LABELS: Final = 3.6
_HEADER: Final = 2.6


@styled
def matrix(
    claims: Sequence[str],
    sections: Sequence[str],
    controls: Sequence[str],
    kinds: Sequence[str],
    states: NDArray[np.int64],
) -> Figure:
    """Draw a matrix of marks: claims are rows, mistakes are columns.

    Marks differ in colour, lightness and shape. The numbers on the right count the mistakes that a claim
    catches, by its verdict or by its quantities. The numbers below count the claims that catch a mistake.

    Parameters
    ----------
    claims, sections
        Label and section of each row. Lines separate neighbours of different sections.
    controls, kinds
        Label and kind of each column. Lines separate neighbours of different kinds.
    states
        Codes of the outcomes, indices of `STATES`, shape (claim, control).

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the shapes do not fit, or a code is unknown.
    """
    rows, columns = len(claims), len(controls)
    if states.shape != (rows, columns) or len(sections) != rows or len(kinds) != columns:
        raise ValueError(
            f"states has shape {states.shape}; with {rows} claims of {len(sections)} sections and {columns} "
            f"controls of {len(kinds)} kinds it must be ({rows}, {columns})."
        )
    if states.size and not ((states >= 0) & (states < len(STATES))).all():
        raise ValueError(f"states must hold codes from 0 to {len(STATES) - 1}.")
    width, height = _LABELS + (columns + 3) * _CELL, _HEADER + (rows + 4) * _CELL
    figure = new_figure(height, width=width)
    figure.set_layout_engine("none")
    axes = figure.add_axes(
        (
            _LABELS / width,
            2.5 * _CELL / height,
            columns * _CELL / width,
            rows * _CELL / height,
        )
    )
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
    for row, column in zip(*np.nonzero(states != NOT_RUN), strict=True):
        _mark(axes, int(states[row, column]), float(column), float(row))
    for edge in _edges(sections):
        axes.axhline(edge, color=FRAME, linewidth=0.6)
    for edge in _edges(kinds):
        axes.axvline(edge, color=FRAME, linewidth=0.6)
    axes.set_yticks(np.arange(rows) + 0.5, claims, fontsize=_SIZE)
    axes.set_xticks(np.arange(columns) + 0.5, controls, fontsize=_SIZE, rotation=90)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, pad=2)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(True)
    caught = (states == CAUGHT) | (states == WITHHELD)
    for row, count in enumerate(caught.sum(axis=1)):
        axes.text(columns + 0.3, row + 0.5, str(count), **_count_style(int(count), va="center", ha="left"))
    for column, count in enumerate(caught.sum(axis=0)):
        axes.text(column + 0.5, rows + 0.3, str(count), **_count_style(int(count), va="top", ha="center"))
    for kind, first, last in _groups(kinds):
        axes.text((first + last) / 2, -(_HEADER - 0.75) / _CELL, kind, ha="center", fontsize=8, color=MUTED)
    figure.legend(
        handles=_legend(),
        loc="upper left",
        bbox_to_anchor=(0.1 / width, 1 - 0.1 / height),
        fontsize=8,
        handlelength=1.2,
    )
    return figure


def _mark(axes: Axes, state: int, x: float, y: float) -> None:
    if state == CAUGHT:
        axes.add_patch(Rectangle((x + 0.05, y + 0.05), 0.9, 0.9, color=BLUE, linewidth=0))
    elif state == WITHHELD:
        corners = [(x + 0.05, y + 0.05), (x + 0.95, y + 0.05), (x + 0.05, y + 0.95)]
        axes.add_patch(Polygon(corners, color=BLUE, linewidth=0))
    elif state == INCONCLUSIVE:
        corners = [(x + 0.05, y + 0.95), (x + 0.95, y + 0.95), (x + 0.95, y + 0.05)]
        axes.add_patch(Polygon(corners, color=PINK, linewidth=0))
    elif state == DRIFTED:
        axes.add_patch(Rectangle((x + 0.05, y + 0.5), 0.9, 0.45, color=SKY, linewidth=0))
    elif state == SURVIVED:
        axes.plot(x + 0.5, y + 0.5, marker="o", markersize=4.2, color=ORANGE, fillstyle="none", mew=1.1)
    elif state == BROKE:
        axes.plot(x + 0.5, y + 0.5, marker="x", markersize=4.6, color=INK, mew=1.1)
    elif state == REPLICATED:
        axes.plot(x + 0.5, y + 0.5, marker="^", markersize=4.6, color=ORANGE, mew=0)
    else:
        axes.add_patch(Rectangle((x + 0.05, y + 0.05), 0.9, 0.9, color=FAINT, alpha=0.55, linewidth=0))


def _legend() -> list[Line2D]:
    square = {"linestyle": "none", "marker": "s", "markersize": 8}
    handles = [
        Line2D([], [], color=BLUE, **square),  # type: ignore[arg-type]
        Line2D([], [], color=BLUE, linestyle="none", marker=[(-1, 1), (1, 1), (-1, -1)], markersize=8),
        Line2D([], [], color=PINK, linestyle="none", marker=[(-1, -1), (1, -1), (1, 1)], markersize=8),
        Line2D([], [], color=SKY, linewidth=4, solid_capstyle="butt"),
        Line2D([], [], color=ORANGE, linestyle="none", marker="o", fillstyle="none", mew=1.1, markersize=5),
        Line2D([], [], color=INK, linestyle="none", marker="x", mew=1.1, markersize=5),
        Line2D([], [], color=FAINT, alpha=0.55, **square),  # type: ignore[arg-type]
        Line2D([], [], color=ORANGE, linestyle="none", marker="^", mew=0, markersize=5),
        Line2D([], [], markerfacecolor="white", markeredgecolor=FAINT, **square),  # type: ignore[arg-type]
    ]
    for handle, meaning in zip(handles, _LEGEND, strict=True):
        handle.set_label(meaning)
    return handles


def _count_style(count: int, **alignment: str) -> dict[str, Any]:
    return {"fontsize": _SIZE, "color": MUTED if count else ORANGE, **alignment}


def _groups(names: Sequence[str]) -> list[tuple[str, int, int]]:
    groups, first = [], 0
    for name, members in groupby(names):
        last = first + len(list(members))
        groups.append((name, first, last))
        first = last
    return groups


def _edges(names: Sequence[str]) -> list[int]:
    return [first for _, first, _ in _groups(names)][1:]
