"""Training of models with few features, one program for each: the forms "registers" and "active-inputs".

All features of an input are in one thread's registers, from the draw to the gradient, and so are the moments
of Adam, one parameter a thread. Memory passes on the weights and their gradients alone.

Inputs without an active feature are all alike. In the form "active-inputs" they are counted, and one of them
stands for all. The others are moved together in the order in which they were drawn.
"""

import triton
import triton.language as tl

from tms.engines.cuda.draws import draw, step_word
from tms.engines.cuda.gradient import (
    accumulate,
    activate,
    over_hidden,
    over_rows,
    over_samples,
    over_samples_twice,
    places,
    weights,
)
from tms.engines.cuda.kernels import adamw


@triton.jit
def gradient_of(param, grad, x, times, features, n, share, l1, again, plan: tl.constexpr):
    """Gradient of a tile of inputs `x`, each counted a number of `times`; returns their summed loss.

    The gradient is written to `grad`, or added if `again` says that an earlier tile wrote there.
    """
    R: tl.constexpr = plan.rows
    M: tl.constexpr = plan.hidden
    T: tl.constexpr = plan.tile
    rows = tl.arange(0, R)
    weight = share * times
    decoder, hidden_bias, bias = places(n, plan)
    w = tl.load(weights(param, 0, plan))
    h = tl.zeros([M, T], tl.float32)
    if plan.hidden_bias:
        h += tl.load(param + hidden_bias + tl.arange(0, M))[:, None]
    h += over_rows(w, x, plan)
    if plan.hidden_relu:
        h = tl.where(h < 0, 0.0, h)

    w_out = tl.load(weights(param + decoder, 0, plan))
    out, gain = activate(over_hidden(w_out, h, plan) + tl.load(param + bias + rows)[:, None], plan)
    error = tl.abs(x) - out if plan.absolute else x - out
    importance = tl.load(features + 2 * n + rows)[:, None]
    losses = tl.sum(importance * error * error, 0)
    g = -2.0 * importance * weight[None, :] * error * gain
    dh = over_rows(w_out, g, plan)
    if plan.penalised:
        losses += l1 * tl.sum(tl.abs(h), 0)
        dh += l1 * weight[None, :] * tl.where(h > 0, 1.0, tl.where(h < 0, -1.0, 0.0))
    if plan.hidden_relu:
        dh = tl.where(h > 0, dh, 0.0)

    accumulate(grad + bias + rows, tl.sum(g, 1), again)
    if plan.hidden_bias:
        accumulate(grad + hidden_bias + tl.arange(0, M), tl.sum(dh, 1), again)
    if plan.tied:
        accumulate(weights(grad, 0, plan), over_samples_twice(g, h, x, dh, plan), again)
    else:
        accumulate(weights(grad + decoder, 0, plan), over_samples(g, h, plan), again)
        accumulate(weights(grad, 0, plan), over_samples(x, dh, plan), again)
    return tl.sum(tl.where(times > 0, losses * times, 0.0), 0)


@triton.jit
def pack(packed, stride, features, sets, word, n, columns, batch, plan: tl.constexpr):
    """Draw a batch; store its inputs that have an active feature, in their order; return their number."""
    T: tl.constexpr = plan.tile
    row = tl.arange(0, plan.rows)[:, None]
    count = 0
    for first in range(0, batch, T):
        sample = first + tl.arange(0, T)
        x = draw(word, features, sets, n, columns, 0, sample, plan)
        active = (tl.max(tl.abs(x), 0) > 0) & (sample < batch)
        place = count + tl.cumsum(active.to(tl.int32), 0) - 1
        tl.store(packed + row * stride + place[None, :], x, mask=active[None, :] & (row < n))
        count += tl.sum(active.to(tl.int32), 0)
    return count


@triton.jit(do_not_specialize=["start", "stop", "batch", "n", "columns", "stride"])
def train_small_steps(
    parameters, grads, firsts, seconds, packed, losses, keys, features, sets, paces,
    start, stop, batch, n, columns, stride, size, share, l1, plan: tl.constexpr, CHUNK: tl.constexpr,
):  # fmt: skip
    """Train instance `program_id(0)` from step `start` to `stop`; add each step's mean loss to `losses`.

    `packed` has `stride` places for the inputs of each feature. `CHUNK` is at least `size`.
    """
    T: tl.constexpr = plan.tile
    instance = tl.program_id(0).to(tl.int64)
    param = parameters + instance * size
    grad = grads + instance * size
    features += instance * 3 * n
    packed += instance * n * stride
    key = tl.load(keys + instance).to(tl.uint64, bitcast=True)
    total = tl.load(losses + instance)
    at = tl.arange(0, CHUNK)
    inside = at < size
    value = tl.load(param + at, mask=inside, other=0.0)
    first_moment = tl.load(firsts + instance * size + at, mask=inside, other=0.0)
    second_moment = tl.load(seconds + instance * size + at, mask=inside, other=0.0)
    for step in range(start, stop):
        word = step_word(key, step)
        loss = 0.0
        if plan.packed:
            count = pack(packed, stride, features, sets, word, n, columns, batch, plan)
            tl.debug_barrier()
            for first in range(0, tl.minimum(count + 1, batch), T):
                sample = first + tl.arange(0, T)
                place = packed + tl.arange(0, plan.rows)[:, None] * stride + sample[None, :]
                x = tl.load(place, mask=(sample < count)[None, :], other=0.0)
                empty = tl.where(sample == count, (batch - count).to(tl.float32), 0.0)
                times = tl.where(sample < count, 1.0, empty)
                loss += gradient_of(param, grad, x, times, features, n, share, l1, first > 0, plan)
                tl.debug_barrier()
        else:
            for first in range(0, batch, T):
                sample = first + tl.arange(0, T)
                x = draw(word, features, sets, n, columns, 0, sample, plan)
                times = tl.where(sample < batch, 1.0, 0.0)
                loss += gradient_of(param, grad, x, times, features, n, share, l1, first > 0, plan)
                tl.debug_barrier()
        g = tl.load(grad + at, mask=inside, other=0.0)
        value, first_moment, second_moment = adamw(value, first_moment, second_moment, g, paces + 3 * step)
        tl.store(param + at, value, mask=inside)
        tl.debug_barrier()
        total += (loss * share).to(tl.float64)
    tl.store(firsts + instance * size + at, first_moment, mask=inside)
    tl.store(seconds + instance * size + at, second_moment, mask=inside)
    tl.store(losses + instance, total)
