"""The solution of each cell in the theoretical phase diagram, beside that nearest to the exact optimum."""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import ArrayLike

from figures.toolkit.plane import Curve, draw_boundaries, draw_cells, frame_plane, read_curves, read_grid
from figures.toolkit.shapes import Shapes
from figures.toolkit.style import CATEGORIES, DENSITY_LABEL, RELATIVE_IMPORTANCE_LABEL, new_figure, styled


@styled
def solutions(
    relative_importance: ArrayLike,
    density: ArrayLike,
    theory_solution: ArrayLike,
    optimum_solution: ArrayLike,
    names: Sequence[str],
    boundaries: Sequence[Curve],
) -> Figure:
    """Draw which solution the theoretical diagram has in each cell, beside that nearest to the exact optimum.

    Source: #phase-change.

    Parameters
    ----------
    relative_importance
        Importance of the extra feature relative to the others, log spaced, shape ``[importance]``.
    density
        $1 - S$, log spaced, shape ``[density]``.
    theory_solution
        Index of the natural solution of lowest loss, shape ``[density, importance]``.
    optimum_solution
        Index of the solution nearest to the exact optimum, same shape.
    names
        Name of each solution, shape ``[solution]``.
    boundaries
        Curves between outcomes, each a pair of arrays (relative importance, density).

    Returns
    -------
    matplotlib.figure.Figure
        One colour for each solution, with the share of cells nearest to it in the legend.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite, if a coordinate is not positive and
        increasing, or if there are more solutions than colours.
    """
    shapes = Shapes()
    r, p = read_grid(shapes, relative_importance, density)
    natural = shapes.floats("theory_solution", theory_solution, "density importance").astype(int)
    nearest = shapes.floats("optimum_solution", optimum_solution, "density importance").astype(int)
    titles = shapes.names("names", np.asarray(names), "solution").tolist()
    curves = read_curves(boundaries)
    if len(titles) > len(CATEGORIES):
        raise ValueError(
            f"names must be at most {len(CATEGORIES)}, the number of colours, not {len(titles)}."
        )

    palette = np.array([to_rgb(colour) for colour in CATEGORIES[: len(titles)]])
    figure = new_figure(4.6)
    panels = figure.subplots(1, 2)
    for axes, cells, title in zip(
        panels, (natural, nearest), ("theoretical diagram", "nearest to the exact optimum"), strict=True
    ):
        draw_cells(axes, r, p, palette[cells])
        frame_plane(axes, r, p)
        draw_boundaries(axes, curves)
        axes.set_title(title)
        axes.set_xlabel(RELATIVE_IMPORTANCE_LABEL)
        axes.tick_params(labelleft=axes is panels[0])
    panels[0].set_ylabel(DENSITY_LABEL)
    handles = [
        Patch(facecolor=palette[k], label=f"{name}: {100 * (nearest == k).mean():.1f}% of optima")
        for k, name in enumerate(titles)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, handlelength=1.3)
    return figure
