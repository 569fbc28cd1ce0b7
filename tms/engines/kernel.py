"""The fused CPU kernel: many training steps of one instance in one call.

Data generation, forward, hand-derived backward and AdamW work on a tile of inputs that stays in the
first-level cache, one row of the tile per feature or hidden dimension, so that every inner loop runs over
inputs and becomes SIMD code. Inputs without an active feature never enter the tile: their loss and gradient
follow from the bias alone. A feature whose output is positive for no input of the tile has no backward pass.

One code path serves all architectures: a tied model passes its embedding as its output weights too, and both
contributions to the gradient land in the same array.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tms.experiment import BETA_1, BETA_2, EPSILON
from tms.streams import FINALISER_1, FINALISER_2, GOLDEN, HELD_OUT, SPLITMIX_1, SPLITMIX_2

CHUNK: Final = 64
"""Inputs drawn at a time by models with many features; a tile holds one to two chunks."""
LARGEST_CHUNK: Final = 512
"""The same with few features: as many as keep a tile in the first-level cache."""
CACHED: Final = 16 * CHUNK
"""A chunk of a small model has at most so many numbers."""
HELD_OUT_ROWS: Final = 1024
BRANCHLESS: Final = 4
"""Up to so many features, copying every input costs less than a branch that cannot be predicted."""

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


class Buffers(NamedTuple):
    """A tile: inputs (feature, tile), hidden and its gradient (hidden, tile), one output row, activity."""

    x: Array
    h: Array
    dh: Array
    y: Array
    u: Array
    drawn: NDArray[np.uint32]


@njit(**INLINE)
def splitmix64(x: np.uint64) -> np.uint64:
    """Scramble one 64-bit word, as `tms.streams.splitmix64`."""
    z = np.uint64(x + np.uint64(GOLDEN))
    z = np.uint64((z ^ (z >> np.uint64(30))) * np.uint64(SPLITMIX_1))
    z = np.uint64((z ^ (z >> np.uint64(27))) * np.uint64(SPLITMIX_2))
    return np.uint64(z ^ (z >> np.uint64(31)))


@njit(**INLINE)
def draw_bits(word: np.uint64, first: int, columns: int, column: int, rows: int, out: Any) -> None:
    """Fill `out` with the 32-bit draws of one column for `rows` rows, as `tms.streams.bits`."""
    offset = np.uint32(word & np.uint64(0xFFFFFFFF))
    fold = np.uint32(word >> np.uint64(32))
    base = np.uint32(offset + np.uint32(first * columns + column))
    stride = np.uint32(columns)
    for s in range(rows):
        x = np.uint32(base + np.uint32(s) * stride)
        x = np.uint32(x ^ (x >> np.uint32(16)))
        x = np.uint32(x * np.uint32(FINALISER_1))
        x = np.uint32(x ^ (x >> np.uint32(15)) ^ fold)
        x = np.uint32(x * np.uint32(FINALISER_2))
        out[s] = np.uint32(x ^ (x >> np.uint32(16)))


@njit(**INLINE)
def draw_rows(inputs: Inputs, word: np.uint64, first: int, rows: int, at: int, buffers: Buffers) -> None:
    """Draw `rows` inputs of one step into the tile, from column `at` on; `buffers.u` marks active rows."""
    n = len(inputs.threshold)
    sets = len(inputs.set_kinds)
    columns = n + sets
    x, u, drawn = buffers.x, buffers.u, buffers.drawn
    unit = np.float32(2.0**-31)
    zero, one = np.float32(0.0), np.float32(1.0)
    u[:rows] = zero
    for i in range(n):
        draw_bits(word, first, columns, i, rows, drawn)
        threshold, scale = inputs.threshold[i], inputs.scale[i]
        for s in range(rows):
            value = np.float32(np.int32(drawn[s] >> np.uint32(1))) * unit
            active = value < threshold
            x[i, at + s] = value * scale if active else zero
            u[s] = one if active else u[s]
    if sets > 0:
        u[:rows] = zero
        _tie_sets(inputs, word, first, rows, at, buffers)
    if inputs.signed:
        for i in range(n):
            draw_bits(word, first, columns, i, rows, drawn)
            for s in range(rows):
                x[i, at + s] = -x[i, at + s] if (drawn[s] & np.uint32(1)) == np.uint32(1) else x[i, at + s]


@njit(**{**COMPILE, "fastmath": False})  # a product in another order could pick another feature of the set
def _tie_sets(inputs: Inputs, word: np.uint64, first: int, rows: int, at: int, buffers: Buffers) -> None:
    n = len(inputs.threshold)
    sets = len(inputs.set_kinds)
    columns = n + sets
    x, u, drawn = buffers.x, buffers.u, buffers.drawn
    unit = np.float32(2.0**-31)
    zero, one = np.float32(0.0), np.float32(1.0)
    in_set = np.zeros(n, dtype=np.bool_)
    for g in range(sets):
        members = inputs.set_members[inputs.set_starts[g] : inputs.set_starts[g + 1]]
        correlated = inputs.set_kinds[g] == CORRELATED
        for i in members:
            in_set[i] = True
            draw_bits(word, first, columns, i, rows, drawn)
            for s in range(rows):
                value = np.float32(np.int32(drawn[s] >> np.uint32(1))) * unit
                x[i, at + s] = value if correlated else zero
        draw_bits(word, first, columns, n + g, rows, drawn)
        threshold, scale = inputs.threshold[members[0]], inputs.scale[members[0]]
        size = np.float32(len(members))
        for s in range(rows):
            value = np.float32(np.int32(drawn[s] >> np.uint32(1))) * unit
            if value < threshold:
                u[s] = one
                if not correlated:
                    position = np.float32(np.float32(value * scale) * size)
                    chosen = min(np.int64(position), len(members) - 1)
                    x[members[chosen], at + s] = position - np.float32(chosen)
            elif correlated:
                for i in members:
                    x[i, at + s] = zero
    for i in range(n):
        if not in_set[i]:
            for s in range(rows):
                u[s] = one if x[i, at + s] > zero else u[s]


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
    encode(net, task, buffers, count)
    buffers.dh[:, :count] = np.float32(0.0)
    loss = 0.0
    for i in range(net.W.shape[0]):
        decode_row(net, buffers, i, count)
        row_loss, alive = residual_row(task, buffers, i, count, importance[i], share)
        loss += row_loss
        if alive:
            backward_row(net, grad, buffers, i, count)
    if task.hidden_l1 > np.float32(0.0):
        loss += hidden_penalty(task, buffers, count, share)
    backward_hidden(grad, task, buffers, count)
    return loss


@njit(**INLINE)
def empty_gradient(
    net: Net, grad: Net, task: Task, importance: Array, empty: int, share: np.float32
) -> float:
    """Add the gradient of `empty` inputs without an active feature; return their loss sum."""
    loss = 0.0
    for i in range(len(importance)):
        out, gain = activate(task.activation, net.b[i])
        loss += importance[i] * out * out * empty
        grad.b[i] += np.float32(2.0) * importance[i] * out * gain * share * np.float32(empty)
    return loss


@njit(**INLINE)
def batch_gradient(
    net: Net,
    grad: Net,
    task: Task,
    importance: Array,
    inputs: Inputs,
    step: int,
    batch: int,
    buffers: Buffers,
) -> float:
    """Loss of one batch; its gradient is added to `grad`."""
    word = splitmix64(np.uint64(inputs.key + np.uint64(np.uint64(step) * np.uint64(GOLDEN))))
    share = np.float32(1.0 / batch)
    chunk = len(buffers.u)
    loss, count, packed = 0.0, 0, 0
    for first in range(0, batch, chunk):
        rows = min(chunk, batch - first)
        draw_rows(inputs, word, first, rows, count, buffers)
        before = count
        count = count + rows if task.hidden_bias else pack(buffers.x, buffers.u, count, rows)
        packed += count - before
        if count > chunk or first + chunk >= batch:
            if count > 0:
                loss += tile_gradient(net, grad, task, importance, buffers, count, share)
            count = 0
    if packed < batch:
        loss += empty_gradient(net, grad, task, importance, batch - packed, share)
    return loss / batch


@njit(**INLINE)
def adamw(value: Array, grad: Array, first: Array, second: Array, pace: Array) -> None:
    """One AdamW update of a flat array by `pace`, a row of `paces`; the gradient is cleared."""
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


def paces(rates: NDArray[np.float64], decay: float) -> Array:
    """Step size, second-moment scale and weight kept, for each step of AdamW; shape (step, 3)."""
    count = np.arange(1, len(rates) + 1)
    size = rates / (1.0 - BETA_1**count)
    scale = 1.0 / np.sqrt(1.0 - BETA_2**count)
    return np.stack([size, scale, 1.0 - rates * decay], axis=1).astype(np.float32)


@njit(**INLINE)
def update(net: Net, grad: Net, first: Net, second: Net, task: Task, pace: Array) -> None:
    """One AdamW update of all parameters that the architecture has."""
    adamw(net.W.ravel(), grad.W.ravel(), first.W.ravel(), second.W.ravel(), pace)
    adamw(net.b, grad.b, first.b, second.b, pace)
    if not task.tied:
        adamw(net.W_out.ravel(), grad.W_out.ravel(), first.W_out.ravel(), second.W_out.ravel(), pace)
    if task.hidden_bias:
        adamw(net.b_hidden, grad.b_hidden, first.b_hidden, second.b_hidden, pace)


@njit(**COMPILE)
def new_net(n: int, m: int, tied: bool) -> Net:
    """Zeroed arrays of a net's shapes."""
    W = np.zeros((n, m), dtype=np.float32)
    W_out = W if tied else np.zeros((n, m), dtype=np.float32)
    return Net(W, W_out, np.zeros(n, dtype=np.float32), np.zeros(m, dtype=np.float32))


