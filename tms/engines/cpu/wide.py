"""The kernel for large models: matrix products over tiles of inputs.

A tile has one row for each input. Rows of features and of hidden dimensions are padded to whole vectors with
zeros, which remain zero in training. Inputs without an active feature never enter the tile. If few features
are active, or few outputs have a gradient, the products skip the zeros.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from tms.engines.cpu import parts
from tms.engines.cpu.adamw import update
from tms.engines.cpu.draws import draw_input, step_word
from tms.engines.cpu.matmul import ROWS, multiply_add, padded
from tms.engines.cpu.parts import (
    COMPILE,
    GELU,
    IN_PLACE,
    INLINE,
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
from tms.engines.cpu.sparse import Entries, gather_add, list_entries, new_entries, scatter_add
from tms.engines.cpu.team import Team, add_up, hand_in, meet
from tms.engines.cpu.transposition import transpose
from tms.engines.cpu.vectors import LANES
from tms.random_streams import HELD_OUT, HELD_OUT_ROWS
from tms.sources import njit

TILE: Final = 16 * ROWS
"""Inputs in a tile."""
FINDING: Final = 12
"""Cost of finding a nonzero entry, in units of one entry's multiplication with one vector."""


class Buffers(NamedTuple):
    """A tile of inputs, and scratch space for the computations on it.

    Inputs `x` and outputs `y` have shape (input, feature), hidden activations `h` and their gradients `dh`
    (input, hidden). Outputs are overwritten by their gradients. `slope` (feature,) is the derivative of the
    activation at one input's outputs. `W_out_t` (hidden, feature) is the transpose of the output weights;
    what is behind its last row has no meaning. `zeros` (hidden,) stay 0. `x_entries` and `y_entries` list the
    nonzero entries of `x` and `y` if these are few.
    """

    x: Array
    y: Array
    slope: Array
    h: Array
    dh: Array
    W_out_t: Array
    zeros: Array
    x_entries: Entries
    y_entries: Entries


def new_work(W: Array, W_out: Array, importance: Array, task: Task) -> Work:
    """Prepare an instance for training: padded initial weights, zero biases and moments, an empty tile."""
    n, m = W.shape
    weights = np.zeros(padded(n), dtype=np.float32)
    weights[:n] = importance
    features, hidden = (TILE, padded(n)), (TILE, padded(m))
    shapes = (features, features, (padded(n),), hidden, hidden, (padded(m), padded(n)), (padded(m),))
    x, y, slope, h, dh, transposed, zeros = rooms(*shapes)
    x_entries, y_entries = new_entries(*features), new_entries(*features)
    buffers = Buffers(x, y, slope, h, dh, transposed[:m], zeros, x_entries, y_entries)
    work = parts.new_work(weights, n, padded(m), padded(n), task.tied, buffers)
    work.net.W[:, :m], work.net.W_out[:, :m] = W, W_out
    return work


@njit(**INLINE)
def few(entries: int, rows: int, columns: int, width: int) -> bool:
    """Whether skipping zeros pays in two products of a matrix with rows of `width`.

    `entries` of the matrix's rows x columns numbers are not zero.
    """
    products = 2 * width // LANES
    return entries * (FINDING + products) <= rows * columns * products


@njit(**INLINE)
def forward(net: Net, task: Task, buffers: Buffers, count: int, active: int) -> None:
    """Compute hidden activations and output pre-activations of the tile's first `count` inputs.

    `active` is the number of active features of all these inputs together.
    """
    x, y, h = buffers.x, buffers.y, buffers.h
    n, hidden = net.W.shape
    m, features = buffers.W_out_t.shape
    if few(active, count, n, hidden):
        list_entries(x, count, buffers.x_entries)
        gather_add(x, buffers.x_entries, net.W, net.b_hidden, h, count)
    else:
        multiply_add(x, features, 1, net.W, net.b_hidden, 0, h, count, n, m, hidden)
    if task.hidden_relu:
        for s in range(count):
            for j in range(hidden):
                h[s, j] = rectified(h[s, j])
    multiply_add(h, hidden, 1, buffers.W_out_t, net.b, 0, y, count, m, n, features)


