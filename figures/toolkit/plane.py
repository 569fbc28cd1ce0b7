"""The plane of relative importance and density, on which phase diagrams are drawn."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from figures.toolkit.shapes import Shapes
from figures.toolkit.style import INK, halo, log_ticks, nice_ticks

Curve = tuple[ArrayLike, ArrayLike]
"""A boundary: relative importance and density of its points; NaN interrupts it."""


def read_grid(
    shapes: Shapes, relative_importance: ArrayLike, density: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read the coordinates of a diagram's cells.

    Parameters
    ----------
    shapes
        Sizes of the figure's axes so far.
    relative_importance
        Importance of the extra feature relative to the others, shape ``[importance]``.
    density
        $1 - S$, shape ``[density]``.

    Returns
    -------
    tuple of numpy.ndarray
        Relative importance and density, float64.

    Raises
    ------
    ValueError
        If a coordinate is not positive, increasing and of at least two values.
    """
    r = shapes.floats("relative_importance", relative_importance, "importance")
    p = shapes.floats("density", density, "density")
    for name, values in (("relative_importance", r), ("density", p)):
        if len(values) < 2 or values[0] <= 0 or (np.diff(values) <= 0).any():
            raise ValueError(f"{name} must hold at least two values, positive and increasing, not {values}.")
    return r, p


def read_curves(boundaries: Sequence[Curve]) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Read the boundaries between outcomes.

    Parameters
    ----------
    boundaries
        Curves of any length each; NaN interrupts them.

    Returns
    -------
    list of tuple of numpy.ndarray
        (relative importance, density) of each, as float64.

    Raises
    ------
    ValueError
        If the two arrays of a curve differ in shape, or a value is infinite.
    """
    curves = []
    for index, (x, y) in enumerate(boundaries):
        shapes = Shapes()
        curves.append(
            (
                shapes.floats(f"boundaries[{index}][0]", x, "k", missing=True),
                shapes.floats(f"boundaries[{index}][1]", y, "k", missing=True),
            )
        )
    return curves


def edges(centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the edges of cells, half a logarithmic step around their centres.

    Parameters
    ----------
    centres
        Positive and increasing, shape ``[cell]``.

    Returns
    -------
    numpy.ndarray
        Shape ``[cell + 1]``.
    """
    logs = np.log(centres)
    middles = (logs[1:] + logs[:-1]) / 2
    ends = np.concatenate([[2 * logs[0] - middles[0]], middles, [2 * logs[-1] - middles[-1]]])
    return np.asarray(np.exp(ends), dtype=np.float64)


def draw_cells(
    axes: Axes, r: NDArray[np.float64], p: NDArray[np.float64], colours: NDArray[np.float64]
) -> None:
    """Fill the cells of a diagram.

    Parameters
    ----------
    axes
        The axes to draw on.
    r, p
        Centres of the cells: relative importance ``[importance]`` and density ``[density]``.
    colours
        RGB in [0, 1], shape ``[density, importance, 3]``.
    """
    # Rasterised, because viewers show the seams between the polygons of a vector mesh.
    axes.pcolormesh(edges(r), edges(p), colours, linewidth=0, rasterized=True)


def frame_plane(axes: Axes, r: NDArray[np.float64], p: NDArray[np.float64]) -> None:
    """Give axes the style of a phase diagram: logarithmic, square, framed, with plain ticks.

    Parameters
    ----------
    axes
        The axes to change.
    r, p
        Centres of the cells: relative importance ``[importance]`` and density ``[density]``.
    """
    axes.set_xscale("log")
    axes.set_yscale("log")
    # Half of each outermost cell is cut off: a density above 1 means nothing.
    axes.set_xlim(r[0], r[-1])
    axes.set_ylim(p[0], p[-1])
    log_ticks(axes, "x", _ticks(r))
    log_ticks(axes, "y", _ticks(p))
    axes.set_box_aspect(1)
    for spine in axes.spines.values():
        spine.set_visible(True)


def _ticks(values: NDArray[np.float64]) -> tuple[float, ...]:
    ticks = nice_ticks(values[0], values[-1])
    decades = tuple(tick for tick in ticks if np.isclose(np.log10(tick) % 1, 0))
    return decades if len(decades) >= 3 else ticks


def draw_boundaries(axes: Axes, curves: list[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> None:
    """Draw the curves between outcomes.

    Parameters
    ----------
    axes
        The axes to draw on; their limits stay as they are.
    curves
        The curves that `read_curves` returned.
    """
    for x, y in curves:
        axes.plot(x, y, color=INK, linewidth=1.4, path_effects=halo(2.8), scalex=False, scaley=False)
