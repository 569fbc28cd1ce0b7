"""Figures of the paper's section *Superposition in a Privileged Basis*."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from figures.toolkit.marks import draw_mean_and_range
from figures.toolkit.shapes import Shapes
from figures.toolkit.style import (
    BLUE,
    DENSITY_LABEL,
    FRAME,
    ORANGE,
    SUPERPOSITION,
    density_title,
    log_ticks,
    new_figure,
    nice_ticks,
    styled,
)
from figures.toolkit.weights import (
    add_gram_scale,
    add_polysemanticity_scale,
    by_primary_feature,
    draw_stacks,
    draw_weights,
    number_features,
    polysemanticity,
    stack_reach,
)

_POLYSEMANTICITY_LABEL = r"polysemanticity  $1 - \max_i|W_{ik}|\,/\,\sum_i|W_{ik}|$"


@styled
def linear_and_relu_weights(linear: ArrayLike, relu: ArrayLike, titles: Sequence[str]) -> Figure:
    """Draw the weights of models with a linear hidden layer beside those with a ReLU hidden layer.

    Source: #privileged-basis.

    Parameters
    ----------
    linear
        Weights with a linear hidden layer, shape ``[point, feature, hidden]``.
    relu
        Weights with a ReLU hidden layer, same shape.
    titles
        Title of each pair, such as ``"$1-S = 0.1$"``, shape ``[point]``.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels per point: features in rows, neurons in columns.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    left = shapes.floats("linear", linear, "point feature hidden")
    right = shapes.floats("relu", relu, "point feature hidden")
    return _pairs(left, right, ("linear", "ReLU"), shapes.names("titles", np.asarray(titles), "point"))


