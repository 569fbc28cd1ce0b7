"""The outcomes of a phase diagram's extra feature, and their colours."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Patch
from numpy.typing import ArrayLike, NDArray

from figures.toolkit.shapes import Shapes
from figures.toolkit.style import BLUE, FRAME, GREY, ORANGE
from tms.analysis import phase_diagram

OUTCOMES: Final = (*phase_diagram.OUTCOMES, "confused")
"""The outcomes that the claims tell apart, in their order, and the one that only models without bias have."""

OUTCOME_COLOURS: Final = {"ignored": "#ffffff", "superposed": ORANGE, "dedicated": BLUE, "confused": GREY}

# By way of violet: the straight mixture of the two ends is the grey of *confused*.
_DEDICATED_TO_SUPERPOSED: Final = LinearSegmentedColormap.from_list(
    "dedicated_superposed", [BLUE, "#93528f", ORANGE]
)


def outcome_colour(norm: NDArray[np.float64], superposition: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blend the colours of *ignored*, *dedicated* and *superposed* by norm and superposition.

    Parameters
    ----------
    norm
        Norm of the feature's embedding, any shape; clipped to [0, 1].
    superposition
        Sum of squared interference on the feature, same shape; clipped to [0, 1].

    Returns
    -------
    numpy.ndarray
        RGB in [0, 1], shape ``[..., 3]``: white at norm 0; at norm 1 the colour of *dedicated* without
        superposition, of *superposed* with it.
    """
    strength = np.clip(norm, 0.0, 1.0)[..., None]
    hue = np.asarray(_DEDICATED_TO_SUPERPOSED(np.clip(superposition, 0.0, 1.0)))[..., :3]
    mixed: NDArray[np.float64] = 1 - strength * (1 - hue)
    return mixed


def read_outcomes(shapes: Shapes, value: ArrayLike, axes: str) -> NDArray[np.intp]:
    """Convert outcomes to their indices in `OUTCOMES`.

    Parameters
    ----------
    shapes
        Sizes of the figure's axes so far.
    value
        Names or indices of outcomes.
    axes
        Names of the value's axes, separated by spaces.

    Returns
    -------
    numpy.ndarray
        Indices, shape as named.

    Raises
    ------
    ValueError
        If the shape is wrong or an outcome is unknown.
    """
    array = np.asarray(value)
    if array.dtype.kind in "iu":
        indices = shapes.floats("outcome", array, axes).astype(np.intp)
        if indices.min() < 0 or indices.max() >= len(OUTCOMES):
            raise ValueError(
                f"outcome must lie between 0 and {len(OUTCOMES) - 1}, not {indices.min()} to {indices.max()}."
            )
        return indices
    names = shapes.names("outcome", array, axes)
    unknown = sorted(set(names.ravel().tolist()) - set(OUTCOMES))
    if unknown:
        raise ValueError(f"outcome must be one of {', '.join(OUTCOMES)}, not {unknown[0]!r}.")
    return np.array([OUTCOMES.index(name) for name in names.ravel()], dtype=np.intp).reshape(names.shape)


def outcome_patches(names: Sequence[str]) -> list[Patch]:
    """Return a legend's handles for outcomes.

    Parameters
    ----------
    names
        Names of the outcomes.

    Returns
    -------
    list of matplotlib.patches.Patch
        A labelled patch of its colour for each.
    """
    return [Patch(facecolor=OUTCOME_COLOURS[name], edgecolor=FRAME, label=name) for name in names]
