"""McGrath's closed form: two features in one dimension, ReLU output, no bias (#comment-deepmind)."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from tms.theory import _arguments as check
from tms.theory._arguments import Values


def no_bias_loss(
    w1: Values, w2: Values, *, density: Values, relative_importance: Values = 1.0
) -> Float[np.ndarray, "..."]:
    """Exact expected loss of x' = ReLU(W^T W x) for W = [w1, w2], for loss surfaces.

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
    If both weights have the same sign, the ReLU is never off and the loss is quadratic in the Gram matrix.
    With opposite signs, output 1 is on only where |w1| x1 > |w2| x2: a triangle or a trapezium in the unit
    square, over which the integral is elementary. Source: #comment-deepmind.
    """
    a, c = check.real("w1", w1), check.real("w2", w2)
    p, r = check.density(density), check.positive("relative_importance", relative_importance)
    return np.asarray(_output_loss(a, c, p) + r * _output_loss(c, a, p))


def _output_loss(
    own: Float[np.ndarray, "..."], other: Float[np.ndarray, "..."], p: Float[np.ndarray, "..."]
) -> Float[np.ndarray, "..."]:
    """Return the expected squared error of the output of weight ``own``."""
    gain, leak = own**2, own * other
    only_own = (1 - gain) ** 2 / 3
    only_other = np.maximum(leak, 0) ** 2 / 3
    both_on = only_own - (1 - gain) * leak / 2 + leak**2 / 3

    # E[(x1 - t x2)^2] and E[x1 (x1 - t x2)] over the part of the square where x1 > t x2, t = |other / own|,
    # in terms of t or 1 / t, whichever is at most 1.
    small, large = np.minimum(np.abs(own), np.abs(other)), np.maximum(np.abs(own), np.abs(other))
    t = np.divide(small, large, out=np.zeros(large.shape), where=leak < 0)
    trapezium = np.abs(other) <= np.abs(own)
    squared = np.where(trapezium, (4 - 6 * t + 4 * t**2 - t**3) / 12, t / 12)
    product = np.where(trapezium, 1 / 3 - t / 4 + t**3 / 24, t / 8)
    both_clipped = 1 / 3 - 2 * gain * product + gain**2 * squared

    both = np.where(leak < 0, both_clipped, both_on)
    return np.asarray(p * (1 - p) * (only_own + only_other) + p**2 * both)