@njit(**COMPILE)
def new_buffers(n: int, m: int) -> Buffers:
    """Allocate a tile of two chunks, whose size depends on the number of features alone."""
    chunk = LARGEST_CHUNK
    while chunk > CHUNK and chunk * n > CACHED:
        chunk //= 2
    return Buffers(
        np.empty((n, 2 * chunk), dtype=np.float32),
        np.empty((m, 2 * chunk), dtype=np.float32),
        np.empty((m, 2 * chunk), dtype=np.float32),
        np.empty(2 * chunk, dtype=np.float32),
        np.empty(chunk, dtype=np.float32),
        np.empty(chunk, dtype=np.uint32),
    )


@njit(**COMPILE)
def train_instance(
    net: Net,
    task: Task,
    importance: Array,
    inputs: Inputs,
    pace: Array,
    batch: int,
    checkpoints: NDArray[np.int64],
    kept: Net,
    kept_loss: NDArray[np.float64],
) -> None:
    """Train one instance in place; keep weights and mean loss at each checkpoint.

    `kept` holds the parameters with a leading axis over checkpoints. A checkpoint's loss is the mean over
    the steps since the one before; at step 0 it is the first batch's.
    """
    n, m = net.W.shape
    grad, first, second = new_net(n, m, task.tied), new_net(n, m, task.tied), new_net(n, m, task.tied)
    buffers = new_buffers(n, m)
    due, since, total = 0, 0, 0.0
    steps = len(pace)
    for step in range(steps + 1):
        loss = 0.0
        if step < steps:
            loss = batch_gradient(net, grad, task, importance, inputs, step, batch, buffers)
        if due < len(checkpoints) and checkpoints[due] == step:
            kept.W[due], kept.W_out[due] = net.W, net.W_out
            kept.b[due], kept.b_hidden[due] = net.b, net.b_hidden
            kept_loss[due] = total / since if since > 0 else loss
            due, since, total = due + 1, 0, 0.0
        if step < steps:
            total += loss
            since += 1
            update(net, grad, first, second, task, pace[step])


@njit(**COMPILE)
def held_out_loss(net: Net, task: Task, importance: Array, inputs: Inputs, rows: int) -> float:
    """Mean loss, without any penalty, on `rows` held-out inputs of the stream."""
    n, m = net.W.shape
    buffers = new_buffers(n, m)
    chunk = len(buffers.u)
    loss, count, packed = 0.0, 0, 0
    for first in range(0, rows, chunk):
        step = HELD_OUT + first // HELD_OUT_ROWS
        word = splitmix64(np.uint64(inputs.key + np.uint64(np.uint64(step) * np.uint64(GOLDEN))))
        fresh = min(chunk, rows - first)
        draw_rows(inputs, word, first % HELD_OUT_ROWS, fresh, count, buffers)
        before = count
        count = count + fresh if task.hidden_bias else pack(buffers.x, buffers.u, count, fresh)
        packed += count - before
        if count > chunk or first + chunk >= rows:
            encode(net, task, buffers, count)
            for i in range(n):
                decode_row(net, buffers, i, count)
                loss += residual_row(task, buffers, i, count, importance[i], np.float32(0.0))[0]
            count = 0
    for i in range(n):
        out = activate(task.activation, net.b[i])[0]
        loss += importance[i] * out * out * (rows - packed)
    return loss / rows
