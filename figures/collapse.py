"""Where the principal component of two correlated features takes over from superposition."""

from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from figures.toolkit.shapes import Shapes
from figures.toolkit.style import BLUE, DENSITY_LABEL, GREY, new_figure, styled


@styled
def critical_density(
    correlation: ArrayLike, critical: ArrayLike, natural_correlation: ArrayLike, natural: ArrayLike
) -> Figure:
    """Draw the density from which on the principal component is the best solution.

    Source: #geometry-collapsing.

    Parameters
    ----------
    correlation
        Correlation of the features' being active, in any order, shape ``[point]``.
    critical
        Critical density of the exact optimum, shape ``[point]``.
    natural_correlation, natural
        The same of the natural solutions, a curve of shape ``[place]``.

    Returns
    -------
    matplotlib.figure.Figure
        Points and a curve; superposition is best below them.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    x = shapes.floats("correlation", correlation, "point")
    y = shapes.floats("critical", critical, "point")
    curve_x = shapes.floats("natural_correlation", natural_correlation, "place")
    curve_y = shapes.floats("natural", natural, "place")

    figure = new_figure(4.0, width=6.2)
    axes = figure.subplots()
    axes.plot(curve_x, curve_y, color=GREY, linewidth=1.6, label="W = [1, −1] against [1, 1] / √2")
    axes.plot(x, y, "o", color=BLUE, markersize=6, label="exact optimum", clip_on=False, zorder=3)
    axes.set_ylim(0, 1.05)
    axes.set_xlabel("correlation of two features' being active")
    axes.set_ylabel(f"critical {DENSITY_LABEL}")
    axes.text(0.97, 0.6, "principal component", ha="right", transform=axes.transAxes)
    axes.text(0.03, 0.08, "superposition", ha="left", transform=axes.transAxes)
    axes.legend(loc="upper right")
    return figure
