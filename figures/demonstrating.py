"""Figures of the paper's section *Demonstrating Superposition*."""

from collections.abc import Sequence

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from figures.toolkit.marks import dense_to_sparse, draw_level, draw_mean_and_range, label_bar
from figures.toolkit.shapes import Shapes
from figures.toolkit.style import (
    BLUE,
    CATEGORIES,
    DENSITY_LABEL,
    FRAME,
    GOLD,
    INK,
    MARKERS,
    ORANGE,
    SUPERPOSITION,
    new_figure,
    number,
    styled,
)
from figures.toolkit.weights import (
    GRAM_HEIGHT,
    GRAM_WIDTH,
    add_gram_scale,
    add_superposition_scale,
    draw_gram,
    draw_norms,
    number_features,
)

_NORMS_WIDTH = 0.65


@styled
def single_model(W: ArrayLike, b: ArrayLike) -> Figure:
    r"""Draw one model: $W^TW$ with its bias, and the norm of each feature beside its row.

    Source: #demonstrating-basic-results.

    Parameters
    ----------
    W
        Embeddings, shape ``[feature, hidden]``.
    b
        Biases, shape ``[feature]``.

    Returns
    -------
    matplotlib.figure.Figure
        Gram matrix and bias on one colour scale; bars coloured by superposition, clipped at 1.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    weights = shapes.floats("W", W, "feature hidden")
    bias = shapes.floats("b", b, "feature")

    n = len(weights)
    figure = new_figure(4.3, width=8.6)
    gap = {"wspace": 0.12}  # between the label of the left scale and the numbers of the right panel
    gram, norms = figure.subplots(1, 2, width_ratios=(GRAM_WIDTH, _NORMS_WIDTH), gridspec_kw=gap)
    draw_gram(gram, weights, bias)
    gram.text((n - 1) / 2, -0.5 - 0.03 * n, "$W^TW$", ha="center", va="bottom")
    gram.text(n - 0.5 + 0.07 * n, -0.5 - 0.03 * n, "$b$", ha="center", va="bottom")
    number_features(gram, n)
    gram.set_ylabel("feature, most important first")
    add_gram_scale(gram, "entry of $W^TW$, bias")
    draw_norms(norms, weights, _reach(weights))
    # The same height as the Gram matrix, so that each bar lies beside its feature's row.
    norms.set_box_aspect(GRAM_HEIGHT / _NORMS_WIDTH)
    number_features(norms, n)
    norms.set_title(r"$\|W_i\|$", pad=5)
    add_superposition_scale(norms)
    return figure


@styled
def sparsity_row(W: ArrayLike, b: ArrayLike, labels: Sequence[str]) -> Figure:
    r"""Draw several models in a row, from dense to sparse: $W^TW$ and $b$ above, norms below.

    Source: #demonstrating-basic-results.

    Parameters
    ----------
    W
        Embeddings, shape ``[model, feature, hidden]``.
    b
        Biases, shape ``[model, feature]``.
    labels
        Title of each model, such as ``"linear model"`` or ``"$1-S = 0.1$"``, shape ``[model]``.

    Returns
    -------
    matplotlib.figure.Figure
        One column per model; legible up to 8 models.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    weights = shapes.floats("W", W, "model feature hidden")
    bias = shapes.floats("b", b, "model feature")
    titles = shapes.names("labels", np.asarray(labels), "model")

    n_models, n, _ = weights.shape
    column = 7.9 / max(n_models, 4)
    figure = new_figure(column * 2.1 + 0.62)
    rows = figure.subplots(2, n_models, squeeze=False, height_ratios=(0.9, 1.1))
    for (above, below), W_model, b_model, title in zip(rows.T, weights, bias, titles, strict=True):
        draw_gram(above, W_model, b_model)
        above.set_title(title, fontsize=9.5, pad=3)
        draw_norms(below, W_model, _reach(weights))
        below.tick_params(labelsize=8, length=2, pad=2)
    rows[0, 0].set_ylabel("$W^TW$ and $b$")
    rows[1, 0].set_ylabel(r"$\|W_i\|$")
    for axes in rows[:, 0]:
        number_features(axes, n)
        axes.tick_params(labelsize=8, length=2, pad=2)
    add_gram_scale(rows[0, -1])
    add_superposition_scale(rows[1, -1], "superposition")
    return figure


def _reach(W: NDArray[np.float64]) -> float:
    return max(1.2, 1.05 * float(np.linalg.norm(W, axis=-1).max()))


@styled
def features_per_dimension(
    density: ArrayLike,
    small: ArrayLike,
    large: ArrayLike,
    *,
    labels: tuple[str, str] = ("$n = 20,\\ m = 5$", "$n = 80,\\ m = 20$"),
) -> Figure:
    """Draw the number of represented features per hidden dimension against density, for two sizes.

    Source: #demonstrating-basic-results.

    Parameters
    ----------
    density
        $1 - S$, shape ``[point]``.
    small, large
        Represented features per hidden dimension, shape ``[point, seed]``; the two may differ in seeds.
    labels
        Legend of the two sizes.

    Returns
    -------
    matplotlib.figure.Figure
        A line through the means, a band from the lowest to the highest seed, dense on the left.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    densities = shapes.floats("density", density, "point")
    sizes = [
        shapes.floats("small", small, "point small_seed"),
        shapes.floats("large", large, "point large_seed"),
    ]

    figure = new_figure(3.9, width=7.2)
    axes = figure.subplots()
    draw_level(axes, 1, "one feature a dimension")
    for values, label, colour, marker in zip(sizes, labels, CATEGORIES, MARKERS, strict=False):
        described = f"{label}, {values.shape[1]} seeds"
        draw_mean_and_range(axes, densities, values, colour, label=described, marker=marker, markersize=6)
    few = tuple(densities.tolist()) if len(densities) <= 9 else ()
    dense_to_sparse(axes, densities, margin=1.15, ticks=few)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("represented features per dimension")
    axes.grid(axis="y")
    axes.legend(loc="upper left", frameon=True, framealpha=1, edgecolor="none")
    return figure


@styled
def superposition_onset(
    density: ArrayLike,
    represented: ArrayLike,
    superposed: ArrayLike,
    antipodal: ArrayLike,
    n_hidden: int,
) -> Figure:
    """Draw how many features are represented, in which way, and which of them superposition reaches first.

    Source: #demonstrating-basic-results.

    Parameters
    ----------
    density
        $1 - S$, shape ``[point]``.
    represented
        Whether each feature is represented, bool, shape ``[point, seed, feature]``.
    superposed
        Whether each feature shares its direction with others, same shape.
    antipodal
        Whether each feature is half of an antipodal pair, same shape.
    n_hidden
        Number of hidden dimensions m, drawn as a line.

    Returns
    -------
    matplotlib.figure.Figure
        Left: mean numbers of dedicated, paired and otherwise superposed features, with the range of the total
        over seeds. Right: share of seeds in which a represented feature is in superposition, by importance.

    Raises
    ------
    ValueError
        If an argument has the wrong shape.
    """
    shapes = Shapes()
    densities = shapes.floats("density", density, "point")
    kept = shapes.booleans("represented", represented, "point seed feature")
    shared = shapes.booleans("superposed", superposed, "point seed feature") & kept
    paired = shapes.booleans("antipodal", antipodal, "point seed feature") & shared

    order = np.argsort(densities)[::-1]
    densities, kept, shared, paired = densities[order], kept[order], shared[order], paired[order]
    n_points, _, n = kept.shape
    figure = new_figure(4.0)
    counts, map_axes = figure.subplots(1, 2, width_ratios=(1.0, 1.12))

    x = np.arange(n_points)
    parts = [
        ("dedicated dimension", (kept & ~shared).sum(-1).mean(-1), BLUE),
        ("antipodal pair", paired.sum(-1).mean(-1), GOLD),
        ("other superposition", (shared & ~paired).sum(-1).mean(-1), ORANGE),
    ]
    base = np.zeros(n_points)
    for label, height, colour in parts:
        counts.bar(x, height, bottom=base, width=0.72, color=colour, label=label, linewidth=0)
        base = base + height
    totals = kept.sum(-1)
    spread = np.stack([base - totals.min(-1), totals.max(-1) - base])
    counts.errorbar(x, base, yerr=np.maximum(spread, 0), fmt="none", ecolor=INK, elinewidth=1.1, capsize=3)
    counts.axhline(n_hidden, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    counts.annotate(
        f"$m = {n_hidden}$",
        (0, n_hidden),
        xycoords=("axes fraction", "data"),
        xytext=(3, 3),
        textcoords="offset points",
        fontsize=9,
    )
    counts.set_ylabel("represented features, mean over seeds")
    counts.set_ylim(0, max(1.32 * float(totals.max()), 1.32 * n_hidden))
    counts.yaxis.set_major_locator(MaxNLocator(integer=True))
    counts.legend(loc="upper left", fontsize=8.5, handlelength=1.2)

    seen = kept.sum(1)
    share = np.divide(shared.sum(1), seen, out=np.full(seen.shape, np.nan), where=seen > 0)
    map_axes.set_facecolor("#ededed")
    map_axes.imshow(
        share.T,
        cmap=SUPERPOSITION,
        vmin=0,
        vmax=1,
        aspect="auto",
        interpolation="nearest",
        extent=(-0.5, n_points - 0.5, n + 0.5, 0.5),
    )
    for spine in map_axes.spines.values():
        spine.set_visible(True)
    map_axes.set_ylabel("feature, most important first")
    step = 5 if n <= 25 else 20
    map_axes.set_yticks([1, *range(step, n + 1, step)])
    bar = figure.colorbar(
        ScalarMappable(Normalize(0, 1), SUPERPOSITION), ax=map_axes, ticks=[0, 0.5, 1], pad=0.02
    )
    label_bar(bar, "share of seeds in superposition")
    map_axes.legend(
        handles=[Patch(facecolor="#ededed", edgecolor=FRAME, label="represented in no seed")],
        loc="lower left",
        fontsize=8.5,
        handlelength=1.2,
    )
    shown = x if n_points <= 10 else x[:: -(-n_points // 8)]
    for axes in (counts, map_axes):
        axes.set_xticks(shown, [number(densities[i], 2) for i in shown], fontsize=8.5)
        axes.set_xlabel(f"{DENSITY_LABEL}, dense to sparse")
    return figure
