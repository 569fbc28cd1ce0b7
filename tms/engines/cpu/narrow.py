"""The kernel for small models: inner loops run over inputs.

Drawing, forward, hand-derived backward and AdamW work on a tile of inputs that stays in the first-level
cache. The tile has one row for each feature or hidden dimension, so that every inner loop runs over inputs
and becomes SIMD code. If many inputs have no active feature, these never enter the tile: their loss and
gradient follow from the bias alone. A feature whose output is positive for no input of the tile skips the
backward pass.

One code path serves all architectures. A tied model passes its embedding as its output weights, too, and both
contributions to the gradient are added to the same array.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tms.engines.cpu import parts
from tms.engines.cpu.adamw import update
from tms.engines.cpu.draws import draw_rows, step_word
from tms.engines.cpu.inner import INNER_COLUMNS, INNER_ROWS, inner_products
from tms.engines.cpu.matmul import multiply_add, padded
from tms.engines.cpu.packing import pack
from tms.engines.cpu.parts import (
    COMPILE,
    GELU,
    IN_PLACE,
    INLINE,
    LINE,
    Array,
    Inputs,
    Net,
    Task,
    Work,
    empty_gradient,
    empty_loss,
    gelu_row,
    piecewise,
    rectified,
    rooms,
)
from tms.engines.cpu.team import Team, add_up, hand_in, meet
from tms.random_streams import HELD_OUT, HELD_OUT_ROWS
from tms.sources import njit

CHUNK: Final = 64
"""Inputs drawn at a time for models with many features; a tile holds one to two chunks."""
LARGEST_CHUNK: Final = 512
"""Inputs drawn at a time for models with few features; a tile still fits into the first-level cache."""
CACHED: Final = 16 * CHUNK
"""Largest product of chunk and number of features for chunks larger than `CHUNK`."""
BLOCK: Final = 32
"""Loops over inputs run to a multiple of this."""


class Buffers(NamedTuple):
    """A tile of inputs, and scratch space for the computations on it.

    Inputs `x` and outputs `y` have shape (feature, tile), hidden activations `h` and their gradients `dh`
    (hidden, tile); rows are one cache line longer than the tile. Outputs are overwritten by their gradients.
    The gradients that are not all 0, of the features listed in `alive`, are moved to the first rows of `y`,
    and their output weights to the rows of `W_alive`. `h` has one more row, of ones, so that the bias is one
    more output weight. `inside` is 1 for the tile's inputs and 0 for the padding to whole blocks. `slope` is
    the derivative of the activation at one row of outputs. `u` and `drawn` hold the activity and the draws of
    a chunk, `sums` inner products of rows. `zeros` stay 0.
    """

    x: Array
    y: Array
    h: Array
    dh: Array
    alive: NDArray[np.int64]
    W_alive: Array
    inside: Array
    slope: Array
    u: Array
    drawn: NDArray[np.uint32]
    sums: Array
    zeros: Array


def new_work(W: Array, W_out: Array, importance: Array, task: Task) -> Work:
    """Prepare an instance for training: initial weights, zero biases and moments, and an empty tile."""
    n, m = W.shape
    work = parts.new_work(importance, n, m, n, task.tied, new_buffers(n, m))
    work.net.W[:], work.net.W_out[:] = W, W_out
    return work


def new_buffers(n: int, m: int) -> Buffers:
    """Allocate a tile of two chunks; the size of a chunk depends on the number of features alone."""
    chunk = LARGEST_CHUNK
    while chunk > CHUNK and chunk * n > CACHED:
        chunk //= 2
    row = 2 * chunk + LINE  # rows a power of two apart would compete for the same sets of the cache
    shapes = {
        "x": (n, row),
        "y": (n, row),
        "h": (m + 1, row),
        "dh": (m, row),
        "W_alive": (n, m),
        "inside": (row,),
        "slope": (row,),
        "u": (chunk,),
        "sums": (n + INNER_ROWS, padded(m + INNER_COLUMNS)),
        "zeros": (row,),
    }
    buffers = Buffers(
        **dict(zip(shapes, rooms(*shapes.values()), strict=True)),
        alive=np.zeros(n, dtype=np.int64),
        drawn=np.zeros(chunk, dtype=np.uint32),
    )
    buffers.h[m] = 1.0
    return buffers


@njit(**INLINE)
def enclose(buffers: Buffers, count: int) -> int:
    """Round a number of inputs up to whole blocks, and mark the inputs in `inside`."""
    width = (count + BLOCK - 1) // BLOCK * BLOCK
    buffers.inside[:count] = np.float32(1.0)
    buffers.inside[count:width] = np.float32(0.0)
    return width


@njit(**INLINE)
def forward(net: Net, task: Task, buffers: Buffers, width: int) -> None:
    """Compute hidden activations, and outputs before bias and activation, of the first `width` inputs."""
    n, m = net.W.shape
    x, y, h = buffers.x, buffers.y, buffers.h
    stride = x.shape[1]
    multiply_add(net.W, 1, m, x, buffers.zeros, 0, h, m, n, width, stride)
    for j in range(m):
        row = h[j]
        if task.hidden_bias:
            for s in range(width):
                row[s] += net.b_hidden[j]
        if task.hidden_relu:
            for s in range(width):
                row[s] = rectified(row[s])
    multiply_add(net.W_out, m, 1, h, buffers.zeros, 0, y, n, m, width, stride)


@njit(**INLINE)
def residual_row(
    net: Net, task: Task, buffers: Buffers, i: int, width: int, importance: np.float32, share: np.float32
) -> tuple[np.float32, bool]:
    """Replace the outputs of feature i by their gradient; return the loss and whether any gradient passes.

    A gradient passes if the derivative of the activation is not 0 for some input.
    """
    x, y, slope, inside = buffers.x[i], buffers.y[i], buffers.slope, buffers.inside
    loss, alive = np.float32(0.0), np.float32(0.0)
    scale = np.float32(-2.0) * importance * share
    bias = net.b[i]
    if task.activation == GELU:
        for s in range(width):
            y[s] += bias
        gelu_row(y, slope, width)
    for s in range(width):
        out, gain = (y[s], slope[s]) if task.activation == GELU else piecewise(task.activation, y[s] + bias)
        error = inside[s] * ((abs(x[s]) if task.absolute else x[s]) - out)
        loss += error * error
        alive += abs(gain)
        y[s] = scale * error * gain
    return loss * importance, alive != np.float32(0.0)


@njit(**INLINE)
def residual(
    net: Net, task: Task, importance: Array, buffers: Buffers, width: int, share: np.float32
) -> tuple[float, int]:
    """Compute the output gradients, and move rows that are not all 0 to the front of `y`.

    Returns the loss and the number of those rows.
    """
    y = buffers.y
    loss, alive = 0.0, 0
    for i in range(len(importance)):
        row_loss, any_left = residual_row(net, task, buffers, i, width, importance[i], share)
        loss += row_loss
        if any_left:
            if alive < i:
                for s in range(width):
                    y[alive, s] = y[i, s]
            for j in range(net.W_out.shape[1]):
                buffers.W_alive[alive, j] = net.W_out[i, j]
            buffers.alive[alive] = i
            alive += 1
    return loss, alive


@njit(**INLINE)
def backward(
    grad: Net, task: Task, buffers: Buffers, count: int, width: int, alive: int, share: np.float32
) -> float:
    """Add the gradient of the tile; return the loss of the L1 penalty."""
    n, m = grad.W.shape
    x, y, h, dh, sums = buffers.x, buffers.y, buffers.h, buffers.dh, buffers.sums
    stride, sums_stride = x.shape[1], sums.shape[1]
    zero = np.float32(0.0)
    multiply_add(buffers.W_alive, 1, m, y, buffers.zeros, 0, dh, m, alive, width, stride)
    if alive > 0:
        inner_products(y, alive, h, m + 1, width, stride, sums, sums_stride)
        for k in range(alive):
            i = buffers.alive[k]
            grad.b[i] += sums[k, m]
            for j in range(m):
                grad.W_out[i, j] += sums[k, j]
    penalty = 0.0
    if task.hidden_l1 > zero:
        penalty = hidden_penalty(task, buffers, count, share)
    for j in range(m):
        into, hidden = dh[j], h[j]
        if task.hidden_relu:
            for s in range(width):
                into[s] = into[s] if hidden[s] > zero else zero
        if task.hidden_bias:
            total = zero
            for s in range(width):
                total += into[s]
            grad.b_hidden[j] += total
    inner_products(x, n, dh, m, width, stride, sums, sums_stride)
    for i in range(n):
        for j in range(m):
            grad.W[i, j] += sums[i, j]
    return penalty


@njit(**INLINE)
def hidden_penalty(task: Task, buffers: Buffers, count: int, share: np.float32) -> float:
    """Add the gradient of the L1 penalty on hidden activations; return the loss of the penalty."""
    loss = 0.0
    for j in range(buffers.dh.shape[0]):
        h, dh = buffers.h[j], buffers.dh[j]
        total = np.float32(0.0)
        for s in range(count):
            total += abs(h[s])
            dh[s] += task.hidden_l1 * share * np.sign(h[s])
        loss += total * task.hidden_l1
    return loss


@njit(**IN_PLACE)
def tile_gradient(
    net: Net, grad: Net, task: Task, importance: Array, buffers: Buffers, count: int, share: np.float32
) -> float:
    """Add the gradient of the tile's `count` inputs, each weighted by `share`; return their summed loss."""
    width = enclose(buffers, count)
    forward(net, task, buffers, width)
    loss, alive = residual(net, task, importance, buffers, width, share)
    return loss + backward(grad, task, buffers, count, width, alive, share)


