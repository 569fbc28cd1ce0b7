"""The compiled counterpart of `tms.features.sample`: the same inputs for the same stream, bit for bit."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from tms.engines.cpu.parts import COMPILE, CORRELATED, INLINE, Array, Inputs
from tms.engines.cpu.vectors import INDEX, LANES, VECTOR, WORDS, lanes, load, splat, store, vector_at
from tms.random_streams import FINALISER_1, FINALISER_2, GOLDEN, SPLITMIX_1, SPLITMIX_2
from tms.sources import njit

SIGN: Final = 2**31
"""The sign bit of a float32 number."""


@njit(**INLINE)
def splitmix64(x: np.uint64) -> np.uint64:
    """Scramble one 64-bit word, as `tms.random_streams.splitmix64` does."""
    z = np.uint64(x + np.uint64(GOLDEN))
    z = np.uint64((z ^ (z >> np.uint64(30))) * np.uint64(SPLITMIX_1))
    z = np.uint64((z ^ (z >> np.uint64(27))) * np.uint64(SPLITMIX_2))
    return np.uint64(z ^ (z >> np.uint64(31)))


@njit(**INLINE)
def step_word(key: np.uint64, step: int) -> np.uint64:
    """Word of one step of a stream: the counter's offset in the lower half, the fold in the upper half."""
    return splitmix64(np.uint64(key + np.uint64(np.uint64(step) * np.uint64(GOLDEN))))


@njit(**INLINE)
def mix(x: np.uint32, fold: np.uint32) -> np.uint32:
    """Scramble a counter, as `tms.random_streams.bits` does."""
    x = np.uint32(x ^ (x >> np.uint32(16)))
    x = np.uint32(x * np.uint32(FINALISER_1))
    x = np.uint32(x ^ (x >> np.uint32(15)) ^ fold)
    x = np.uint32(x * np.uint32(FINALISER_2))
    return np.uint32(x ^ (x >> np.uint32(16)))


def _words(number: int) -> ir.Constant:
    return ir.Constant(WORDS, [number] * LANES)


def _mixed(builder: ir.IRBuilder, x: ir.Value, fold: ir.Value) -> ir.Value:
    """Emit the code of `mix` for a vector of counters."""
    x = builder.xor(x, builder.lshr(x, _words(16)))
    x = builder.mul(x, _words(FINALISER_1))
    x = builder.xor(builder.xor(x, builder.lshr(x, _words(15))), fold)
    x = builder.mul(x, _words(FINALISER_2))
    return builder.xor(x, builder.lshr(x, _words(16)))


def _valued(
    builder: ir.IRBuilder, bits: ir.Value, threshold: ir.Value, scale: ir.Value, signs: ir.Value
) -> tuple[ir.Value, ir.Value]:
    """Emit the values of features from a vector of draws, and a mask of the active ones."""
    unit = builder.sitofp(builder.lshr(bits, _words(1)), VECTOR)
    unit = builder.fmul(unit, ir.Constant(VECTOR, [2.0**-31] * LANES))
    marks = builder.fcmp_ordered("<", unit, threshold)
    value = builder.select(marks, builder.fmul(unit, scale), ir.Constant(VECTOR, [0.0] * LANES))
    sign = builder.and_(builder.shl(bits, _words(31)), signs)
    return marks, builder.bitcast(builder.xor(builder.bitcast(value, WORDS), sign), VECTOR)


@njit(**INLINE)
def draw_bits(word: np.uint64, first: int, columns: int, column: int, rows: int, out: Any) -> None:
    """Fill `out` with the 32-bit draws of one column for `rows` rows, as `tms.random_streams.bits` does."""
    offset = np.uint32(word & np.uint64(0xFFFFFFFF))
    fold = np.uint32(word >> np.uint64(32))
    base = np.uint32(offset + np.uint32(first * columns + column))
    stride = np.uint32(columns)
    for s in range(rows):
        out[s] = mix(np.uint32(base + np.uint32(s) * stride), fold)


@njit(**INLINE)
def to_unit(drawn: np.uint32) -> np.float32:
    """Convert the upper 31 bits of a draw to a number in [0, 1)."""
    return np.float32(np.int32(drawn >> np.uint32(1))) * np.float32(2.0**-31)


