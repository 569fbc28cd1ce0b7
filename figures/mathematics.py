"""Figures of the paper's section *Mathematical Understanding*."""

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullFormatter
from numpy.typing import ArrayLike

from figures.toolkit.marks import dense_to_sparse
from figures.toolkit.shapes import Shapes
from figures.toolkit.style import (
    BLUE,
    CATEGORIES,
    GOLD,
    INK,
    MUTED,
    ORANGE,
    halo,
    new_figure,
    number,
    styled,
)

_MOST_TERMS = 7
_BIAS_STYLES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1.5)), (0, (6, 1.5, 1.5, 1.5)))
_BIAS_COLOURS = (ORANGE, GOLD, "#8f3b00", "#b58900")


@styled
def one_sparse_loss(
    *,
    norm: ArrayLike,
    benefit_linear: ArrayLike,
    benefit_relu: ArrayLike,
    cosine: ArrayLike,
    interference_linear: ArrayLike,
    interference_relu: ArrayLike,
    bias: ArrayLike,
) -> Figure:
    r"""Draw the two parts of the loss of one active feature: feature benefit and interference.

    Source: #demonstrating-math.

    Parameters
    ----------
    norm
        Norm $\|W_i\|$ of the active feature, shape ``[norm]``.
    benefit_linear
        Loss on the active feature itself in the linear model, shape ``[norm]``.
    benefit_relu
        The same in the ReLU output model, shape ``[bias, norm]``.
    cosine
        $W_i \cdot W_j$ of two unit features, from -1 to 1, shape ``[cosine]``.
    interference_linear
        Loss on feature j while only i is active, in the linear model, shape ``[cosine]``.
    interference_relu
        The same in the ReLU output model, shape ``[bias, cosine]``.
    bias
        Bias of each curve of the ReLU output model, shape ``[bias]``; at most four.

    Returns
    -------
    matplotlib.figure.Figure
        Benefit against norm on the left, interference against cosine on the right.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite, or if there are more than four
        biases.
    """
    shapes = Shapes()
    biases = shapes.floats("bias", bias, "bias")
    if len(biases) > len(_BIAS_STYLES):
        raise ValueError(f"bias must hold at most {len(_BIAS_STYLES)} values, not {len(biases)}.")
    norms = shapes.floats("norm", norm, "norm")
    cosines = shapes.floats("cosine", cosine, "cosine")
    left = (
        norms,
        shapes.floats("benefit_linear", benefit_linear, "norm"),
        shapes.floats("benefit_relu", benefit_relu, "bias norm"),
    )
    right = (
        cosines,
        shapes.floats("interference_linear", interference_linear, "cosine"),
        shapes.floats("interference_relu", interference_relu, "bias cosine"),
    )

    figure = new_figure(3.9)
    benefit, interference = figure.subplots(1, 2)
    for axes, curves in ((benefit, left), (interference, right)):
        order = np.argsort(curves[0], kind="stable")
        x, linear, relu = (values[..., order] for values in curves)
        axes.plot(x, linear, color=BLUE, linewidth=4.5, alpha=0.75)
        for curve, style, colour in zip(relu, _BIAS_STYLES, _BIAS_COLOURS, strict=False):
            axes.plot(x, curve, color=colour, linestyle=style)
        axes.set_xlim(x.min(), x.max())
        axes.grid(axis="y")
        axes.set_ylim(bottom=-0.03 * axes.get_ylim()[1])
    benefit.set_title("feature benefit")
    benefit.set_xlabel(r"norm $\|W_i\|$")
    benefit.set_ylabel("loss on the active feature")
    interference.set_title("interference")
    interference.set_xlabel(r"$W_i\cdot W_j$ of two unit features")
    interference.set_ylabel("loss on the other feature")
    interference.axvspan(cosines.min(), 0, color="#f2f2f2", linewidth=0, zorder=0)
    interference.text(
        cosines.min() / 2,
        0.93 * interference.get_ylim()[1],
        "negative interference:\nfree with a ReLU",
        ha="center",
        va="top",
        color=MUTED,
        fontsize=9,
        path_effects=halo(3, "#f2f2f2"),
    )
    handles = [Line2D([], [], color=BLUE, linewidth=4.5, alpha=0.75, label="linear model, $b = 0$")]
    handles += [
        Line2D([], [], color=colour, linestyle=style, label=f"ReLU output, $b = {number(value)}$")
        for value, style, colour in zip(biases, _BIAS_STYLES, _BIAS_COLOURS, strict=False)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


@styled
def loss_decomposition(
    density: ArrayLike, terms: ArrayLike, *, labels: Sequence[str] | None = None
) -> Figure:
    """Draw what inputs with 0, 1, 2, ... active features contribute to the loss, against density.

    Source: #demonstrating-math.

    Parameters
    ----------
    density
        $1 - S$, shape ``[point]``.
    terms
        Contribution of inputs with k active features, the probability of k times $L_k$, shape ``[point, k]``;
        k counts from 0.
    labels
        Names of the terms, shape ``[k]``; ``$L_0$``, ``$L_1$``, ... where None. Terms beyond the seventh are
        drawn as one only where None.

    Returns
    -------
    matplotlib.figure.Figure
        The loss above, the share of each term below, dense on the left.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite, or if a contribution is negative.
    """
    shapes = Shapes()
    densities = shapes.floats("density", density, "point")
    parts = shapes.floats("terms", terms, "point k")
    if (parts < 0).any():
        raise ValueError(f"terms must not be negative, but the least of them is {parts.min():.3g}.")
    if labels is None:
        names = [f"$L_{{{k}}}$" for k in range(parts.shape[1])]
        if len(names) > _MOST_TERMS:
            rest = parts[:, _MOST_TERMS - 1 :].sum(1, keepdims=True)
            parts = np.concatenate([parts[:, : _MOST_TERMS - 1], rest], axis=1)
            names = [*names[: _MOST_TERMS - 1], rf"$L_{{{_MOST_TERMS - 1}}}$ and beyond"]
    else:
        names = shapes.names("labels", np.asarray(labels), "k").tolist()

    order = np.argsort(densities)
    x, parts = densities[order], parts[order]
    total = parts.sum(1)
    share = np.divide(parts, total[:, None], out=np.zeros_like(parts), where=total[:, None] > 0)
    figure = new_figure(4.9, width=7.6)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1, 1.7))
    above.plot(x, total, color=INK)
    above.set_yscale("log")
    above.yaxis.set_minor_formatter(NullFormatter())
    above.set_ylabel("loss $L$")
    above.grid(axis="y")
    colours = [to_hex(c) for c in matplotlib.colormaps["cividis"](np.linspace(0.05, 0.98, len(names)))]
    below.stackplot(x, share.T, colors=colours, edgecolor="white", linewidth=0.5)
    below.set_ylim(0, 1)
    below.set_ylabel("share of the loss")
    handles = [Patch(facecolor=colour, label=name) for name, colour in zip(names, colours, strict=True)]
    below.legend(
        handles=handles[::-1],
        title="inputs with $k$\nactive features",
        loc="center left",
        bbox_to_anchor=(1.01, 0.5),
        handlelength=1.3,
        alignment="left",
    )
    dense_to_sparse(below, x)
    return figure


