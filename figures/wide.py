"""Figures of the paper's strategic picture, of compressed sensing, and of the comment on dictionaries."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from figures.toolkit.marks import draw_mean_and_range
from figures.toolkit.shapes import Shapes
from figures.toolkit.style import (
    BLUE,
    FRAME,
    GREY,
    INK,
    INVERSE_DENSITY_LABEL,
    MUTED,
    ORANGE,
    log_ticks,
    new_figure,
    nice_ticks,
    styled,
)


@styled
def hidden_l1(
    coefficients: ArrayLike, represented: ArrayLike, superposed: ArrayLike, loss: ArrayLike, n_hidden: int
) -> Figure:
    """Draw represented and superposed features, and the loss, against an L1 penalty on hidden activations.

    Source: #strategic-approach-no-super.

    Parameters
    ----------
    coefficients
        Coefficients of the penalty, shape ``[point]``.
    represented, superposed
        Numbers of features, shape ``[point, seed]``.
    loss
        Loss without the penalty, shape ``[point, seed]``.
    n_hidden
        Hidden dimensions, drawn as a line.

    Returns
    -------
    matplotlib.figure.Figure
        Means over seeds, with bands from the lowest to the highest.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    x = shapes.floats("coefficients", coefficients, "point")
    counts = shapes.floats("represented", represented, "point seed")
    shared = shapes.floats("superposed", superposed, "point seed")
    losses = shapes.floats("loss", loss, "point seed")

    figure = new_figure(5.0, width=7.0)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1.5, 1))
    for values, colour, label in ((counts, BLUE, "represented"), (shared, ORANGE, "superposed")):
        draw_mean_and_range(above, x, values, colour, label=label, marker="o")
    above.axhline(n_hidden, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    above.annotate(
        f"$m = {n_hidden}$", (x.max(), n_hidden), xytext=(0, 3), textcoords="offset points", ha="right"
    )
    above.set_ylabel("features")
    above.set_ylim(bottom=-0.3)
    above.legend()
    draw_mean_and_range(below, x, losses, INK, alpha=0.15, marker="o")
    below.set_ylabel("loss, without\nthe penalty")
    below.set_ylim(bottom=0)
    below.set_xlabel("coefficient of the L1 penalty on hidden activations")
    figure.align_ylabels([above, below])
    return figure


@styled
def compressed_sensing(
    inverse_density: ArrayLike, features: ArrayLike, bound: ArrayLike, bound_at: ArrayLike
) -> Figure:
    """Draw represented features per dimension below what compressed sensing allows.

    Source: #related-compressed.

    Parameters
    ----------
    inverse_density
        $1/(1-S)$, shape ``[point]``.
    features
        Represented features per dimension, shape ``[point, seed]``.
    bound
        Most features per dimension, shape ``[limit]``.
    bound_at
        $1/(1-S)$ of the bound, shape ``[limit]``.

    Returns
    -------
    matplotlib.figure.Figure
        One point per model, and the bound as a line.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    x = shapes.floats("inverse_density", inverse_density, "point")
    counts = shapes.floats("features", features, "point seed")
    most = shapes.floats("bound", bound, "limit")
    most_at = shapes.floats("bound_at", bound_at, "limit")

    figure = new_figure(4.4, width=6.4)
    axes = figure.subplots()
    order = np.argsort(most_at, kind="stable")
    axes.plot(most_at[order], most[order], color=ORANGE, label="most that compressed sensing allows")
    axes.plot(x, counts, "o", color=BLUE, markersize=4.5, markeredgecolor="white", markeredgewidth=0.5)
    axes.plot([], [], "o", color=BLUE, markersize=4.5, label="trained models")
    axes.set_xscale("log")
    axes.set_yscale("log")
    log_ticks(axes, "x", nice_ticks(float(x.min()), float(x.max())))
    log_ticks(axes, "y", nice_ticks(float(counts.min()), float(most.max())))
    axes.set_xlabel(f"{INVERSE_DENSITY_LABEL}, dense to sparse")
    axes.set_ylabel("represented features per dimension")
    axes.grid(color=FRAME, alpha=0.2)
    axes.legend(loc="upper left")
    return figure


@styled
def matched_cosines(found: ArrayLike, random: ArrayLike) -> Figure:
    """Draw how close the words of a dictionary come to the true feature directions.

    Source: #comment-sharkey.

    Parameters
    ----------
    found
        Cosine of each feature with its word of a sparse autoencoder, shape ``[feature]``.
    random
        The same for as many random directions, shape ``[feature]``.

    Returns
    -------
    matplotlib.figure.Figure
        Two histograms on the same bins.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    # Rounding can put a cosine just above 1, where no bin would count it.
    learned = np.minimum(shapes.floats("found", found, "feature"), 1.0)
    chance = np.minimum(shapes.floats("random", random, "feature"), 1.0)

    figure = new_figure(3.6, width=6.0)
    axes = figure.subplots()
    bins = np.linspace(np.floor(10 * min(learned.min(), chance.min())) / 10, 1, 41)
    axes.hist(chance, bins=bins.tolist(), color=GREY, alpha=0.7, label="random directions")
    axes.hist(learned, bins=bins.tolist(), color=BLUE, alpha=0.8, label="sparse autoencoder")
    axes.set_xlabel("cosine of a true feature direction with its matched word")
    axes.set_ylabel("features")
    axes.legend(loc="upper left")
    return figure


@styled
def dictionary_losses(sizes: ArrayLike, loss: ArrayLike, n_features: int) -> Figure:
    """Draw the loss of sparse autoencoders against the size of their dictionary.

    Source: #comment-sharkey.

    Parameters
    ----------
    sizes
        Numbers of words, shape ``[point]``.
    loss
        Loss of the autoencoders, shape ``[point, seed]``.
    n_features
        True number of features, drawn as a line.

    Returns
    -------
    matplotlib.figure.Figure
        Means over seeds, with bands from the lowest to the highest.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    x = shapes.floats("sizes", sizes, "point")
    losses = shapes.floats("loss", loss, "point seed")

    figure = new_figure(3.6, width=6.0)
    axes = figure.subplots()
    draw_mean_and_range(axes, x, losses, BLUE, marker="o")
    axes.set_ylim(bottom=0)
    axes.set_xscale("log")
    axes.set_xticks(x, [f"{size:g}" for size in x])
    axes.minorticks_off()
    axes.axvline(n_features, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    axes.annotate(
        f"$n = {n_features}$", (n_features, 0), xytext=(4, 4), textcoords="offset points", ha="left"
    )
    axes.set_xlabel("words of the dictionary")
    axes.set_ylabel("loss of the autoencoder")
    return figure
