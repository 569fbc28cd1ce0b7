"""Cuts through the paper's phase diagrams: losses that cross where the weights jump."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from figures.toolkit.shapes import Shapes
from figures.toolkit.style import (
    BLUE,
    CATEGORIES,
    DENSITY_LABEL,
    FAINT,
    GREY,
    INK,
    MUTED,
    ORANGE,
    log_ticks,
    new_figure,
    nice_ticks,
    styled,
)

IGNORED_NORM: Final = 0.1
"""Below this norm a feature is drawn as ignored, without a superposition."""


@styled
def first_order(
    coordinate: ArrayLike,
    natural: Mapping[str, ArrayLike],
    optimum: ArrayLike,
    trained_coordinate: ArrayLike,
    trained_loss: ArrayLike,
    trained_norm: ArrayLike,
    trained_superposition: ArrayLike,
    *,
    xlabel: str = DENSITY_LABEL,
    crossings: Sequence[float] = (),
    title: str = "",
) -> Figure:
    """Draw a cut through the phase diagram: losses that cross, and weights that jump where they do.

    Source: #phase-change.

    Parameters
    ----------
    coordinate
        Positions along the cut, in any order, shape ``[position]``; the axis is logarithmic.
    natural
        Exact loss of each natural solution by its name, each of shape ``[position]``.
    optimum
        Exact global optimum, shape ``[position]``.
    trained_coordinate
        Positions of the trained models, shape ``[point]``.
    trained_loss
        Best trained loss, shape ``[point]``.
    trained_norm, trained_superposition
        Norm of the extra feature and the superposition on it in the best model, shape ``[point]``.
    xlabel
        Label of the horizontal axis.
    crossings
        Positions where the optimal solution changes, drawn as vertical lines.
    title
        Title of the figure, such as ``"n = 2, m = 1, relative importance 0.5"``; empty for none.

    Returns
    -------
    matplotlib.figure.Figure
        Losses above; norm and superposition below, on the same axis.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    x = shapes.floats("coordinate", coordinate, "position")
    solutions = {
        name: shapes.floats(f"natural[{name!r}]", loss, "position") for name, loss in natural.items()
    }
    best = shapes.floats("optimum", optimum, "position")
    points = shapes.floats("trained_coordinate", trained_coordinate, "point")
    losses = shapes.floats("trained_loss", trained_loss, "point")
    norms = shapes.floats("trained_norm", trained_norm, "point")
    superposition = shapes.floats("trained_superposition", trained_superposition, "point")

    order = np.argsort(x, kind="stable")
    x, best = x[order], best[order]
    solutions = {name: loss[order] for name, loss in solutions.items()}

    figure = new_figure(5.2, width=7.6)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1.25, 1.0))
    above.plot(x, best, color=FAINT, linewidth=7, label="exact global optimum", zorder=1)
    for name, loss, colour in zip(
        solutions, solutions.values(), _solution_colours(list(solutions)), strict=True
    ):
        above.plot(x, loss, color=colour, linewidth=1.6, linestyle=(0, (5, 2)), label=name, zorder=2)
    clear = {"clip_on": False, "zorder": 4}
    above.plot(
        points,
        losses,
        "o",
        **clear,
        color="white",
        markeredgecolor=INK,
        markersize=5.5,
        label="best trained model",
    )
    # A solution that is far from optimal would flatten the crossing that the figure is about.
    above.set_ylim(0, 1.3 * max(float(best.max()), float(losses.max())))
    above.set_ylabel("loss")
    above.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    below.plot(
        points,
        norms,
        "o",
        **clear,
        color="white",
        markeredgecolor=BLUE,
        markeredgewidth=1.8,
        markersize=7,
        label=r"norm $\|W_i\|$",
    )
    # The direction of an ignored feature's tiny embedding means nothing.
    superposition = np.where(norms > IGNORED_NORM, superposition, np.nan)
    below.plot(points, superposition, "s", **clear, color=ORANGE, markersize=3.6, label="superposition")
    below.set_ylim(-0.08, max(1.25, 1.08 * float(max(norms.max(), np.nanmax(superposition, initial=0.0)))))
    below.set_yticks([0, 0.5, 1])
    below.set_ylabel("extra feature")
    below.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    for axes in (above, below):
        for position in crossings:
            axes.axvline(position, color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)), zorder=0)
        axes.grid(axis="y")
    below.set_xscale("log")
    low, high = min(x.min(), points.min()), max(x.max(), points.max())
    below.set_xlim(low, high)
    log_ticks(below, "x", nice_ticks(low, high))
    below.set_xlabel(xlabel)
    if title:
        above.set_title(title)
    return figure


def _solution_colours(names: list[str]) -> list[str]:
    """Colour a solution by the outcome its name begins with, and others from the palette."""
    spare = iter(colour for colour in CATEGORIES[2:] if colour != INK)
    colours = {"ignore": GREY, "superpose": ORANGE, "dedicate": BLUE}
    chosen: list[str] = []
    for name in names:
        known = next((c for stem, c in colours.items() if name.startswith(stem) and c not in chosen), None)
        chosen.append(known or next(spare))
    return chosen
