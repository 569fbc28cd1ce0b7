"""Pictures of one model's weights that several sections share: Gram matrix, bias column, norm bars."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Normalize
from numpy.typing import NDArray

from figures.style import DIVERGING, FRAME, SUPERPOSITION, SUPERPOSITION_LABEL, frame

_TINY = 1e-12
# A bias column one cell wide would vanish beside 80 features.
_BIAS_SHARE = 0.07
_GAP_SHARE = 0.035
_MARGIN = 0.015

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
    norms = np.linalg.norm(W, axis=-1)
    gram = W @ np.swapaxes(W, -1, -2)
    others = (gram**2).sum(-1) - norms**4
    return norms, np.maximum(others, 0.0) / np.maximum(norms**2, _TINY)


def draw_gram(axes: Axes, W: NDArray[np.float64], b: NDArray[np.float64] | None = None) -> None:
    """Draw the Gram matrix of the features with the bias as a column to its right.

    Parameters
    ----------
    axes
        Drawn on; its data coordinates become feature numbers, the first feature at the top.
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
        Drawn on; the first feature is at the top.
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
        The panel.
    label
        What the colours show.
    """
    _add_scale(axes, ScalarMappable(Normalize(-1, 1), DIVERGING), {-1: "−1", 0: "0", 1: "1"}, label)


def add_superposition_scale(axes: Axes, label: str = SUPERPOSITION_LABEL) -> None:
    """Put the colour bar of superposition to the right of a panel, as tall as the panel.

    Parameters
    ----------
    axes
        The panel.
    label
        What the colours show.
    """
    scale = ScalarMappable(Normalize(0, 1), SUPERPOSITION)
    _add_scale(axes, scale, {0: "0", 0.5: "0.5", 1: r"$\geq$1"}, label)


def _add_scale(axes: Axes, scale: ScalarMappable, ticks: dict[float, str], label: str) -> None:
    # An inset keeps the panel's height where an equal aspect shrinks it; figure.colorbar's axes would not.
    bar = Colorbar(axes.inset_axes((1.07, 0.0, 0.075, 1.0)), scale, ticks=list(ticks))
    bar.ax.set_yticklabels(list(ticks.values()))
    bar.set_label(label)
    bar.outline.set_edgecolor(FRAME)
