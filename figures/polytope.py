"""A component's geometry in three dimensions, for a closer look at *Feature Dimensionality*."""

from typing import Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import ConvexHull, QhullError

from figures.toolkit.shapes import Shapes
from figures.toolkit.style import BLUE, FAINT, INK, MUTED, ORANGE, new_figure, projected, styled

_MARGIN: Final = 1.15
_FLAT: Final = 1e-6
"""Normals of neighbouring faces that differ by less belong to one face, whose diagonals are no edges."""


@styled
def solid(W: ArrayLike, marked: int) -> Figure:
    """Draw features in the three dimensions in which they extend the most, with the edges of their hull.

    Source: #geometry-dimensionality.

    Parameters
    ----------
    W
        Embeddings of the features of one component, shape ``[feature, hidden]``.
    marked
        Index of the feature to mark.

    Returns
    -------
    matplotlib.figure.Figure
        Lines from the origin to each feature, and the edges of the convex hull where it has a volume or an
        area. Features of more than three dimensions are projected, and the title says how much is left.

    Raises
    ------
    ValueError
        If W has the wrong shape or a value that is not finite, or there is no feature to mark.
    """
    weights = Shapes().floats("W", W, "feature hidden")
    if not 0 <= marked < len(weights):
        raise ValueError(f"marked must lie between 0 and {len(weights) - 1}, not {marked}.")
    _, sizes, axes_of_W = np.linalg.svd(weights, full_matrices=False)
    points = np.zeros((len(weights), 3))
    kept = min(3, len(axes_of_W))
    points[:, :kept] = weights @ axes_of_W[:kept].T
    shown = float((sizes[:kept] ** 2).sum() / max((sizes**2).sum(), 1e-12))

    figure = new_figure(4.6, width=5.4)
    axes = figure.add_subplot(projection="3d")
    reach = _MARGIN * max(float(np.abs(points).max()), 1e-3)
    for direction in np.eye(3):
        axes.plot(*np.outer(direction, [-reach, reach]), color=FAINT, linewidth=1)
    for first, second in _edges(points):
        axes.plot(*points[[first, second]].T, color=MUTED, linewidth=1.1)
    for number, point in enumerate(points):
        colour = ORANGE if number == marked else BLUE
        axes.plot(*np.stack([np.zeros(3), point]).T, color=colour, linewidth=1.8)
        axes.plot(
            *point[:, None],
            "o",
            color=colour,
            markersize=9 if number == marked else 6.5,
            markeredgecolor=INK,
            markeredgewidth=0.6,
        )
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_pane_color((1, 1, 1, 1))
        axis.set_ticks([-1, 0, 1])
        axis.set_ticklabels([])
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), zlim=(-reach, reach))
    axes.set_box_aspect((1, 1, 1), zoom=1.15)
    axes.view_init(elev=22, azim=-52)
    handles = [
        Line2D([], [], color=ORANGE, marker="o", markersize=8, label="the feature"),
        Line2D([], [], color=BLUE, marker="o", markersize=6, label="features it interferes with"),
        Line2D([], [], color=MUTED, linewidth=1.1, label="edges of the hull"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=9)
    if shown < 0.995:
        axes.set_title(f"a projection with {shown:.0%} of the squared norms", fontsize=9)
    return projected(figure)


def _edges(points: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return the edges of the convex hull, in as many dimensions as the points have; none without a hull."""
    spread = np.abs(points).max(0) > 0.1 * max(float(np.abs(points).max()), 1e-12)
    within = points[:, spread]
    if within.shape[1] < 2 or len(points) <= within.shape[1]:
        return []
    try:
        hull = ConvexHull(within)
    except QhullError:
        return []
    if within.shape[1] == 2:
        return [(int(a), int(b)) for a, b in hull.simplices]
    normals = hull.equations[:, :3]
    return [
        (int(a), int(b))
        for face, others in enumerate(hull.neighbors)
        for corner, other in enumerate(others)
        if face < other and normals[face] @ normals[other] < 1 - _FLAT
        for a, b in [np.delete(hull.simplices[face], corner)]
    ]
