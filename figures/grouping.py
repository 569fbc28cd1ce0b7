"""How often models group two features in superposition, beside the sets of correlated features."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from figures.toolkit.marks import label_bar
from figures.toolkit.shapes import Shapes
from figures.toolkit.style import INK, new_figure, styled


@styled
def how_often(share: ArrayLike, sets: ArrayLike, *, models: int) -> Figure:
    """Draw in which share of the models each two features are grouped.

    Source: #geometry-correlated.

    Parameters
    ----------
    share
        Share of the models in which two features are grouped, shape ``[feature, other]``.
    sets
        Number of each feature's set, from 0, features of a set side by side, shape ``[feature]``.
    models
        Number of models.

    Returns
    -------
    matplotlib.figure.Figure
        One square for each two features, with the sets marked off; the mean over all of
        them, which random groups would have, is a line on the scale.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite, or if the features of a set are not
        side by side.
    """
    shapes = Shapes()
    groups = shapes.floats("sets", sets, "feature").astype(int)
    shares = shapes.floats("share", share, "feature other")
    n = len(groups)
    if shares.shape != (n, n):
        raise ValueError(f"share must have the shape ({n}, {n}), not {shares.shape}.")
    starts = [0, *(np.flatnonzero(np.diff(groups)) + 1).tolist()]
    if len(starts) != len(set(groups.tolist())):
        raise ValueError("sets must have the features of each set side by side.")

    chance = float(shares[~np.eye(n, dtype=bool)].mean())
    figure = new_figure(4.8, width=6.2)
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=float(shares.max()) or 1.0)
    for start, stop in zip(starts, [*starts[1:], n], strict=True):
        if start:
            axes.plot([start - 0.5, start - 0.5], [-0.5, n - 0.5], color=INK, linewidth=1)
            axes.plot([-0.5, n - 0.5], [start - 0.5, start - 0.5], color=INK, linewidth=1)
        middle, name = (start + stop - 1) / 2, f"set {groups[start] + 1}"
        axes.text(middle, -0.5 - 0.02 * n, name, ha="center", va="bottom")
        axes.text(-0.5 - 0.02 * n, middle, name, ha="right", va="center", rotation=90)
    axes.set_xticks([])
    axes.set_yticks([])
    bar = figure.colorbar(image, ax=axes, shrink=0.8)
    label_bar(bar, f"share of {models} models that group the two; line: random groups")
    bar.ax.axhline(chance, color="white", linewidth=3)
    bar.ax.axhline(chance, color=INK, linewidth=1.4)
    return figure
