"""Pictures of one model's weights that several sections share: Gram matrix, bias column, norm bars."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Normalize
from numpy.typing import NDArray

from figures.toolkit.marks import label_bar
from figures.toolkit.style import DIVERGING, FRAME, INK, SUPERPOSITION, SUPERPOSITION_LABEL, frame
from tms.analysis import geometry

# A bias column one cell wide would vanish beside 80 features.
_BIAS_SHARE = 0.07
_GAP_SHARE = 0.035
_MARGIN = 0.015
_THINNEST = 0.004
_MOST_VECTOR_BARS = 1500

# Size of the panel of a Gram matrix with its bias column, in units of the matrix.
GRAM_WIDTH = 1 + _GAP_SHARE + _BIAS_SHARE + 2 * _MARGIN
GRAM_HEIGHT = 1 + 2 * _MARGIN


def norms_and_superposition(W: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Return $\|W_i\|$ and the superposition $\sum_{j\neq i}(\hat{W}_i\cdot W_j)^2$ of each feature.

    Source: #demonstrating-basic-results.

    Parameters
    ----------
    W
        Embeddings, shape ``[..., feature, hidden]``.

    Returns
    -------
    tuple of numpy.ndarray
        Two arrays of shape ``[..., feature]``; the superposition is not clipped.
    """
    stack = torch.from_numpy(W)
    return geometry.norms(stack).numpy(), geometry.interference(stack).numpy()


def draw_gram(axes: Axes, W: NDArray[np.float64], b: NDArray[np.float64] | None = None) -> None:
    """Draw the Gram matrix of the features with the bias as a column to its right.

    Parameters
    ----------
    axes
        The axes to draw on; their data coordinates become feature numbers, the first feature at the top.
    W
        Embeddings, shape ``[feature, hidden]``.
    b
        Biases, shape ``[feature]``; None leaves the column out.
    """
    n = len(W)
    limits: dict[str, Any] = {"cmap": DIVERGING, "vmin": -1.0, "vmax": 1.0, "interpolation": "nearest"}
    right = n - 0.5
    axes.imshow(W @ W.T, extent=(-0.5, right, n - 0.5, -0.5), **limits)
    axes.plot(
        [-0.5, right, right, -0.5, -0.5], [-0.5, -0.5, n - 0.5, n - 0.5, -0.5], color=FRAME, linewidth=0.8
    )
    if b is not None:
        left, right = right + _GAP_SHARE * n, right + (_GAP_SHARE + _BIAS_SHARE) * n
        axes.imshow(b[:, None], extent=(left, right, n - 0.5, -0.5), **limits)
        axes.plot(
            [left, right, right, left, left], [-0.5, -0.5, n - 0.5, n - 0.5, -0.5], color=FRAME, linewidth=0.8
        )
    frame(axes)
    for spine in axes.spines.values():
        spine.set_visible(False)
    margin = _MARGIN * n
    axes.set_xlim(-0.5 - margin, right + margin)
    axes.set_ylim(n - 0.5 + margin, -0.5 - margin)
    axes.set_aspect("equal")


def draw_norms(axes: Axes, W: NDArray[np.float64], reach: float) -> None:
    r"""Draw $\|W_i\|$ as horizontal bars, coloured by superposition clipped at 1.

    Parameters
    ----------
    axes
        The axes to draw on; the first feature is at the top.
    W
        Embeddings, shape ``[feature, hidden]``.
    reach
        Norm at the right end of the axis; one value keeps panels side by side comparable.
    """
    norms, superposition = norms_and_superposition(W)
    n = len(W)
    axes.barh(
        np.arange(n),
        norms,
        height=0.78 if n <= 40 else 1.0,
        color=SUPERPOSITION(np.clip(superposition, 0.0, 1.0)),
        linewidth=0,
    )
    axes.axvline(1.0, color=FRAME, linewidth=0.7, linestyle=(0, (2, 2)), zorder=0)
    axes.set_xlim(0, reach)
    margin = _MARGIN * n
    axes.set_ylim(n - 0.5 + margin, -0.5 - margin)
    axes.set_yticks([])
    axes.set_xticks([0, 1])
    for spine in axes.spines.values():
        spine.set_visible(True)


def number_features(axes: Axes, n: int) -> None:
    """Put numbers from 1 on the rows of a panel of features.

    Parameters
    ----------
    axes
        Its rows lie at 0, 1, ..., n - 1.
    n
        Number of features.
    """
    step = 5 if n <= 25 else 20
    ticks = [0, *range(step - 1, n, step)]
    axes.set_yticks(ticks, [str(tick + 1) for tick in ticks])


def add_gram_scale(axes: Axes, label: str = "") -> None:
    """Put the colour bar of Gram matrices and biases to the right of a panel, as tall as the panel.

    Parameters
    ----------
    axes
        The panel to add the scale to.
    label
        The quantity that the colours show.
    """
    _add_scale(axes, ScalarMappable(Normalize(-1, 1), DIVERGING), {-1: "−1", 0: "0", 1: "1"}, label)