@styled
def terms_by_arrangement(terms: ArrayLike, labels: Sequence[str]) -> Figure:
    """Draw the loss by the number of active features, for arrangements of the same features.

    Source: #demonstrating-math.

    Parameters
    ----------
    terms
        Contribution of inputs with k active features, relative to the loss of an output of 0, shape
        ``[arrangement, k]``; k counts from 0.
    labels
        Name of each arrangement, shape ``[arrangement]``.

    Returns
    -------
    matplotlib.figure.Figure
        Bars side by side for each k, as a loss on the left and as a share of the loss on the right. Numbers k
        that contribute less than a thousandth of each loss are left out.

    Raises
    ------
    ValueError
        If an argument has the wrong shape, a value that is not finite, or an arrangement has no loss.
    """
    shapes = Shapes()
    parts = shapes.floats("terms", terms, "arrangement k")
    names = shapes.names("labels", np.asarray(labels), "arrangement").tolist()
    total = parts.sum(1, keepdims=True)
    if not (total > 0).all():
        raise ValueError("terms must have a positive sum for each arrangement.")
    share = parts / total
    last = int(np.flatnonzero((share >= 0.001).any(0)).max())
    number_active = np.arange(last + 1)
    width = 0.8 / len(names)

    figure = new_figure(3.7)
    panels = figure.subplots(1, 2)
    for axes, values in zip(panels, (parts, share), strict=True):
        for place, (row, colour) in enumerate(zip(values, CATEGORIES, strict=False)):
            shift = (place - (len(names) - 1) / 2) * width
            axes.bar(number_active + shift, row[: last + 1], width=width, color=colour, linewidth=0)
        axes.set_xticks(number_active)
        axes.set_xlabel("number $k$ of active features")
        axes.grid(axis="y")
        axes.set_axisbelow(True)
    panels[0].set_ylabel("loss, of that of an output of 0")
    panels[1].set_ylabel("share of the loss")
    handles = [Patch(facecolor=colour, label=name) for name, colour in zip(names, CATEGORIES, strict=False)]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure
