"""Figures of what superposition is worth: in dimensions, and for each activation."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from figures.toolkit.marks import draw_level, draw_mean_and_range
from figures.toolkit.shapes import Shapes
from figures.toolkit.style import BLUE, INVERSE_DENSITY_LABEL, log_ticks, new_figure, nice_ticks, styled


@styled
def worth(inverse_density: ArrayLike, k: ArrayLike) -> Figure:
    """Draw how many times as many dimensions a model without superposition needs for the same loss.

    Source: #strategic-approach-no-super.

    Parameters
    ----------
    inverse_density
        $1/(1-S)$, shape ``[point]``.
    k
        Dimensions without superposition over those with it, shape ``[point, seed]``.

    Returns
    -------
    matplotlib.figure.Figure
        Means over seeds, with bands from the lowest to the highest; 1 is a line.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    return _against_sparsity("k", inverse_density, k, "dimensions without superposition\nfor equal loss, $k$")


@styled
def saved_for_activation(inverse_density: ArrayLike, saved: ArrayLike) -> Figure:
    """Draw how much loss an antipodal pair saves for each activation, over a dimension of its own.

    Source: #strategic-approach-no-super.

    Parameters
    ----------
    inverse_density
        $1/(1-S)$, shape ``[point]``.
    saved
        Loss saved for each activation, over that of a dimension of its own, shape ``[point, seed]``.

    Returns
    -------
    matplotlib.figure.Figure
        Means over seeds, with bands from the lowest to the highest; 1 is a line.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    label = "loss saved for each activation,\nover a dimension of its own"
    return _against_sparsity("saved", inverse_density, saved, label)


def _against_sparsity(name: str, inverse_density: ArrayLike, values: ArrayLike, label: str) -> Figure:
    shapes = Shapes()
    x = shapes.floats("inverse_density", inverse_density, "point")
    y = shapes.floats(name, values, "point seed")

    figure = new_figure(3.6, width=6.0)
    axes = figure.subplots()
    draw_level(axes, 1)
    draw_mean_and_range(axes, x, y, BLUE, marker="o")
    axes.set_xscale("log")
    log_ticks(axes, "x", nice_ticks(float(np.min(x)), float(np.max(x))))
    axes.grid(axis="y")
    axes.set_xlabel(f"{INVERSE_DENSITY_LABEL}, dense to sparse")
    axes.set_ylabel(label)
    return figure
