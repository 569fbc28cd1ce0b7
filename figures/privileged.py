"""Figures of the paper's section *Superposition in a Privileged Basis*."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from figures.shapes import Shapes
from figures.style import FRAME, SUPERPOSITION, density_title, new_figure, styled
from figures.weights import (
    add_gram_scale,
    add_polysemanticity_scale,
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
        A pair of panels a point: features in rows, neurons in columns.

    Raises
    ------
    ValueError
        If a shape is another or a value is not finite.
    """
    shapes = Shapes()
    left = shapes.floats("linear", linear, "point feature hidden")
    right = shapes.floats("relu", relu, "point feature hidden")
    names = shapes.names("titles", np.asarray(titles), "point")

    n_points, n, n_hidden = left.shape
    width = 7.6 / (2 * max(n_points, 2))
    figure = new_figure(min(width * n / n_hidden, 4.5) + 0.75)
    # An empty column sets each pair apart from the next.
    ratios = [1.0, 1.0, 0.12] * n_points
    panels = figure.subplots(1, 3 * n_points - 1, width_ratios=ratios[:-1])
    for spacer in panels[2::3]:
        spacer.set_axis_off()
    for index, name in enumerate(names):
        for axes, model, layer in (
            (panels[3 * index], left[index], "linear"),
            (panels[3 * index + 1], right[index], "ReLU"),
        ):
            draw_weights(axes, model)
            axes.set_title(f"{layer}\n{name}", fontsize=9.5, pad=4)
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
        Three points a row; bars coloured by how polysemantic the neuron is.

    Raises
    ------
    ValueError
        If a shape is another or a value is not finite.
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
    reach = stack_reach(weights)
    pairs = panels.reshape(n_rows * n_columns, 2)
    for spare in pairs[n_points:].ravel():
        spare.set_axis_off()
    for (picture, stacks), model, p in zip(pairs, weights, densities, strict=False):
        draw_weights(picture, model)
        picture.set_title(density_title(p), pad=4)
        number_features(picture, n)
        picture.tick_params(labelsize=8, length=2, pad=2)
        colours = SUPERPOSITION(polysemanticity(model))
        draw_stacks(stacks, model, [colours] * n)
        stacks.set_ylim(*reach)
        stacks.tick_params(labelsize=8, length=2, pad=2)
        for spine in stacks.spines.values():
            spine.set_visible(True)
            spine.set_edgecolor(FRAME)
    last = panels[:, -1]
    for row, axes in enumerate(last):
        if row * n_columns + n_columns <= n_points:
            add_polysemanticity_scale(axes, _POLYSEMANTICITY_LABEL if row == 0 else "")
    return figure