@styled
def penalised_weights(plain: ArrayLike, penalised: ArrayLike, titles: Sequence[str]) -> Figure:
    """Draw the weights of models with a linear hidden layer, without and with an L1 penalty on it.

    Source: #privileged-basis.

    Parameters
    ----------
    plain
        Weights without a penalty, shape ``[point, feature, hidden]``.
    penalised
        Weights with a penalty, same shape.
    titles
        Title of each pair, such as ``"$1-S = 0.1$"``, shape ``[point]``.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels per point: features in rows, neurons in columns.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    left = shapes.floats("plain", plain, "point feature hidden")
    right = shapes.floats("penalised", penalised, "point feature hidden")
    return _pairs(left, right, ("no penalty", "L1"), shapes.names("titles", np.asarray(titles), "point"))


def _pairs(
    left: NDArray[np.float64], right: NDArray[np.float64], kinds: tuple[str, str], titles: NDArray[np.str_]
) -> Figure:
    """Draw two models for each title beside each other."""
    n_points, n, n_hidden = left.shape
    width = 7.6 / (2 * max(n_points, 2))
    figure = new_figure(min(width * n / n_hidden, 4.5) + 0.75)
    # An empty column sets each pair apart from the next.
    ratios = [1.0, 1.0, 0.12] * n_points
    panels = figure.subplots(1, 3 * n_points - 1, width_ratios=ratios[:-1])
    for spacer in panels[2::3]:
        spacer.set_axis_off()
    for index, name in enumerate(titles):
        for axes, model, kind in zip(
            panels[3 * index : 3 * index + 2], (left[index], right[index]), kinds, strict=True
        ):
            draw_weights(axes, model)
            axes.set_title(f"{kind}\n{name}", fontsize=9.5, pad=4)
    number_features(panels[0], n)
    panels[0].set_ylabel("feature")
    add_gram_scale(panels[-1])
    return figure


@styled
def monosemantic_to_polysemantic(W: ArrayLike, density: ArrayLike) -> Figure:
    """Draw the weights of each model, and each neuron's weights as a stacked bar, from dense to sparse.

    Source: #privileged-basis.

    Parameters
    ----------
    W
        Weights with a ReLU hidden layer, shape ``[point, feature, hidden]``.
    density
        $1 - S$ of each point, shape ``[point]``.

    Returns
    -------
    matplotlib.figure.Figure
        Three points a row, neurons in the order of their main feature; bars coloured by how polysemantic the
        neuron is.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    weights = shapes.floats("W", W, "point feature hidden")
    densities = shapes.floats("density", density, "point")

    n_points, n, _ = weights.shape
    n_columns = min(n_points, 3)
    n_rows = -(-n_points // n_columns)
    figure = new_figure(n_rows * min(0.27 * n + 0.5, 3.2) + 0.1)
    ratios = (1.0, 1.25) * n_columns
    panels = figure.subplots(n_rows, 2 * n_columns, squeeze=False, width_ratios=ratios)
    weights = np.stack([model[:, by_primary_feature(model)] for model in weights])
    pairs = panels.reshape(n_rows * n_columns, 2)
    for spare in pairs[n_points:].ravel():
        spare.set_axis_off()
    for index, ((picture, stacks), model, p) in enumerate(zip(pairs, weights, densities, strict=False)):
        draw_weights(picture, model)
        picture.set_title(density_title(p), pad=4)
        number_features(picture, n)
        picture.tick_params(labelsize=8, length=2, pad=2)
        colours = SUPERPOSITION(polysemanticity(model))
        draw_stacks(stacks, model, [colours] * n)
        row = index // n_columns * n_columns
        stacks.set_ylim(*stack_reach(weights[row : row + n_columns]))
        stacks.tick_params(labelsize=8, length=2, pad=2)
        for spine in stacks.spines.values():
            spine.set_visible(True)
            spine.set_edgecolor(FRAME)
    last = panels[:, -1]
    for row, axes in enumerate(last):
        if row * n_columns + n_columns <= n_points:
            add_polysemanticity_scale(axes, _POLYSEMANTICITY_LABEL if row == 0 else "")
    return figure


@styled
def configuration_ranges(
    density: ArrayLike, distance: ArrayLike, stored: ArrayLike, threshold: float
) -> Figure:
    """Draw how far the best weights move from one density to the next, and how many features neurons store.

    Source: #privileged-basis.

    Parameters
    ----------
    density
        $1 - S$ of each point, increasing or decreasing, shape ``[point]``.
    distance
        Distance of the weights from those at the next point, up to a permutation of neurons, shape
        ``[step, seed]`` with one step fewer than points.
    stored
        Number of features that each neuron of the best model stores, shape ``[point, neuron]``.
    threshold
        Distance up to which two models have one configuration.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels over the density, dense on the left.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    densities = shapes.floats("density", density, "point")
    moved = shapes.floats("distance", distance, "step seed")
    counts = np.sort(shapes.floats("stored", stored, "point neuron"), axis=1)
    order = np.diff(densities)
    if not ((order > 0).all() or (order < 0).all()):
        raise ValueError(f"density must increase or decrease from point to point, not {densities.tolist()}.")
    if len(moved) != len(densities) - 1:
        raise ValueError(
            f"distance must have {len(densities) - 1} steps, one fewer than points, not {len(moved)}."
        )

    figure = new_figure(3.1)
    left, right = figure.subplots(1, 2)
    middle = np.sqrt(densities[1:] * densities[:-1])
    left.plot(middle, np.maximum(moved, 1e-3), "o", color=BLUE, markersize=4, alpha=0.6)
    left.axhline(threshold, color=FRAME, linewidth=0.9, linestyle=(0, (3, 2)))
    left.annotate(
        "another configuration",
        (0.98, threshold),
        (0, 4),
        ("axes fraction", "data"),
        "offset points",
        ha="right",
    )
    left.set_yscale("log")
    left.set_ylabel("distance to the next density")
    for neuron in range(counts.shape[1]):
        shift = 0.06 * (neuron - (counts.shape[1] - 1) / 2)
        right.plot(densities, counts[:, neuron] + shift, ".-", color=ORANGE, linewidth=1, markersize=5)
    right.set_ylabel("features stored in each neuron")
    right.set_ylim(0, counts.max() + 1)
    right.yaxis.set_major_locator(MaxNLocator(integer=True))
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_xlim(densities.max() * 1.04, densities.min() / 1.04)
        log_ticks(axes, "x", nice_ticks(densities.min(), densities.max()))
        axes.set_xlabel(DENSITY_LABEL)
    return figure


@styled
def simulated_bias(n_features: ArrayLike, is_open: ArrayLike, with_bias: float) -> Figure:
    """Draw how often the ReLU of a hidden neuron is open over the number of features.

    Source: #privileged-basis.

    Parameters
    ----------
    n_features
        Number of features of each model size, positive, shape ``[size]``.
    is_open
        Share of neurons and inputs with an open ReLU, shape ``[size, seed]``.
    with_bias
        The same share of models with a hidden bias.

    Returns
    -------
    matplotlib.figure.Figure
        The mean over seeds of each size, the range of the seeds, and the level of models with a bias.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    sizes = shapes.floats("n_features", n_features, "size")
    shares = shapes.floats("is_open", is_open, "size seed")
    figure = new_figure(3.0, width=6.0)
    axes = figure.subplots()
    draw_mean_and_range(
        axes, sizes, shares, BLUE, label="no bias, mean", range_label="range of seeds", marker="o"
    )
    axes.axhline(
        with_bias, color=ORANGE, linewidth=1.2, linestyle=(0, (4, 3)), label="10 features, with a bias"
    )
    axes.set_xscale("log")
    log_ticks(axes, "x", tuple(sizes.tolist()))
    axes.set_ylim(0, 1.05)
    axes.set_xlabel("number of features")
    axes.set_ylabel("how often a ReLU is open")
    axes.legend(loc="lower right")
    return figure
