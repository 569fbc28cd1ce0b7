"""Drawing inputs inside a kernel: bit for bit the inputs of `tms.features.sample`, for any part of a batch.

A draw costs twelve integer operations. In all but the smallest models, the arithmetic on it costs more.
"""

import triton
import triton.language as tl

from tms import random_streams as streams
from tms.engines.cuda import plan as plans

GOLDEN = tl.constexpr(streams.GOLDEN)
SPLITMIX_1 = tl.constexpr(streams.SPLITMIX_1)
SPLITMIX_2 = tl.constexpr(streams.SPLITMIX_2)
FINALISER_1 = tl.constexpr(streams.FINALISER_1)
FINALISER_2 = tl.constexpr(streams.FINALISER_2)
FREE = tl.constexpr(plans.FREE)
CORRELATED = tl.constexpr(plans.CORRELATED)


@triton.jit
def step_word(key, step):
    """Word of one step of a stream; `key` and `step` hold 64 bits."""
    z = key + tl.cast(step, tl.uint64) * GOLDEN + GOLDEN
    z = (z ^ (z >> 30)) * SPLITMIX_1
    z = (z ^ (z >> 27)) * SPLITMIX_2
    return z ^ (z >> 31)


@triton.jit
def bits(word, counter):
    """32 random bits for every counter, as `tms.random_streams.bits` makes them."""
    # Overflow is intended; without the flag, Triton's interpreter reports it as an error.
    x = tl.add(word.to(tl.uint32), counter, sanitize_overflow=False)
    x = x ^ (x >> 16)
    x = tl.mul(x, FINALISER_1, sanitize_overflow=False)
    x = x ^ (x >> 15) ^ (word >> 32).to(tl.uint32)
    x = tl.mul(x, FINALISER_2, sanitize_overflow=False)
    return x ^ (x >> 16)


@triton.jit
def unit(drawn):
    """Uniform multiples of 2^-31 in [0, 1)."""
    return (drawn >> 1).to(tl.int32).to(tl.float32) * 2.0**-31


@triton.jit
def draw(word, features, sets, n, columns, row, sample, plan: tl.constexpr, AXIS: tl.constexpr = 0):
    """Inputs of `plan.rows` features from `row` on, for the given samples.

    The features lie along `AXIS`, so that the shape is (row, sample) or (sample, row). `features` points to
    the instance's thresholds, scales and importances, `n` of each. `sets` points to four rows of `n` numbers:
    the kind of each feature's set, the column of the set's draw, the feature's place in the set, and the
    set's size.
    """
    R: tl.constexpr = plan.rows
    ACROSS: tl.constexpr = 1 - AXIS
    rows = row + tl.arange(0, R)
    first = tl.mul(sample.to(tl.uint32), columns.to(tl.uint32), sanitize_overflow=False)
    first = tl.expand_dims(first, AXIS)
    feature = tl.expand_dims(rows.to(tl.uint32), ACROSS)
    drawn = bits(word, tl.add(first, feature, sanitize_overflow=False))
    threshold = tl.expand_dims(tl.load(features + rows), ACROSS)
    scale = tl.expand_dims(tl.load(features + n + rows), ACROSS)
    value = unit(drawn)
    x = tl.where(value < threshold, value * scale, 0.0)
    if plan.sets:
        kind = tl.expand_dims(tl.load(sets + rows), ACROSS)
        column = tl.expand_dims(tl.load(sets + n + rows), ACROSS).to(tl.uint32)
        place = tl.expand_dims(tl.load(sets + 2 * n + rows), ACROSS)
        size = tl.expand_dims(tl.load(sets + 3 * n + rows), ACROSS)
        together = unit(bits(word, tl.add(first, column, sanitize_overflow=False)))
        active = together < threshold
        # The maximum keeps the product from being fused with the subtraction below: the product must be
        # rounded first, as in the other engines.
        product = tl.maximum(together * scale * size.to(tl.float32), 0.0)
        position = tl.where(active, product, 0.0)
        chosen = tl.minimum(position.to(tl.int32), size - 1)
        alone = tl.where(chosen == place, position - chosen.to(tl.float32), 0.0)
        x_set = tl.where(active, tl.where(kind == CORRELATED, value, alone), 0.0)
        x = tl.where(kind == FREE, x, x_set)
    if plan.signed:
        x = tl.where((drawn & 1) == 1, -x, x)
    return x
