"""AdamW, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tms.engines.cpu.parts import INLINE, Array, Flat
from tms.experiment import BETA_1, BETA_2, EPSILON


def paces(rates: NDArray[np.float64], decay: float) -> Array:
    """Step size, second-moment scale and weight kept, for each step of AdamW; shape (step, 3)."""
    count = np.arange(1, len(rates) + 1)
    size = rates / (1.0 - BETA_1**count)
    scale = 1.0 / np.sqrt(1.0 - BETA_2**count)
    return np.stack([size, scale, 1.0 - rates * decay], axis=1).astype(np.float32)


@njit(**INLINE)
def update(flat: Flat, pace: Array) -> None:
    """One AdamW update by `pace`, a row of `paces`; the gradient is cleared."""
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
