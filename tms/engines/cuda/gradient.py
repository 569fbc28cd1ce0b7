"""Loss and gradient of one tile of inputs: the same hand-derived backward pass as in the CPU's kernels.

A tile has one row for each feature or hidden dimension and one column for each input. Rows are padded, and
the padding remains zero: a feature of the padding has importance 0 and inputs 0, a hidden dimension of the
padding has weights 0.
"""

import triton
import triton.language as tl

from tms.engines import activations
from tms.engines.cuda.draws import draw

RELU = tl.constexpr(activations.RELU)
GELU = tl.constexpr(activations.GELU)
QUADRATIC = tl.constexpr(activations.QUADRATIC)


@triton.jit
def over_rows(w, x, plan: tl.constexpr):
    """Sum of w[r, m] x[r, t] over r; shape (hidden, sample)."""
    if plan.dot:
        total = tl.dot(tl.trans(w), x, input_precision=plan.precision)
    else:
        total = tl.sum(w[:, :, None] * x[:, None, :], 0)
    return total


@triton.jit
def over_hidden(w, h, plan: tl.constexpr):
    """Sum of w[r, m] h[m, t] over m; shape (row, sample)."""
    if plan.dot:
        total = tl.dot(w, h, input_precision=plan.precision)
    else:
        total = tl.sum(w[:, :, None] * h[None, :, :], 1)
    return total


@triton.jit
def turned(h, at, plan: tl.constexpr):
    """Hidden activations in the layout that `over_samples` takes: transposed for matrix products.

    They are transposed in memory, at `at`. A transposed view would keep their layout in shared memory, where
    the threads of a warp, each with other hidden dimensions, would all load from the same banks.
    """
    M: tl.constexpr = plan.hidden
    T: tl.constexpr = plan.tile
    if plan.dot:
        tl.store(at + tl.arange(0, T)[None, :] * M + tl.arange(0, M)[:, None], h)
        tl.debug_barrier()
        h = tl.load(at + tl.arange(0, T)[:, None] * M + tl.arange(0, M)[None, :])
    return h


@triton.jit
def over_samples(x, h, plan: tl.constexpr):
    """Sum of x[r, t] h[m, t] over t, h being `turned`; shape (row, hidden)."""
    if plan.dot:
        total = tl.dot(x, h, input_precision=plan.precision)
    else:
        total = tl.sum(x[:, None, :] * h[None, :, :], 2)
    return total


@triton.jit
def over_samples_twice(x, h, g, k, plan: tl.constexpr):
    """Sum of x[r, t] h[m, t] + g[r, t] k[m, t] over t, h and k being `turned`; shape (row, hidden)."""
    if plan.dot:
        total = tl.dot(g, k, over_samples(x, h, plan), input_precision=plan.precision)
    else:
        # One sum for both, because sums across threads are expensive.
        total = tl.sum(x[:, None, :] * h[None, :, :] + g[:, None, :] * k[None, :, :], 2)
    return total


@triton.jit
def activate(z, plan: tl.constexpr):
    """Output activation and its derivative; NaN remains NaN, so that the loss shows it."""
    if plan.activation == RELU:
        out = tl.where(z < 0, 0.0, z)
        gain = tl.where(z > 0, 1.0, 0.0)
    elif plan.activation == GELU:
        cumulative = 0.5 * (1.0 + tl.erf(z * 0.7071067811865476))
        out = z * cumulative
        gain = cumulative + z * 0.3989422804014327 * tl.exp(-0.5 * z * z)
    elif plan.activation == QUADRATIC:
        out = z * z
        gain = 2.0 * z
    else:
        out = z
        gain = tl.full(z.shape, 1.0, tl.float32)
    return out, gain


@triton.jit
def weights(base, row, plan: tl.constexpr):
    """Pointers to the weights of `plan.rows` features; shape (row, hidden)."""
    R: tl.constexpr = plan.rows
    M: tl.constexpr = plan.hidden
    return base + (row + tl.arange(0, R))[:, None] * M + tl.arange(0, M)[None, :]


@triton.jit
def places(n, plan: tl.constexpr):
    """Offsets of output weights, hidden bias and output bias among an instance's parameters."""
    if plan.tied:
        decoder = 0
        hidden_bias = n * plan.hidden
    else:
        decoder = n * plan.hidden
        hidden_bias = 2 * n * plan.hidden
    return decoder, hidden_bias, hidden_bias + plan.hidden


@triton.jit
def kept_at(kept, row, plan: tl.constexpr):
    """Pointers to a tile's kept inputs of `plan.rows` features; shape (row, sample)."""
    R: tl.constexpr = plan.rows
    T: tl.constexpr = plan.tile
    return kept + (row + tl.arange(0, R))[:, None] * T + tl.arange(0, T)[None, :]


@triton.jit
def encode(param, kept, features, sets, word, n, columns, sample, plan: tl.constexpr):
    """Hidden activations of a tile; shape (hidden, sample). Stores the inputs if the plan keeps them."""
    R: tl.constexpr = plan.rows
    M: tl.constexpr = plan.hidden
    T: tl.constexpr = plan.tile
    h = tl.zeros([M, T], tl.float32)
    if plan.hidden_bias:
        _, hidden_bias, _ = places(n, plan)
        h += tl.load(param + hidden_bias + tl.arange(0, M))[:, None]
    for row in range(0, n, R):
        x = draw(word, features, sets, n, columns, row, sample, plan)
        if plan.kept:
            tl.store(kept_at(kept, row, plan), x)
        h += over_rows(tl.load(weights(param, row, plan)), x, plan)
    if plan.hidden_relu:
        h = tl.where(h < 0, 0.0, h)
    return h