@njit(**INLINE)
def draw(
    inputs: Inputs, word: np.uint64, first: int, rows: int, at: int, keep: bool, buffers: Buffers
) -> int:
    """Append `rows` inputs to the `at` inputs of the tile; return how many it holds then."""
    draw_rows(inputs, word, first, rows, at, buffers.x, buffers.u, buffers.drawn)
    return at + rows if keep else pack(buffers.x, buffers.u, at, rows, buffers.drawn)


@njit(**IN_PLACE)
def part_gradient(
    work: Work, task: Task, inputs: Inputs, step: int, start: int, end: int, batch: int
) -> float:
    """Add the gradient of inputs `start` to `end` of a batch; return their share of its mean loss."""
    importance, net, grad, buffers = work.importance, work.net, work.grad, work.buffers
    word = step_word(inputs.key, step)
    share = np.float32(1.0 / batch)
    chunk = len(buffers.u)
    keep = task.hidden_bias or not inputs.sparse
    # Typed: for the literal 0, which is a type of its own to Numba, all draws would be compiled once more.
    loss, count, empty = 0.0, np.int64(0), end - start
    for first in range(start, end, chunk):
        count = draw(inputs, word, first, min(chunk, end - first), count, keep, buffers)
        if count > chunk or first + chunk >= end:
            if count > 0:
                loss += tile_gradient(net, grad, task, importance, buffers, count, share)
            empty -= count
            count = 0
    if empty > 0:
        loss += empty_loss(net.b, task, importance) * empty
        empty_gradient(net.b, grad.b, task, importance, share * np.float32(empty))
    return loss / batch


