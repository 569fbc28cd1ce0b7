"""Figures of the paper's section *Superposition and Adversarial Robustness*."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from figures.toolkit.marks import draw_level, draw_mean_and_range, label_bar
from figures.toolkit.shapes import Shapes
from figures.toolkit.style import (
    BLUE,
    INK,
    INVERSE_DENSITY_LABEL,
    MUTED,
    ORANGE,
    TIME,
    log_ticks,
    new_figure,
    nice_ticks,
    styled,
)

_VULNERABILITY_LABEL = "adversarial vulnerability,\nrelative to no superposition"
_FEATURES_LABEL = "features per dimension"


@styled
def vulnerability(
    inverse_density: ArrayLike, vulnerability: ArrayLike, features_per_dimension: ArrayLike
) -> Figure:
    r"""Draw adversarial vulnerability above features per dimension, against sparsity.

    Source: #adversarial.

    Parameters
    ----------
    inverse_density
        $1/(1-S)$, shape ``[point]``.
    vulnerability
        Vulnerability relative to a model without superposition, shape ``[point, seed]``.
    features_per_dimension
        $\|W\|_F^2 / m$, shape ``[point, seed]``.

    Returns
    -------
    matplotlib.figure.Figure
        Means over seeds with bands from the lowest to the highest.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    x = shapes.floats("inverse_density", inverse_density, "point")
    attacked = shapes.floats("vulnerability", vulnerability, "point seed")
    features = shapes.floats("features_per_dimension", features_per_dimension, "point seed")

    figure = new_figure(5.0, width=7.6)
    above, below = figure.subplots(2, 1, sharex=True)
    _band(above, x, attacked, ORANGE)
    _band(below, x, features, BLUE)
    above.set_ylabel(_VULNERABILITY_LABEL)
    below.set_ylabel(_FEATURES_LABEL)
    below.set_xscale("log")
    below.set_xlim(x.min(), x.max())
    log_ticks(below, "x", nice_ticks(x.min(), x.max()))
    below.set_xlabel(f"{INVERSE_DENSITY_LABEL}, dense to sparse")
    figure.align_ylabels([above, below])
    return figure


def _band(axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64], colour: str) -> None:
    draw_level(axes, 1)
    draw_mean_and_range(axes, x, y, colour, label="mean of seeds", range_label="range of seeds", alpha=0.22)
    axes.set_ylim(bottom=min(0.8, float(y.min())))
    axes.grid(axis="y")
    axes.legend(loc="upper left", frameon=True, framealpha=1, edgecolor="none")


@styled
def vulnerability_against_features(
    features_per_dimension: ArrayLike, vulnerability: ArrayLike, inverse_density: ArrayLike
) -> Figure:
    r"""Draw adversarial vulnerability against features per dimension.

    Source: #adversarial.

    Parameters
    ----------
    features_per_dimension
        $\|W\|_F^2 / m$, shape ``[point, seed]``.
    vulnerability
        Vulnerability relative to a model without superposition, shape ``[point, seed]``.
    inverse_density
        $1/(1-S)$, shape ``[point]``.

    Returns
    -------
    matplotlib.figure.Figure
        One point per model, coloured by sparsity.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    features = shapes.floats("features_per_dimension", features_per_dimension, "point seed")
    attacked = shapes.floats("vulnerability", vulnerability, "point seed")
    x = shapes.floats("inverse_density", inverse_density, "point")

    figure = new_figure(4.6, width=6.0)
    axes = figure.subplots()
    scale = LogNorm(x.min(), x.max() if x.max() > x.min() else 10 * x.max())
    colours = TIME(scale(np.broadcast_to(x[:, None], features.shape).ravel()))
    axes.scatter(features.ravel(), attacked.ravel(), s=30, c=colours, edgecolors="white", linewidths=0.5)
    axes.grid()
    axes.set_xlabel(_FEATURES_LABEL)
    axes.set_ylabel(_VULNERABILITY_LABEL)
    bar = figure.colorbar(ScalarMappable(scale, TIME), ax=axes, pad=0.02)
    label_bar(bar, INVERSE_DENSITY_LABEL)
    log_ticks(bar.ax, "y", nice_ticks(float(x.min()), float(x.max())))
    return figure


@styled
def transferred(fixed: ArrayLike, free: ArrayLike) -> Figure:
    """Draw how much of their damage attacks keep that were made for another model.

    Source: #adversarial.

    Parameters
    ----------
    fixed
        Damage of another model's attacks over that of a model's own, where correlations fix the arrangement
        of features, shape ``[seed]``.
    free
        The same for independent features, shape ``[seed]``.

    Returns
    -------
    matplotlib.figure.Figure
        One point per model.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    kinds = (
        ("anticorrelated pairs", Shapes().floats("fixed", fixed, "seed"), BLUE),
        ("independent features", Shapes().floats("free", free, "seed"), ORANGE),
    )
    figure = new_figure(2.4, width=6.4)
    axes = figure.subplots()
    for row, (_, values, colour) in enumerate(kinds):
        heights = row + np.linspace(-0.25, 0.25, len(values))
        axes.plot(np.sort(values), heights, "o", color=colour, markersize=4, markeredgewidth=0)
    axes.set_yticks([0, 1], [name for name, _, _ in kinds])
    axes.set_ylim(1.5, -0.5)
    axes.set_xlim(0, max(1.1, *(float(values.max()) * 1.05 for _, values, _ in kinds)))
    axes.axvline(1, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    axes.set_xlabel("damage of another model's attacks, over that of a model's own")
    return figure


@styled
def adversarial_training(
    strength: Sequence[ArrayLike],
    superposed: Sequence[ArrayLike],
    represented: Sequence[ArrayLike],
    loss: Sequence[ArrayLike],
    names: Sequence[str],
) -> Figure:
    """Draw what training under attack leaves of superposition, and what it costs.

    Source: #adversarial.

    Parameters
    ----------
    strength
        Strength of the attacks in input norms, shape ``[point]``, for each size.
    superposed, represented
        Numbers of features, shape ``[point, seed]``, for each size.
    loss
        Loss without attacks, shape ``[point, seed]``, for each size.
    names
        Name of each size.

    Returns
    -------
    matplotlib.figure.Figure
        One column per size: means over seeds, with bands from the lowest to the highest.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    figure = new_figure(4.6, width=8.0)
    panels = figure.subplots(2, len(names), sharex="col", height_ratios=(1.5, 1), squeeze=False)
    for column, name in enumerate(names):
        shapes = Shapes()
        x = shapes.floats("strength", strength[column], "point")
        above, below = panels[:, column]
        for values, label, colour in ((represented, "represented", BLUE), (superposed, "superposed", ORANGE)):
            counts = shapes.floats(label, values[column], "point seed")
            draw_mean_and_range(above, x, counts, colour, label=label, marker="o")
        draw_mean_and_range(
            below, x, shapes.floats("loss", loss[column], "point seed"), INK, alpha=0.15, marker="o"
        )
        for axes in (above, below):
            axes.axvline(0.8, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
            axes.set_ylim(bottom=0)
        above.set_title(name)
        below.set_xlabel("strength of attacks in training, input norms")
    panels[0, 0].set_ylabel("features")
    panels[1, 0].set_ylabel("loss without attacks")
    panels[0, 0].legend()
    figure.align_ylabels(panels[:, 0])
    return figure