def add_superposition_scale(axes: Axes, label: str = SUPERPOSITION_LABEL) -> None:
    """Put the colour bar of superposition to the right of a panel, as tall as the panel.

    Parameters
    ----------
    axes
        The panel to add the scale to.
    label
        The quantity that the colours show.
    """
    scale = ScalarMappable(Normalize(0, 1), SUPERPOSITION)
    _add_scale(axes, scale, {0: "0", 0.5: "0.5", 1: r"$\geq$1"}, label)


def add_polysemanticity_scale(axes: Axes, label: str) -> None:
    """Put the colour bar of `polysemanticity` to the right of a panel, as tall as the panel.

    Parameters
    ----------
    axes
        The panel to add the scale to.
    label
        The quantity that the colours show.
    """
    scale = ScalarMappable(Normalize(0, 1), SUPERPOSITION)
    _add_scale(axes, scale, {0: "0", 0.5: "0.5", 1: "1"}, label)


def _add_scale(axes: Axes, scale: ScalarMappable, ticks: dict[float, str], label: str) -> None:
    # An inset keeps the panel's height where an equal aspect shrinks it; figure.colorbar's axes would not.
    bar = Colorbar(axes.inset_axes((1.07, 0.0, 0.075, 1.0)), scale, ticks=list(ticks))
    bar.ax.set_yticklabels(list(ticks.values()))
    label_bar(bar, label)


def polysemanticity(W: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Return the polysemanticity of each neuron, $1 - \max_i |W_{ik}| / \sum_i |W_{ik}|$.

    Source: #privileged-basis.

    Parameters
    ----------
    W
        Weights of features on neurons, shape ``[..., feature, neuron]``.

    Returns
    -------
    numpy.ndarray
        Shape ``[..., neuron]``: 0 for a neuron of one feature, towards 1 for one of many; 0 for one of none.
    """
    sizes = np.abs(W)
    total = sizes.sum(-2)
    largest = sizes.max(-2)
    share: NDArray[np.float64] = np.divide(largest, total, out=np.ones_like(total), where=total > 0)
    return 1 - share


def by_primary_feature(W: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the neurons' order by the feature that weighs most in each.

    Parameters
    ----------
    W
        Weights of features on neurons, shape ``[feature, neuron]``.

    Returns
    -------
    numpy.ndarray
        Indices of neurons, shape ``[neuron]``; equal ones keep their order.
    """
    return np.argsort(np.abs(W).argmax(0), kind="stable")


def draw_stacks(axes: Axes, W: NDArray[np.float64], colours: Sequence[Any], *, edge: float = 0.6) -> None:
    """Draw each neuron's weights as one stacked bar: positive ones upwards, negative ones downwards.

    Parameters
    ----------
    axes
        The axes to draw on; neurons lie at 0, 1, ...
    W
        Weights of features on neurons, shape ``[feature, neuron]``; the first feature is next to the line.
    colours
        For each feature the name of a colour, or a sequence with one colour per neuron.
    edge
        Width of the white line between features.
    """
    neurons = np.arange(W.shape[1])
    # A weight too thin to see would only add the white line around it.
    visible = np.where(np.abs(W) > _THINNEST * np.abs(W).sum(0).max(initial=0), W, 0.0)
    starts = np.where(
        visible >= 0,
        np.cumsum(np.maximum(visible, 0), axis=0) - np.maximum(visible, 0),
        np.cumsum(np.minimum(visible, 0), axis=0) - np.minimum(visible, 0),
    )
    rows, columns = np.nonzero(visible)
    low, high = starts[rows, columns], starts[rows, columns] + visible[rows, columns]
    left, right = neurons[columns] - 0.41, neurons[columns] + 0.41
    corners = np.stack([left, low, right, low, right, high, left, high], axis=1).reshape(-1, 4, 2)
    faces = [_face(colours[int(row)], int(column)) for row, column in zip(rows, columns, strict=True)]
    many = len(rows) > _MOST_VECTOR_BARS
    bars = PolyCollection(
        list(corners), facecolors=faces, edgecolors="white", linewidths=edge, rasterized=many
    )
    axes.add_collection(bars)
    axes.axhline(0, color=INK, linewidth=0.9)
    axes.set_xlim(-0.7, len(neurons) - 0.3)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)


def _face(colour: Any, neuron: int) -> Any:
    return colour if isinstance(colour, str) else colour[neuron]


def stack_reach(W: NDArray[np.float64]) -> tuple[float, float]:
    """Return limits that hold the stacked bars of every given model.

    Parameters
    ----------
    W
        Weights of features on neurons, shape ``[..., feature, neuron]``.

    Returns
    -------
    tuple of float
        Lower and upper limit.
    """
    top = float(np.maximum(W, 0).sum(-2).max())
    bottom = float(np.minimum(W, 0).sum(-2).min())
    margin = 0.06 * max(top - bottom, 1e-9)
    return bottom - margin, top + margin


def draw_weights(axes: Axes, W: NDArray[np.float64]) -> None:
    """Draw weights as a picture, one row per feature and one column per neuron.

    Parameters
    ----------
    axes
        The axes to draw on; the first feature is at the top.
    W
        Weights, shape ``[feature, neuron]``; the colours end at -1 and 1.
    """
    axes.imshow(W, cmap=DIVERGING, vmin=-1, vmax=1, interpolation="nearest", aspect="equal")
    frame(axes)
