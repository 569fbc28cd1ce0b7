"""Figures of the paper's section *Definitions and Motivation*."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from numpy.typing import ArrayLike

from figures.toolkit.shapes import Shapes
from figures.toolkit.style import BLUE, MUTED, ORANGE, new_figure, number, styled


@styled
def almost_orthogonal_directions(
    dimensions: ArrayLike, found: ArrayLike, guaranteed: ArrayLike, cosine: float
) -> Figure:
    """Draw how many almost orthogonal directions fit into a space, against its dimensions.

    Source: #motivation-superposition.

    Parameters
    ----------
    dimensions
        Dimensions of each space, shape ``[space]``.
    found
        Directions found in each space, shape ``[space, seed]``.
    guaranteed
        Number that always fits, shape ``[space]``.
    cosine
        Largest |cosine| of two of the directions.

    Returns
    -------
    matplotlib.figure.Figure
        Logarithmic counts: points for what was found, lines for what always fits and for one direction per
        dimension.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    spaces = shapes.floats("dimensions", dimensions, "space")
    counts = shapes.floats("found", found, "space seed")
    bound = shapes.floats("guaranteed", guaranteed, "space")
    order = np.argsort(spaces, kind="stable")
    x, counts, bound = spaces[order], counts[order], bound[order]

    figure = new_figure(4.0, width=7.2)
    axes = figure.subplots()
    axes.plot(x, counts.mean(1), "o", color=BLUE, markersize=6, label="found by drawing at random")
    axes.plot(x, bound, color=ORANGE, label="always fits, by covering the sphere")
    axes.plot(x, x, color=MUTED, linestyle=(0, (4, 3)), linewidth=1.2, label="orthogonal directions")
    axes.set_yscale("log")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(0, x.max() * 1.04)
    axes.set_xlabel("dimensions $n$")
    axes.set_ylabel(rf"directions with $|\cos| < {number(cosine)}$")
    axes.grid(axis="y")
    axes.legend(loc="upper left")
    return figure