@njit(**INLINE)
def residual(
    task: Task, buffers: Buffers, count: int, importance: Array, share: np.float32
) -> tuple[float, int]:
    """Replace pre-activations by output gradients; return the tile's loss and how many gradients pass.

    A gradient passes if the derivative of the activation is not 0.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    scale = np.float32(-2.0) * share
    loss, alive = 0.0, 0
    for s in range(count):
        x, y, slope = buffers.x[s], buffers.y[s], buffers.slope
        total = passing = zero
        if task.activation == GELU:
            gelu_row(y, slope, len(importance))
        for i in range(len(importance)):
            out, gain = (y[i], slope[i]) if task.activation == GELU else piecewise(task.activation, y[i])
            error = (abs(x[i]) if task.absolute else x[i]) - out
            weighted = importance[i] * error
            total += weighted * error
            y[i] = scale * weighted * gain
            passing += one if gain != zero else zero
        loss += total
        alive += int(passing)
    return loss, alive


@njit(**INLINE)
def backward(
    net: Net,
    grad: Net,
    task: Task,
    buffers: Buffers,
    count: int,
    active: int,
    alive: int,
    share: np.float32,
) -> float:
    """Add the gradient of the tile; return the loss of the L1 penalty.

    At most `active` inputs and `alive` output gradients are not 0.
    """
    x, y, h, dh = buffers.x, buffers.y, buffers.h, buffers.dh
    n, hidden = net.W.shape
    m, features = buffers.W_out_t.shape
    zero = np.float32(0.0)
    penalty = 0.0
    if few(alive, count, n, hidden):
        list_entries(y, count, buffers.y_entries)
        gather_add(y, buffers.y_entries, net.W_out, buffers.zeros, dh, count)
        scatter_add(y, buffers.y_entries, h, grad.W_out, count)
    else:
        multiply_add(y, features, 1, net.W_out, buffers.zeros, 0, dh, count, n, m, hidden)
        multiply_add(y, 1, features, h, grad.W_out, hidden, grad.W_out, n, count, m, hidden)
    for s in range(count):
        if task.hidden_l1 > zero:
            total = zero
            for j in range(hidden):
                total += abs(h[s, j])
                dh[s, j] += task.hidden_l1 * share * np.sign(h[s, j])
            penalty += total * task.hidden_l1
        if task.hidden_relu:
            for j in range(hidden):
                dh[s, j] = dh[s, j] if h[s, j] > zero else zero
        for i in range(features):
            grad.b[i] += y[s, i]
        if task.hidden_bias:
            for j in range(hidden):
                grad.b_hidden[j] += dh[s, j]
    if few(active, count, n, hidden):
        scatter_add(x, buffers.x_entries, dh, grad.W, count)
    else:
        multiply_add(x, 1, features, dh, grad.W, hidden, grad.W, n, count, m, hidden)
    return penalty


@njit(**IN_PLACE)
def tile_gradient(
    net: Net,
    grad: Net,
    task: Task,
    importance: Array,
    buffers: Buffers,
    count: int,
    active: int,
    share: np.float32,
) -> float:
    """Add the gradient of the tile's `count` inputs, each weighted by `share`; return their summed loss."""
    forward(net, task, buffers, count, active)
    loss, alive = residual(task, buffers, count, importance, share)
    return loss + backward(net, grad, task, buffers, count, active, alive, share)


@njit(**IN_PLACE)
def part_gradient(
    work: Work, task: Task, inputs: Inputs, step: int, start: int, end: int, batch: int
) -> float:
    """Add the gradient of inputs `start` to `end` of a batch; return their share of its mean loss."""
    importance, net, grad, buffers = work.importance, work.net, work.grad, work.buffers
    word = step_word(inputs.key, step)
    share = np.float32(1.0 / batch)
    loss, count, active, empty = 0.0, 0, 0, end - start
    for row in range(start, end):
        own = draw_input(inputs, word, row, buffers.x[count])
        active += own
        count += 1 if own > 0 or task.hidden_bias else 0
        if count == TILE or row + 1 == end:
            loss += tile_gradient(net, grad, task, importance, buffers, count, active, share)
            empty -= count
            count = active = 0
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
        transpose(work.net.W_out, work.buffers.W_out_t)
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
    transpose(net.W_out, buffers.W_out_t)
    loss, count, active, used = 0.0, 0, 0, 0
    for row in range(rows):
        word = step_word(inputs.key, HELD_OUT + row // HELD_OUT_ROWS)
        own = draw_input(inputs, word, row % HELD_OUT_ROWS, buffers.x[count])
        active += own
        count += 1 if own > 0 or task.hidden_bias else 0
        if count == TILE or row + 1 == rows:
            forward(net, task, buffers, count, active)
            loss += residual(task, buffers, count, importance, np.float32(0.0))[0]
            used += count
            count = active = 0
    return (loss + empty_loss(net.b, task, importance) * (rows - used)) / rows
