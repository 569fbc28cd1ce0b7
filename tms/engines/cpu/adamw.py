"""The AdamW update, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tms.engines.cpu.parts import INLINE, Array, Flat
from tms.engines.optimizer import BETA_1, BETA_2, EPSILON
from tms.sources import njit


def paces(rates: NDArray[np.float64], decay: float) -> Array:
    """Coefficients of every AdamW step: step size, second-moment scale, and the factor of weight decay.

    Parameters
    ----------
    rates
        Learning rates, shape (step,).
    decay
        Coefficient of the decoupled weight decay.

    Returns
    -------
    ndarray
        Shape (step, 3), in float32. Both bias corrections are included.
    """
    count = np.arange(1, len(rates) + 1)
    size = rates / (1.0 - BETA_1**count)
    scale = 1.0 / np.sqrt(1.0 - BETA_2**count)
    return np.stack([size, scale, 1.0 - rates * decay], axis=1).astype(np.float32)


@njit(**INLINE)
def update(flat: Flat, pace: Array) -> None:
    """Update the parameters once with `pace`, a row of `paces`, and clear the gradient."""
    value, grad, first, second = flat
    beta_1, beta_2 = np.float32(BETA_1), np.float32(BETA_2)
    rest_1, rest_2 = np.float32(1.0 - BETA_1), np.float32(1.0 - BETA_2)
    size, scale, keep = pace[0], pace[1], pace[2]
    epsilon = np.float32(EPSILON)
    for k in range(len(value)):
        g = grad[k]
        first[k] = beta_1 * first[k] + rest_1 * g
        second[k] = beta_2 * second[k] + rest_2 * g * g
        value[k] = keep * value[k] - size * first[k] / (np.sqrt(second[k]) * scale + epsilon)
        grad[k] = np.float32(0.0)
