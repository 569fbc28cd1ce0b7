"""The kernel for small models: inner loops run over inputs.

Data generation, forward, hand-derived backward and AdamW work on a tile of inputs that stays in the
first-level cache, one row of the tile per feature or hidden dimension, so that every inner loop runs over
inputs and becomes SIMD code. Inputs without an active feature never enter the tile: their loss and gradient
follow from the bias alone. A feature whose output is positive for no input of the tile has no backward pass.

One code path serves all architectures: a tied model passes its embedding as its output weights too, and both
contributions to the gradient land in the same array.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tms.engines.cpu.adamw import update
from tms.engines.cpu.draws import draw_rows, step_word
from tms.engines.cpu.parts import (
    COMPILE,
    INLINE,
    RELU,
    Array,
    Inputs,
    Net,
    Task,
    Work,
    activate,
    empty_gradient,
    empty_loss,
    new_net,
)
from tms.streams import HELD_OUT, HELD_OUT_ROWS

CHUNK: Final = 64
"""Inputs drawn at a time by models with many features; a tile holds one to two chunks."""
LARGEST_CHUNK: Final = 512
"""The same with few features: as many as keep a tile in the first-level cache."""
CACHED: Final = 16 * CHUNK
"""A chunk of a small model has at most so many numbers."""
BLOCK: Final = 16
"""Loops over inputs run to a multiple of this."""
BRANCHLESS: Final = 4
"""Up to so many features, copying every input costs less than a branch that cannot be predicted."""


class Buffers(NamedTuple):
    """A tile: inputs (feature, tile), hidden and its gradient (hidden, tile), one output row, activity."""

    x: Array
    h: Array
    dh: Array
    y: Array
    u: Array
    drawn: NDArray[np.uint32]


def new_work(W: Array, W_out: Array, importance: Array, task: Task) -> Work:
    """Start an instance: its weights, zeroed biases and moments, and a tile."""
    n, m = W.shape
    net, grad, first, second = (new_net(n, m, task.tied) for _ in range(4))
    net.W[:], net.W_out[:] = W, W_out
    return Work(importance, net, grad, first, second, new_buffers(n, m))


def new_buffers(n: int, m: int) -> Buffers:
    """Allocate a tile of two chunks, whose size depends on the number of features alone."""
    chunk = LARGEST_CHUNK
    while chunk > CHUNK and chunk * n > CACHED:
        chunk //= 2
    return Buffers(
        np.zeros((n, 2 * chunk), dtype=np.float32),
        np.zeros((m, 2 * chunk), dtype=np.float32),
        np.zeros((m, 2 * chunk), dtype=np.float32),
        np.zeros(2 * chunk, dtype=np.float32),
        np.empty(chunk, dtype=np.float32),
        np.empty(chunk, dtype=np.uint32),
    )


@njit(**INLINE)
def pack(x: Array, u: Array, at: int, rows: int) -> int:
    """Drop inputs without an active feature from the tile's last `rows` columns; return its new length."""
    n = x.shape[0]
    to = at
    if n <= BRANCHLESS:
        for s in range(rows):
            for i in range(n):
                x[i, to] = x[i, at + s]
            to += np.int64(u[s])
        return to
    for s in range(rows):
        if u[s] > np.float32(0.0):
            if to != at + s:
                for i in range(n):
                    x[i, to] = x[i, at + s]
            to += 1
    return to


@njit(**INLINE)
def whole(count: int) -> int:
    """Round a number of inputs up to whole blocks."""
    return (count + BLOCK - 1) // BLOCK * BLOCK


@njit(**INLINE)
def encode(net: Net, task: Task, buffers: Buffers, count: int) -> None:
    """Hidden activations of the tile's first `count` inputs."""
    n, m = net.W.shape
    x, h = buffers.x, buffers.h
    for j in range(m):
        row = h[j]
        row[:count] = net.b_hidden[j]
        i = 0
        while i + 4 <= n:
            w0, w1, w2, w3 = net.W[i, j], net.W[i + 1, j], net.W[i + 2, j], net.W[i + 3, j]
            x0, x1, x2, x3 = x[i], x[i + 1], x[i + 2], x[i + 3]
            for s in range(count):
                row[s] += w0 * x0[s] + w1 * x1[s] + w2 * x2[s] + w3 * x3[s]
            i += 4
        while i < n:
            w0, x0 = net.W[i, j], x[i]
            for s in range(count):
                row[s] += w0 * x0[s]
            i += 1
        if task.hidden_relu:
            for s in range(count):
                row[s] = max(row[s], np.float32(0.0))


@njit(**INLINE)
def decode_row(net: Net, buffers: Buffers, i: int, count: int) -> None:
    """Write feature i's pre-activation into `buffers.y` for the tile's first `count` inputs."""
    m = net.W.shape[1]
    y, h = buffers.y, buffers.h
    y[:count] = net.b[i]
    j = 0
    while j + 4 <= m:
        w0, w1, w2, w3 = net.W_out[i, j], net.W_out[i, j + 1], net.W_out[i, j + 2], net.W_out[i, j + 3]
        h0, h1, h2, h3 = h[j], h[j + 1], h[j + 2], h[j + 3]
        for s in range(count):
            y[s] += w0 * h0[s] + w1 * h1[s] + w2 * h2[s] + w3 * h3[s]
        j += 4
    while j < m:
        w0, h0 = net.W_out[i, j], h[j]
        for s in range(count):
            y[s] += w0 * h0[s]
        j += 1


@njit(**INLINE)
def residual_row(
    task: Task, buffers: Buffers, i: int, count: int, importance: np.float32, share: np.float32
) -> tuple[np.float32, bool]:
    """Turn pre-activations into output gradients, in place; return the loss and whether any is not zero."""
    x, y = buffers.x[i], buffers.y
    zero = np.float32(0.0)
    loss, alive = zero, np.int32(0)
    slope = np.float32(-2.0) * importance * share
    if task.activation == RELU and not task.absolute:
        for s in range(count):
            error = x[s] - max(y[s], zero)
            loss += error * error
            positive = y[s] > zero
            alive |= np.int32(positive)
            y[s] = slope * error if positive else zero
    else:
        for s in range(count):
            out, gain = activate(task.activation, y[s])
            error = (abs(x[s]) if task.absolute else x[s]) - out
            loss += error * error
            alive |= np.int32(gain != zero)
            y[s] = slope * error * gain
    return loss * importance, alive > 0


@njit(**INLINE)
def backward_row(net: Net, grad: Net, buffers: Buffers, i: int, count: int) -> None:
    """Send feature i's output gradient to the output weights, the bias and the hidden activations."""
    m = net.W.shape[1]
    y = buffers.y
    total = np.float32(0.0)
    for s in range(count):
        total += y[s]
    grad.b[i] += total
    for j in range(m):
        w, h, dh = net.W_out[i, j], buffers.h[j], buffers.dh[j]
        total = np.float32(0.0)
        for s in range(count):
            total += y[s] * h[s]
            dh[s] += w * y[s]
        grad.W_out[i, j] += total


@njit(**INLINE)
def backward_hidden(grad: Net, task: Task, buffers: Buffers, count: int) -> None:
    """Send the gradient of the hidden activations to the embedding and the hidden bias."""
    n, m = grad.W.shape
    zero = np.float32(0.0)
    for j in range(m):
        h, dh = buffers.h[j], buffers.dh[j]
        if task.hidden_relu:
            for s in range(count):
                dh[s] = dh[s] if h[s] > zero else zero
        if task.hidden_bias:
            total = zero
            for s in range(count):
                total += dh[s]
            grad.b_hidden[j] += total
        for i in range(n):
            x = buffers.x[i]
            total = zero
            for s in range(count):
                total += dh[s] * x[s]
            grad.W[i, j] += total


