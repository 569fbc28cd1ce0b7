"""Figures of the paper's section *Computation in Superposition*."""

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from numpy.typing import ArrayLike, NDArray

from figures.toolkit.marks import draw_mean_and_range, label_bar
from figures.toolkit.shapes import Shapes
from figures.toolkit.style import (
    BLUE,
    CATEGORIES,
    FRAME,
    GREY,
    INK,
    SUPERPOSITION,
    density_title,
    new_figure,
    styled,
)
from figures.toolkit.weights import by_primary_feature, draw_stacks, polysemanticity, stack_reach

_MOST_NUMBERED = 20
"""Neurons whose numbers fit side by side below their bars."""


@styled
def absolute_value(W: ArrayLike, W_out: ArrayLike) -> Figure:
    """Draw the input and output weights of each neuron of a small model that computes absolute values.

    Source: #computation-setup.

    Parameters
    ----------
    W
        Input weights, shape ``[feature, hidden]``.
    W_out
        Output weights, same shape.

    Returns
    -------
    matplotlib.figure.Figure
        One stacked bar per neuron, coloured by feature; neurons in the order of their main feature.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    return _both_layers(W, W_out, ())


@styled
def asymmetric_motif(W: ArrayLike, W_out: ArrayLike, neurons: Sequence[int]) -> Figure:
    """Draw a model with asymmetric superposition and mark the neurons of the motif.

    Source: #computation.

    Parameters
    ----------
    W
        Input weights, shape ``[feature, hidden]``.
    W_out
        Output weights, same shape.
    neurons
        Indices of the neurons of the motif: shared and inhibiting.

    Returns
    -------
    matplotlib.figure.Figure
        The figure of `absolute_value`, with the motif's neurons first and framed.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite, or if a neuron does not exist.
    """
    return _both_layers(W, W_out, neurons)


def _both_layers(W: ArrayLike, W_out: ArrayLike, marked: Sequence[int]) -> Figure:
    shapes = Shapes()
    into = shapes.floats("W", W, "feature hidden")
    out = shapes.floats("W_out", W_out, "feature hidden")
    n, n_hidden = into.shape
    if any(not 0 <= neuron < n_hidden for neuron in marked):
        raise ValueError(f"neurons must lie between 0 and {n_hidden - 1}, not {list(marked)}.")

    order = by_primary_feature(into)
    first = [neuron for neuron in order.tolist() if neuron in set(marked)]
    order = np.array(
        [*first, *(neuron for neuron in order.tolist() if neuron not in set(marked))], dtype=np.intp
    )
    colours = _feature_colours(n)
    figure = new_figure(3.5)
    panels = figure.subplots(1, 2)
    titles = ("input weights $W_1$", "output weights $W_2$")
    for axes, weights, title in zip(panels, (into, out), titles, strict=True):
        low, high = stack_reach(weights)
        draw_stacks(axes, weights[:, order], colours)
        axes.set_ylim(low, high)
        axes.set_title(title)
        named = n_hidden <= _MOST_NUMBERED
        axes.set_xlabel("hidden neuron" if named else "hidden neuron, in the order of its main feature")
        axes.set_xticks(range(n_hidden), [str(neuron + 1) for neuron in order] if named else [""] * n_hidden)
        axes.tick_params(axis="x", length=0)
        if first:
            corner = (-0.55, low + 0.015 * (high - low))
            box = Rectangle(corner, len(first) + 0.1, 0.97 * (high - low), fill=False, edgecolor=INK)
            box.set_linestyle((0, (3, 2)))
            axes.add_patch(box)
    panels[0].set_ylabel("weight")
    handles = [Patch(facecolor=colour, label=f"feature {i + 1}") for i, colour in enumerate(colours)]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(n, 8), handlelength=1.2)
    return figure


@styled
def neurons(W: ArrayLike, density: ArrayLike) -> Figure:
    """Draw the input weights of every neuron of large models, one row for each density.

    Source: #computation.

    Parameters
    ----------
    W
        Input weights, shape ``[point, feature, hidden]``.
    density
        $1 - S$ of each point, shape ``[point]``.

    Returns
    -------
    matplotlib.figure.Figure
        One row per point and one stacked bar per neuron, in the order of the main features, most important
        first; bars are coloured by how polysemantic the neuron is.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    weights = shapes.floats("W", W, "point feature hidden")
    densities = shapes.floats("density", density, "point")

    n_points, n, _ = weights.shape
    figure = new_figure(1.3 * n_points + 0.6)
    rows = figure.subplots(n_points, 1, squeeze=False)[:, 0]
    for axes, model, p in zip(rows, weights, densities, strict=True):
        ordered = _largest_first(model[:, by_primary_feature(model)])
        draw_stacks(axes, ordered, [SUPERPOSITION(polysemanticity(ordered))] * n, edge=0.4)
        axes.set_ylim(*stack_reach(model))
        axes.set_title(density_title(p), loc="left", pad=3)
        axes.set_ylabel("weight")
    rows[-1].set_xlabel("hidden neurons, by the importance of their main feature")
    figure.align_ylabels(rows.tolist())
    scale = ScalarMappable(Normalize(0, 1), SUPERPOSITION)
    # As narrow beside many rows as beside two.
    bar = figure.colorbar(scale, ax=rows.tolist(), ticks=[0, 0.5, 1], pad=0.01, aspect=max(20, 10 * n_points))
    label_bar(bar, "polysemanticity of the neuron")
    return figure


