"""Loss and gradient of one tile of inputs on tensor cores, for large models: the form "tensor-cores".

The arithmetic is that of `gradient.tile_gradient`, in float32 up to the order of sums. A tile has one row for
each input, so that a product's result can be a factor of the next without changing places between threads:
h = x W, then z = h W^T, then dh = g W. Each factor is split in bfloat16 terms once: weights when they are
updated, inputs when they are drawn, all others when they are computed.
"""

import triton
import triton.language as tl

from tms.engines.cuda.draws import draw
from tms.engines.cuda.gradient import accumulate, activate, places, weights
from tms.engines.cuda.split import load_terms, product, split, transposed


@triton.jit
def kept_at(kept, n, row, plan: tl.constexpr):
    """Pointers to a tile's kept inputs of `plan.rows` features; shape (sample, row)."""
    R: tl.constexpr = plan.rows
    T: tl.constexpr = plan.tile
    return kept + tl.arange(0, T)[:, None] * n + (row + tl.arange(0, R))[None, :]


@triton.jit
def inputs(kept, features, sets, word, n, columns, row, sample, plan: tl.constexpr):
    """A tile's inputs of `plan.rows` features, after they have been kept or to be drawn again."""
    if plan.kept:
        x = tl.load(kept_at(kept, n, row, plan))
    else:
        x = draw(word, features, sets, n, columns, row, sample, plan, 1)
    return x


@triton.jit
def tensor_core_gradient(
    terms, size, param, grad, kept, features, sets, word, n, columns, first, batch, share, l1, again,
    plan: tl.constexpr,
):  # fmt: skip
    """Gradient of the tile of inputs from `first` on, each weighted by `share`; returns their summed loss.

    The terms of the parameters `param` are at `terms`, `size` numbers apart. The gradient is written to
    `grad`, or added if `again` says that an earlier tile wrote there.
    """
    R: tl.constexpr = plan.rows
    M: tl.constexpr = plan.hidden
    T: tl.constexpr = plan.tile
    sample = first + tl.arange(0, T)
    real = sample < batch
    weight = tl.where(real, share, 0.0)[:, None]
    decoder, hidden_bias, bias = places(n, plan)
    h = tl.zeros([T, M], tl.float32)
    if plan.hidden_bias:
        h += tl.load(param + hidden_bias + tl.arange(0, M))[None, :]
    for row in range(0, n, R):
        x = draw(word, features, sets, n, columns, row, sample, plan, 1)
        if plan.kept:
            tl.store(kept_at(kept, n, row, plan), x)
        h += product(split(x), load_terms(weights(terms, row, plan), size))
    if plan.hidden_relu:
        h = tl.where(h < 0, 0.0, h)
    of_h = split(h)
    tl.debug_barrier()

    dh = tl.zeros([T, M], tl.float32)
    losses = tl.zeros([T], tl.float32)
    for row in range(0, n, R):
        rows = row + tl.arange(0, R)
        x = inputs(kept, features, sets, word, n, columns, row, sample, plan)
        w = load_terms(weights(terms + decoder, row, plan), size)
        out, gain = activate(product(of_h, transposed(w)) + tl.load(param + bias + rows)[None, :], plan)
        error = tl.abs(x) - out if plan.absolute else x - out
        importance = tl.load(features + 2 * n + rows)[None, :]
        losses += tl.sum(importance * error * error, 1)
        g = -2.0 * importance * weight * error * gain
        accumulate(grad + bias + rows, tl.sum(g, 0), again)
        of_g = split(g)
        dh += product(of_g, w)
        accumulate(weights(grad + decoder, row, plan), product(transposed(of_g), of_h), again)
    if plan.penalised:
        losses += l1 * tl.sum(tl.abs(h), 1)
        dh += l1 * weight * tl.where(h > 0, 1.0, tl.where(h < 0, -1.0, 0.0))
    if plan.hidden_relu:
        dh = tl.where(h > 0, dh, 0.0)
    if plan.hidden_bias:
        accumulate(grad + hidden_bias + tl.arange(0, M), tl.sum(dh, 0), again)
    of_dh = split(dh)
    tl.debug_barrier()

    for row in range(0, n, R):
        x = inputs(kept, features, sets, word, n, columns, row, sample, plan)
        total = product(transposed(split(x)), of_dh)
        if plan.tied:  # the decoder has written its part
            accumulate(weights(grad, row, plan), total, True)
        else:
            accumulate(weights(grad, row, plan), total, again)
    return tl.sum(tl.where(real, losses, 0.0), 0)
