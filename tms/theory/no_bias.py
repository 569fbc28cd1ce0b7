"""McGrath's closed form: two features in one dimension, ReLU output, no bias (#comment-deepmind)."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from tms.theory import _arguments as check


def no_bias_loss(
    w1: ArrayLike, w2: ArrayLike, *, density: ArrayLike, relative_importance: ArrayLike = 1.0
) -> Float[np.ndarray, "..."]:
    """Exact expected loss of x' = ReLU(W^T W x) for W = [w1, w2], to draw loss surfaces with.

    Parameters
    ----------
    w1, w2
        Weights of the two features, any shape.
    density
        p of both features, in [0, 1].
    relative_importance
        Importance r of the second feature, the first having 1.

    Returns
    -------
    ndarray
        Loss, in the common shape of the arguments.

    Raises
    ------
    ValueError
        If an argument is not valid.

    Notes
    -----
    Weights of equal sign never switch the ReLU off, and the loss is quadratic in the Gram matrix. With
    opposite signs output 1 is on for |w1| x1 > |w2| x2 alone, a triangle or a trapezium of the unit square,
    over which the integral is elementary. Source: #comment-deepmind.
    """
    a, c = check.real("w1", w1), check.real("w2", w2)
    p, r = check.density(density), check.positive("relative_importance", relative_importance)
    loss: Float[np.ndarray, "..."] = _output_loss(a, c, p) + r * _output_loss(c, a, p)
    return loss


def _output_loss(
    own: Float[np.ndarray, "..."], other: Float[np.ndarray, "..."], p: Float[np.ndarray, "..."]
) -> Float[np.ndarray, "..."]:
    """Return the expected squared error of the output of weight ``own``."""
    gain, leak = own**2, own * other
    only_own = (1 - gain) ** 2 / 3
    only_other = np.maximum(leak, 0) ** 2 / 3
    both_on = only_own - (1 - gain) * leak / 2 + leak**2 / 3

    # E[(x1 - t x2)^2] and E[x1 (x1 - t x2)] over the part of the square where x1 > t x2.
    t = np.divide(np.abs(other), np.abs(own), out=np.zeros(leak.shape), where=leak < 0)
    below, above = np.minimum(t, 1), np.maximum(t, 1)
    squared = np.where(t <= 1, (4 - 6 * below + 4 * below**2 - below**3) / 12, 1 / (12 * above))
    product = np.where(t <= 1, 1 / 3 - below / 4 + below**3 / 24, 1 / (8 * above))
    both_clipped = 1 / 3 - 2 * gain * product + gain**2 * squared

    both = np.where(leak < 0, both_clipped, both_on)
    loss: Float[np.ndarray, "..."] = p * (1 - p) * (only_own + only_other) + p**2 * both
    return loss