def _drawing_one(
    _typing: Any, _counter: Any, _stride: Any, _fold: Any, _threshold: Any, _scale: Any, _signs: Any,
    x: Any, _at: Any, u: Any, _vectors: Any,
) -> Any:  # fmt: skip
    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        counter, stride, fold, threshold, scale, signs, _, position, _, vectors = arguments
        drawn, marked = (
            context.make_array(signature.args[k])(context, builder, arguments[k]).data for k in (6, 8)
        )
        fold, threshold, scale, signs = (splat(builder, each) for each in (fold, threshold, scale, signs))
        apart = splat(builder, stride)
        first = builder.add(splat(builder, counter), builder.mul(apart, lanes(range(LANES))))
        further = builder.mul(apart, _words(LANES))
        counters = cgutils.alloca_once_value(builder, first)
        with cgutils.for_range(builder, vectors, intp=INDEX) as loop:
            at = builder.mul(loop.index, ir.Constant(INDEX, LANES))
            bits = _mixed(builder, builder.load(counters), fold)
            builder.store(builder.add(builder.load(counters), further), counters)
            marks, value = _valued(builder, bits, threshold, scale, signs)
            store(builder, value, vector_at(builder, drawn, builder.add(position, at), 0))
            pointer = vector_at(builder, marked, at, 0)
            one = ir.Constant(VECTOR, [1.0] * LANES)
            store(builder, builder.select(marks, one, load(builder, pointer)), pointer)
        return context.get_dummy_value()

    word, number, whole = types.uint32, types.float32, types.int64
    return types.void(word, word, word, number, number, word, x, whole, u, whole), emit


draw_feature: Final[Any] = intrinsic(_drawing_one)
"""Draw whole vectors of one feature's values for consecutive inputs, and set `u` to 1 where it is active."""


@njit(**INLINE)
def draw_rows(
    inputs: Inputs, word: np.uint64, first: int, rows: int, at: int, x: Array, u: Array, drawn: Any
) -> None:
    """Draw `rows` inputs of one step into the columns of `x` (feature, input) from column `at` on.

    `first` is the number of the first input in its batch. `u` becomes 1 for inputs with an active feature and
    0 for the others. `drawn` is scratch space for one draw an input. `u` and the rows of `x` must have room
    for whole vectors; what follows the last input in them has no meaning.
    """
    columns = inputs.n + len(inputs.set_kinds)
    offset = np.uint32(word & np.uint64(0xFFFFFFFF))
    fold = np.uint32(word >> np.uint64(32))
    signs = np.uint32(SIGN) if inputs.signed else np.uint32(0)
    vectors = (rows + LANES - 1) // LANES
    u[: vectors * LANES] = np.float32(0.0)
    for i in inputs.free:
        counter = np.uint32(offset + np.uint32(first * columns + i))
        position = i * x.shape[1] + at
        threshold, scale = inputs.threshold[i], inputs.scale[i]
        draw_feature(counter, np.uint32(columns), fold, threshold, scale, signs, x, position, u, vectors)
    for g in range(len(inputs.set_kinds)):
        members = inputs.set_members[inputs.set_starts[g] : inputs.set_starts[g + 1]]
        if inputs.set_kinds[g] == CORRELATED:
            _draw_together(inputs, word, first, rows, at, g, members, x, u, drawn)
        else:
            _draw_one_of(inputs, word, first, rows, at, g, members, x, u, drawn)
        if inputs.signed:
            for i in members:
                draw_bits(word, first, columns, i, rows, drawn)
                row = x[i, at : at + rows]
                for s in range(rows):
                    row[s] = -row[s] if (drawn[s] & np.uint32(1)) == np.uint32(1) else row[s]