@styled
def activations(share: ArrayLike) -> Figure:
    """Draw how often activations of each size come from the primary feature of their neuron.

    Source: #computation-super-v-sparsity.

    Parameters
    ----------
    share
        Share of the activations that come from the primary feature, from 0 to 1, in equal ranges of sizes
        from 0 to that of the primary feature alone at its largest value, shape ``[seed, range]``.

    Returns
    -------
    matplotlib.figure.Figure
        One faint line per seed and their mean, over the size of the activation.

    Raises
    ------
    ValueError
        If the argument has the wrong shape or a value that is not finite.
    """
    shares = Shapes().floats("share", share, "seed range")
    size = (np.arange(shares.shape[1]) + 0.5) / shares.shape[1]
    figure = new_figure(3.0, width=6.0)
    axes = figure.subplots()
    for model in shares:
        axes.plot(size, model, color=GREY, linewidth=0.6, alpha=0.5)
    axes.plot(size, shares.mean(0), color=BLUE, label="mean of the models")
    axes.plot([], [], color=GREY, linewidth=0.6, label="one model")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("activation, over the largest that the primary feature makes alone")
    axes.set_ylabel("share that comes from\nthe primary feature")
    axes.legend(loc="lower right")
    return figure


@styled
def learning(neurons: ArrayLike, learned: ArrayLike, needed: int) -> Figure:
    """Draw the share of runs that learn the task over the number of neurons.

    Source: #computation-super-v-sparsity.

    Parameters
    ----------
    neurons
        Number of neurons of each model size, shape ``[size]``.
    learned
        Share of runs that learn the task, shape ``[size, seed]``.
    needed
        Number of neurons that suffice.

    Returns
    -------
    matplotlib.figure.Figure
        The mean over seeds of each size, and the range of the seeds.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    sizes = shapes.floats("neurons", neurons, "size")
    shares = shapes.floats("learned", learned, "size seed")
    figure = new_figure(3.0, width=6.0)
    axes = figure.subplots()
    draw_mean_and_range(axes, sizes, shares, BLUE, label="mean", range_label="range of seeds", marker="o")
    axes.axvline(needed, color=FRAME, linewidth=0.9, linestyle=(0, (3, 2)), label="two neurons a feature")
    axes.set_xticks(sizes)
    axes.set_ylim(0, 1.05)
    axes.set_xlabel("hidden neurons")
    axes.set_ylabel("share of runs that learn the task")
    axes.legend(loc="lower right")
    return figure


def _largest_first(W: NDArray[np.float64]) -> NDArray[np.float64]:
    """Order each neuron's weights by size, so that its main feature is next to the line."""
    return np.take_along_axis(W, np.argsort(-np.abs(W), axis=0, kind="stable"), axis=0)


def _feature_colours(n: int) -> list[str]:
    if n <= 6:
        return list(CATEGORIES[:n])
    return [to_hex(colour) for colour in matplotlib.colormaps["viridis"](np.linspace(0, 0.95, n))]
