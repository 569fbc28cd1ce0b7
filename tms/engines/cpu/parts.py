"""What the kernels have in common: an instance's parameters, its loss, and how to compile."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

LINEAR, RELU, GELU, QUADRATIC = range(4)
CORRELATED, ANTICORRELATED = range(2)

# Sums may be reordered into SIMD lanes; NaN and infinity keep their meaning.
FAST: Final = {"reassoc", "contract", "nsz"}
COMPILE: Final[dict[str, Any]] = {"nogil": True, "cache": True, "fastmath": FAST, "error_model": "numpy"}

# Called for every tile or row: passing a dozen arrays would cost more than the work on a small model.
INLINE: Final[dict[str, Any]] = {**COMPILE, "forceinline": True}

Array = NDArray[np.float32]


class Net(NamedTuple):
    """Parameters, or gradients, or moments of one instance.

    `W` and `W_out` have shape (feature, hidden) and are one array in a tied model; `b` has shape (feature,),
    `b_hidden` (hidden,).
    """

    W: Array
    W_out: Array
    b: Array
    b_hidden: Array


class Task(NamedTuple):
    """What distinguishes the architecture and its loss."""

    tied: bool
    activation: int
    hidden_relu: bool
    hidden_bias: bool
    absolute: bool
    hidden_l1: np.float32


class Inputs(NamedTuple):
    """One instance's feature distribution; sets as slices of one array of members."""

    key: np.uint64
    threshold: Array
    scale: Array
    signed: bool
    set_starts: NDArray[np.int64]
    set_members: NDArray[np.int64]
    set_kinds: NDArray[np.int64]


class Work(NamedTuple):
    """One instance in training: importance, parameters, gradient, AdamW's two moments, a kernel's buffers."""

    importance: Array
    net: Net
    grad: Net
    first: Net
    second: Net
    buffers: Any


def new_net(n: int, m: int, tied: bool) -> Net:
    """Zeroed arrays of a net's shapes."""
    W = np.zeros((n, m), dtype=np.float32)
    W_out = W if tied else np.zeros((n, m), dtype=np.float32)
    return Net(W, W_out, np.zeros(n, dtype=np.float32), np.zeros(m, dtype=np.float32))


@njit(**INLINE)
def activate(kind: int, z: np.float32) -> tuple[np.float32, np.float32]:
    """Return an output activation and its derivative at z."""
    if kind == RELU:
        return max(z, np.float32(0.0)), np.float32(1.0) if z > np.float32(0.0) else np.float32(0.0)
    if kind == GELU:
        cumulative = np.float32(0.5 * (1.0 + math.erf(z * 0.7071067811865476)))
        density = np.float32(0.3989422804014327 * math.exp(-0.5 * z * z))
        return z * cumulative, cumulative + z * density
    if kind == QUADRATIC:
        return z * z, np.float32(2.0) * z
    return z, np.float32(1.0)


@njit(**INLINE)
def empty_loss(b: Array, task: Task, importance: Array) -> float:
    """Loss of one input without an active feature, if the hidden layer has no bias."""
    loss = 0.0
    for i in range(len(importance)):
        out = activate(task.activation, b[i])[0]
        loss += importance[i] * out * out
    return loss


@njit(**INLINE)
def empty_gradient(b: Array, grad_b: Array, task: Task, importance: Array, weight: np.float32) -> None:
    """Add the gradient of inputs without an active feature, of `weight` in all, to that of the bias."""
    for i in range(len(importance)):
        out, gain = activate(task.activation, b[i])
        grad_b[i] += np.float32(2.0) * importance[i] * out * gain * weight