@njit(**INLINE)
def _draw_together(
    inputs: Inputs,
    word: np.uint64,
    first: int,
    rows: int,
    at: int,
    g: int,
    members: Any,
    x: Array,
    u: Array,
    drawn: Any,
) -> None:
    """Draw a correlated set: either all of its features are active, with independent values, or none is."""
    n = inputs.n
    columns = n + len(inputs.set_kinds)
    zero, one = np.float32(0.0), np.float32(1.0)
    threshold, leader = inputs.threshold[members[0]], x[members[0], at : at + rows]
    draw_bits(word, first, columns, n + g, rows, drawn)
    for s in range(rows):
        active = to_unit(drawn[s]) < threshold
        leader[s] = one if active else zero
        u[s] = one if active else u[s]
    for k in range(len(members) - 1, -1, -1):
        draw_bits(word, first, columns, members[k], rows, drawn)
        row = x[members[k], at : at + rows]
        for s in range(rows):
            row[s] = leader[s] * to_unit(drawn[s])


@njit(**{**COMPILE, "fastmath": False})  # reordered, the product could round to another feature of the set
def _draw_one_of(
    inputs: Inputs,
    word: np.uint64,
    first: int,
    rows: int,
    at: int,
    g: int,
    members: Any,
    x: Array,
    u: Array,
    drawn: Any,
) -> None:
    """Draw an anticorrelated set: either one of its features is active, or none is."""
    n = inputs.n
    threshold, scale = inputs.threshold[members[0]], inputs.scale[members[0]]
    size = np.float32(len(members))
    for i in members:
        x[i, at : at + rows] = np.float32(0.0)
    draw_bits(word, first, n + len(inputs.set_kinds), n + g, rows, drawn)
    for s in range(rows):
        value = to_unit(drawn[s])
        if value < threshold:
            u[s] = np.float32(1.0)
            position = np.float32(np.float32(value * scale) * size)
            chosen = min(np.int64(position), len(members) - 1)
            x[members[chosen], at + s] = position - np.float32(chosen)


def _drawing(
    _typing: Any, _counter: Any, _fold: Any, threshold: Any, scale: Any, _signs: Any, out: Any, _width: Any
) -> Any:
    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        counter, fold, _, _, signs, _, width = arguments
        thresholds, scales, drawn = (
            context.make_array(signature.args[k])(context, builder, arguments[k]).data for k in (2, 3, 5)
        )
        fold, signs = splat(builder, fold), splat(builder, signs)
        first = builder.add(splat(builder, counter), lanes(range(LANES)))
        counters = cgutils.alloca_once_value(builder, first)
        active = cgutils.alloca_once_value(builder, ir.Constant(INDEX, 0))
        with cgutils.for_range(builder, builder.udiv(width, ir.Constant(INDEX, LANES)), intp=INDEX) as loop:
            at = builder.mul(loop.index, ir.Constant(INDEX, LANES))
            bits = _mixed(builder, builder.load(counters), fold)
            builder.store(builder.add(builder.load(counters), _words(LANES)), counters)
            threshold, scale = (
                load(builder, vector_at(builder, each, at, 0)) for each in (thresholds, scales)
            )
            marks, value = _valued(builder, bits, threshold, scale, signs)
            store(builder, value, vector_at(builder, drawn, at, 0))
            own = builder.ctpop(builder.bitcast(marks, ir.IntType(LANES)))
            builder.store(builder.add(builder.load(active), builder.zext(own, INDEX)), active)
        return builder.load(active)

    word, whole = types.uint32, types.int64
    return whole(word, word, threshold, scale, word, out, whole), emit


draw_vectors: Final[Any] = intrinsic(_drawing)
"""Draw whole vectors of features for consecutive counters, and return the number of active features."""


@njit(**INLINE)
def draw_input(inputs: Inputs, word: np.uint64, row: int, out: Array) -> int:
    """Draw input number `row` of one step into `out`, and return the number of its active features.

    The features must be in no set. `out` has as many whole vectors as the thresholds.
    """
    offset = np.uint32(word & np.uint64(0xFFFFFFFF))
    fold = np.uint32(word >> np.uint64(32))
    counter = np.uint32(offset + np.uint32(row * inputs.n))
    signs = np.uint32(SIGN) if inputs.signed else np.uint32(0)
    width = len(inputs.threshold)
    active: int = draw_vectors(counter, fold, inputs.threshold, inputs.scale, signs, out, width)
    return active