@triton.jit
def decode(param, x, h, n, row, plan: tl.constexpr):
    """Errors of `plan.rows` outputs, the derivative of the activation there, and the weights used."""
    R: tl.constexpr = plan.rows
    decoder, _, bias = places(n, plan)
    w = tl.load(weights(param + decoder, row, plan))
    z = over_hidden(w, h, plan) + tl.load(param + bias + row + tl.arange(0, R))[:, None]
    out, gain = activate(z, plan)
    error = tl.abs(x) - out if plan.absolute else x - out
    return error, gain, w


@triton.jit
def inputs(kept, features, sets, word, n, columns, row, sample, plan: tl.constexpr):
    """A tile's inputs of `plan.rows` features, after `encode` has run."""
    if plan.kept:
        x = tl.load(kept_at(kept, row, plan))
    else:
        x = draw(word, features, sets, n, columns, row, sample, plan)
    return x


@triton.jit
def accumulate(to, value, again):
    """Write a part of a gradient, or add it if `again` says that an earlier tile wrote there."""
    tl.store(to, tl.load(to, mask=again, other=0.0) + value)


@triton.jit
def tile_gradient(
    param, grad, kept, features, sets, word, n, columns, first, batch, share, l1, again, plan: tl.constexpr
):
    """Gradient of the tile of inputs from `first` on, each weighted by `share`; returns their summed loss.

    The gradient is written to `grad`, or added if `again` says that an earlier tile wrote there.
    """
    R: tl.constexpr = plan.rows
    M: tl.constexpr = plan.hidden
    T: tl.constexpr = plan.tile
    sample = first + tl.arange(0, T)
    real = sample < batch
    weight = tl.where(real, share, 0.0)
    decoder, hidden_bias, bias = places(n, plan)
    h = encode(param, kept, features, sets, word, n, columns, sample, plan)
    apart = kept + 2 * n * T
    turned_h = turned(h, apart, plan)
    tl.debug_barrier()

    dh = tl.zeros([M, T], tl.float32)
    losses = tl.zeros([T], tl.float32)
    for row in range(0, n, R):
        rows = row + tl.arange(0, R)
        x = inputs(kept, features, sets, word, n, columns, row, sample, plan)
        error, gain, w = decode(param, x, h, n, row, plan)
        importance = tl.load(features + 2 * n + rows)[:, None]
        losses += tl.sum(importance * error * error, 0)
        g = -2.0 * importance * weight[None, :] * error * gain
        dh += over_rows(w, g, plan)
        accumulate(grad + bias + rows, tl.sum(g, 1), again)
        if plan.kept and plan.tied:
            tl.store(kept_at(kept, n + row, plan), g)
        else:
            accumulate(weights(grad + decoder, row, plan), over_samples(g, turned_h, plan), again)
    if plan.penalised:
        losses += l1 * tl.sum(tl.abs(h), 0)
        dh += l1 * weight[None, :] * tl.where(h > 0, 1.0, tl.where(h < 0, -1.0, 0.0))
    if plan.hidden_relu:
        dh = tl.where(h > 0, dh, 0.0)
    if plan.hidden_bias:
        accumulate(grad + hidden_bias + tl.arange(0, M), tl.sum(dh, 1), again)
    turned_dh = turned(dh, apart + M * T, plan)
    tl.debug_barrier()

    for row in range(0, n, R):
        x = inputs(kept, features, sets, word, n, columns, row, sample, plan)
        to = weights(grad, row, plan)
        if plan.kept and plan.tied:
            g = tl.load(kept_at(kept, n + row, plan))
            accumulate(to, over_samples_twice(g, turned_h, x, turned_dh, plan), again)
        elif plan.tied:
            tl.store(to, tl.load(to) + over_samples(x, turned_dh, plan))
        else:
            accumulate(to, over_samples(x, turned_dh, plan), again)
    return tl.sum(tl.where(real, losses, 0.0), 0)


@triton.jit
def tile_loss(param, kept, features, sets, word, n, columns, first, until, plan: tl.constexpr):
    """Summed loss, without any penalty, of the tile of inputs from `first` on and before `until`."""
    R: tl.constexpr = plan.rows
    T: tl.constexpr = plan.tile
    sample = first + tl.arange(0, T)
    h = encode(param, kept, features, sets, word, n, columns, sample, plan)
    tl.debug_barrier()
    losses = tl.zeros([T], tl.float32)
    for row in range(0, n, R):
        x = inputs(kept, features, sets, word, n, columns, row, sample, plan)
        error, _, _ = decode(param, x, h, n, row, plan)
        importance = tl.load(features + 2 * n + row + tl.arange(0, R))[:, None]
        losses += tl.sum(importance * error * error, 0)
    tl.debug_barrier()
    return tl.sum(tl.where(sample < until, losses, 0.0), 0)
