"""The compiled kernel of the reference engine's loss and of its gradient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tms.engines.cpu.parts import COMPILE, INLINE, Array
from tms.sources import njit


@njit(**INLINE)
def _weighted_squares(out: Array, target: Array, weight: Array) -> np.float32:
    total = np.float32(0.0)
    for i in range(len(out)):
        error = np.float32(target[i] - out[i])
        total += weight[i] * error * error
    return total


@njit(**{**INLINE, "fastmath": False})  # reordered, the products could be rounded otherwise than in torch
def _repeat(importance: Array, share: np.float32, weight: Array, slope: Array) -> None:
    n = len(importance)
    for start in range(0, len(weight), n):
        for i in range(n):
            weight[start + i] = importance[i]
            slope[start + i] = np.float32(-2.0) * np.float32(share * importance[i])


@njit(**INLINE)
def _differ(a: Array, b: Array) -> bool:
    different = False
    for i in range(len(a)):
        different |= a[i] != b[i]
    return different


@njit(**{**INLINE, "fastmath": False})
def _products(out: Array, target: Array, slope: Array, gradient: Array) -> None:
    for i in range(len(out)):
        gradient[i] = slope[i] * np.float32(target[i] - out[i])


@njit(**COMPILE)
def squared_errors(
    out: Array,
    target: Array,
    importance: Array,
    runs: int,
    length: int,
    out_strides: tuple[int, int],
    target_strides: tuple[int, int],
    weight: Array,
    slope: Array,
    loss: NDArray[np.float64],
    gradient: Array,
) -> None:
    """Sum the weighted squared errors of each instance, and differentiate their mean.

    Parameters
    ----------
    out, target
        Outputs and targets, flat.
    importance
        Importances, shape (instance, feature).
    runs, length
        Number and length of the runs of consecutive numbers that make an instance's outputs.
    out_strides, target_strides
        Distance from one instance to the next, and from one run to the next.
    weight, slope
        Scratch space, a multiple of the number of features.
    loss
        Set to the sum of each instance.
    gradient
        Set to the gradient of the mean over inputs; arranged as `out`. Of length 0 if it is not wanted.
    """
    instances, n = importance.shape
    width = len(weight)
    share = np.float32(np.float32(1.0) / np.float32(runs * length // n))
    for k in range(instances):
        if k == 0 or _differ(importance[k], importance[k - 1]):
            _repeat(importance[k], share, weight, slope)
        total = 0.0
        for r in range(runs):
            o = out[k * out_strides[0] + r * out_strides[1] :]
            t = target[k * target_strides[0] + r * target_strides[1] :]
            for first in range(0, length, width):
                count = min(width, length - first)
                a, b = o[first : first + count], t[first : first + count]
                total += _weighted_squares(a, b, weight)
                if len(gradient):
                    start = k * out_strides[0] + r * out_strides[1] + first
                    _products(a, b, slope, gradient[start : start + count])
        loss[k] = total