@njit(**COMPILE)
def train_steps(
    work: Work, task: Task, inputs: Inputs, paces: Array, first: int, last: int, batch: int, team: Team
) -> float:
    """Train from step `first` up to, but not including, step `last`, as one member of a team.

    The first member gets the sum of the batches' mean losses, the others 0.
    """
    total, parts = 0.0, len(team.losses)
    for step in range(first, last):
        for part in range(team.member, parts, team.members):
            start, end = batch * part // parts, batch * (part + 1) // parts
            loss = part_gradient(work, task, inputs, step, start, end, batch)
            hand_in(team, part, loss, work.flat.grad)
        meet(team, 2 * (step - first) + 1)
        if team.member == 0:
            total += add_up(team, work.flat.grad)
            update(work.flat, paces[step])
        meet(team, 2 * (step - first) + 2)
    return total


@njit(**COMPILE)
def held_out_loss(work: Work, task: Task, inputs: Inputs, rows: int) -> float:
    """Compute the mean loss, without any penalty, on `rows` held-out inputs of the stream."""
    importance, net, buffers = work.importance, work.net, work.buffers
    chunk = len(buffers.u)
    keep = task.hidden_bias or not inputs.sparse
    loss, count, used = 0.0, np.int64(0), 0
    for first in range(0, rows, chunk):
        word = step_word(inputs.key, HELD_OUT + first // HELD_OUT_ROWS)
        fresh = min(chunk, rows - first)
        count = draw(inputs, word, first % HELD_OUT_ROWS, fresh, count, keep, buffers)
        if count > chunk or first + chunk >= rows:
            width = enclose(buffers, count)
            forward(net, task, buffers, width)
            loss += residual(net, task, importance, buffers, width, np.float32(0.0))[0]
            used += count
            count = 0
    return (loss + empty_loss(net.b, task, importance) * (rows - used)) / rows