@njit(**INLINE)
def hidden_penalty(task: Task, buffers: Buffers, count: int, share: np.float32) -> float:
    """Add the L1 penalty on hidden activations to their gradient; return its loss."""
    loss = 0.0
    for j in range(buffers.h.shape[0]):
        h, dh = buffers.h[j], buffers.dh[j]
        total = np.float32(0.0)
        for s in range(count):
            total += abs(h[s])
            dh[s] += task.hidden_l1 * share * np.sign(h[s])
        loss += total * task.hidden_l1
    return loss


@njit(**INLINE)
def tile_gradient(
    net: Net, grad: Net, task: Task, importance: Array, buffers: Buffers, count: int, share: np.float32
) -> float:
    """Add the gradient of the tile's `count` inputs, each weighted by `share`; return their loss sum."""
    width = whole(count)
    encode(net, task, buffers, width)
    buffers.dh[:, :width] = np.float32(0.0)
    loss = 0.0
    for i in range(net.W.shape[0]):
        decode_row(net, buffers, i, width)
        row_loss, alive = residual_row(task, buffers, i, count, importance[i], share)
        loss += row_loss
        if alive:
            buffers.y[count:width] = np.float32(0.0)
            backward_row(net, grad, buffers, i, width)
    if task.hidden_l1 > np.float32(0.0):
        loss += hidden_penalty(task, buffers, count, share)
    backward_hidden(grad, task, buffers, width)
    return loss


@njit(**INLINE)
def draw(
    inputs: Inputs, word: np.uint64, first: int, rows: int, at: int, keep: bool, buffers: Buffers
) -> int:
    """Draw `rows` inputs into the tile behind its first `at`; return how many the tile then holds."""
    draw_rows(inputs, word, first, rows, at, buffers.x, buffers.u, buffers.drawn)
    return at + rows if keep else pack(buffers.x, buffers.u, at, rows)


@njit(**INLINE)
def batch_gradient(work: Work, task: Task, inputs: Inputs, step: int, batch: int) -> float:
    """Mean loss of one batch; its gradient is added to the one in `work`."""
    importance, net, grad, buffers = work.importance, work.net, work.grad, work.buffers
    word = step_word(inputs.key, step)
    share = np.float32(1.0 / batch)
    chunk = len(buffers.u)
    loss, count, used = 0.0, 0, 0
    for first in range(0, batch, chunk):
        count = draw(inputs, word, first, min(chunk, batch - first), count, task.hidden_bias, buffers)
        if count > chunk or first + chunk >= batch:
            if count > 0:
                loss += tile_gradient(net, grad, task, importance, buffers, count, share)
            used += count
            count = 0
    if used < batch:
        loss += empty_loss(net.b, task, importance) * (batch - used)
        empty_gradient(net.b, grad.b, task, importance, share * np.float32(batch - used))
    return loss / batch


@njit(**COMPILE)
def train_steps(
    work: Work, task: Task, inputs: Inputs, paces: Array, first: int, last: int, batch: int
) -> float:
    """Train from step `first` until before step `last`; return the sum of their batches' mean losses."""
    total = 0.0
    for step in range(first, last):
        total += batch_gradient(work, task, inputs, step, batch)
        update(work.net, work.grad, work.first, work.second, task, paces[step])
    return total


@njit(**COMPILE)
def held_out_loss(work: Work, task: Task, inputs: Inputs, rows: int) -> float:
    """Mean loss, without any penalty, on `rows` held-out inputs of the stream."""
    importance, net, buffers = work.importance, work.net, work.buffers
    chunk = len(buffers.u)
    loss, count, used = 0.0, 0, 0
    for first in range(0, rows, chunk):
        word = step_word(inputs.key, HELD_OUT + first // HELD_OUT_ROWS)
        fresh = min(chunk, rows - first)
        count = draw(inputs, word, first % HELD_OUT_ROWS, fresh, count, task.hidden_bias, buffers)
        if count > chunk or first + chunk >= rows:
            encode(net, task, buffers, count)
            for i in range(len(importance)):
                decode_row(net, buffers, i, count)
                loss += residual_row(task, buffers, i, count, importance[i], np.float32(0.0))[0]
            used += count
            count = 0
    return (loss + empty_loss(net.b, task, importance) * (rows - used)) / rows
