"""The kernels that the host launches: many steps of an instance, part of one step, update, held-out loss."""

import triton
import triton.language as tl
from triton.language.extra import cuda

from tms import random_streams as streams
from tms.engines import optimizer
from tms.engines.cuda.draws import step_word
from tms.engines.cuda.gradient import tile_gradient, tile_loss
from tms.engines.cuda.split import TERMS, store_terms
from tms.engines.cuda.tensor_cores import tensor_core_gradient

BETA_1 = tl.constexpr(optimizer.BETA_1)
BETA_2 = tl.constexpr(optimizer.BETA_2)
REST_1 = tl.constexpr(1.0 - optimizer.BETA_1)
REST_2 = tl.constexpr(1.0 - optimizer.BETA_2)
EPSILON = tl.constexpr(optimizer.EPSILON)
HELD_OUT = tl.constexpr(streams.HELD_OUT)


@triton.jit
def after_the_kernel_before(chained: tl.constexpr):
    """Wait for the results of the previous kernel, and let the next one be launched, which waits alike."""
    if chained:
        cuda.gdc_wait()
        cuda.gdc_launch_dependents()


@triton.jit
def adamw(value, first, second, g, pace):
    """AdamW with one row of the coefficients of `paces`; returns the parameters and their moments."""
    size = tl.load(pace)
    scale = tl.load(pace + 1)
    keep = tl.load(pace + 2)
    m = BETA_1 * first + REST_1 * g
    v = BETA_2 * second + REST_2 * g * g
    change = tl.div_rn(size * m, tl.sqrt_rn(v) * scale + EPSILON)
    return keep * value - change, m, v


@triton.jit
def adamw_at(param, first, second, at, inside, g, pace):
    """Update the parameters at `at`, and their moments, by AdamW; return the parameters."""
    m = tl.load(first + at, mask=inside, other=0.0)
    v = tl.load(second + at, mask=inside, other=0.0)
    value, m, v = adamw(tl.load(param + at, mask=inside, other=0.0), m, v, g, pace)
    tl.store(first + at, m, mask=inside)
    tl.store(second + at, v, mask=inside)
    tl.store(param + at, value, mask=inside)
    return value


@triton.jit(do_not_specialize=["start", "stop", "batch", "n", "columns"])
def train_steps(
    parameters, grads, firsts, seconds, kept, losses, keys, features, sets, paces,
    start, stop, batch, n, columns, size, share, l1, plan: tl.constexpr, CHUNK: tl.constexpr,
):  # fmt: skip
    """Train instance `program_id(0)` from step `start` to `stop`; add each step's mean loss to `losses`."""
    T: tl.constexpr = plan.tile
    instance = tl.program_id(0).to(tl.int64)
    param = parameters + instance * size
    grad = grads + instance * size
    first_moment = firsts + instance * size
    second_moment = seconds + instance * size
    features += instance * 3 * n
    kept += instance * 2 * (n + plan.hidden) * T
    key = tl.load(keys + instance).to(tl.uint64, bitcast=True)
    total = tl.load(losses + instance)
    for step in range(start, stop):
        word = step_word(key, step)
        loss = 0.0
        for first in range(0, batch, T):
            loss += tile_gradient(
                param, grad, kept, features, sets, word, n, columns, first, batch, share, l1, first > 0, plan
            )
            tl.debug_barrier()
        for offset in range(0, size, CHUNK):
            at = offset + tl.arange(0, CHUNK)
            g = tl.load(grad + at, mask=at < size, other=0.0)
            adamw_at(param, first_moment, second_moment, at, at < size, g, paces + 3 * step)
        tl.debug_barrier()
        total += (loss * share).to(tl.float64)
    tl.store(losses + instance, total)


@triton.jit(do_not_specialize=["ahead", "span", "batch", "n", "columns"])
def part_of_step(
    parameters, terms, grads, kept, losses, keys, features, sets, counter,
    ahead, span, batch, n, columns, size, share, l1, plan: tl.constexpr, chained: tl.constexpr,
):  # fmt: skip
    """Gradient of part `program_id(1)` (`span` inputs) of an instance's batch at step `counter + ahead`."""
    after_the_kernel_before(chained)
    T: tl.constexpr = plan.tile
    instance = tl.program_id(0).to(tl.int64)
    part = tl.program_id(1)
    program = instance * tl.num_programs(1) + part
    word = step_word(tl.load(keys + instance).to(tl.uint64, bitcast=True), tl.load(counter) + ahead)
    begin = part * span
    loss = 0.0
    for first in range(begin, tl.minimum(begin + span, batch), T):
        if plan.split:
            loss += tensor_core_gradient(
                terms + instance * TERMS * size, size, parameters + instance * size, grads + program * size,
                kept + program * n * T, features + instance * 3 * n, sets, word, n, columns, first, batch,
                share, l1, first > begin, plan,
            )  # fmt: skip
        else:
            loss += tile_gradient(
                parameters + instance * size, grads + program * size,
                kept + program * 2 * (n + plan.hidden) * T, features + instance * 3 * n, sets, word, n,
                columns, first, batch, share, l1, first > begin, plan,
            )  # fmt: skip
        tl.debug_barrier()
    total = tl.load(losses + program)
    tl.store(losses + program, total + (loss * share).to(tl.float64))


@triton.jit(do_not_specialize=["ahead", "parts"])
def update(
    parameters, terms, grads, firsts, seconds, paces, counter, ahead, parts, size,
    PARTS: tl.constexpr, CHUNK: tl.constexpr, SPLIT: tl.constexpr, chained: tl.constexpr,
):  # fmt: skip
    """Sum the gradients of an instance's `parts`, at most `PARTS`, and update its parameters.

    If the next step multiplies terms, those of the new parameters are stored, too.
    """
    after_the_kernel_before(chained)
    instance = tl.program_id(0).to(tl.int64)
    at = tl.program_id(1) * CHUNK + tl.arange(0, CHUNK)
    inside = at < size
    pace = paces + 3 * (tl.load(counter) + ahead)
    part = tl.arange(0, PARTS)[:, None]
    # All at once: loads one after the other would take longer than everything else in a step.
    of_parts = grads + (instance * parts + part) * size + at[None, :]
    g = tl.sum(tl.load(of_parts, mask=(part < parts) & inside[None, :], other=0.0), 0)
    base = instance * size
    value = adamw_at(parameters + base, firsts + base, seconds + base, at, inside, g, pace)
    if SPLIT:
        store_terms(terms + TERMS * base + at, size, value, inside)


@triton.jit(do_not_specialize=["rows", "n", "columns"])
def held_out(
    parameters, kept, losses, keys, features, sets, rows, n, columns, size,
    ROWS: tl.constexpr, plan: tl.constexpr,
):  # fmt: skip
    """Summed loss of batch `program_id(1)` of an instance's held-out inputs, `rows` in all."""
    T: tl.constexpr = plan.tile
    instance = tl.program_id(0).to(tl.int64)
    batch = tl.program_id(1)
    program = instance * tl.num_programs(1) + batch
    word = step_word(tl.load(keys + instance).to(tl.uint64, bitcast=True), batch.to(tl.int64) + HELD_OUT)
    until = tl.minimum(rows - batch * ROWS, ROWS)
    total = tl.zeros((), tl.float64)
    for first in range(0, until, T):
        total += tile_loss(
            parameters + instance * size, kept + program * n * T, features + instance * 3 * n,
            sets, word, n, columns, first, until, plan,
        ).to(tl.float64)  # fmt: skip
    tl.store(losses + program, total)
