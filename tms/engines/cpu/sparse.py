"""Matrix products that skip the zeros of the left factor.

They add the same products in the same order as `matmul.multiply_add` does, except those that are zero, so
that both give the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from tms.engines.cpu.parts import COMPILE, INLINE, Array
from tms.engines.cpu.vectors import (
    INDEX,
    LANES,
    VECTOR,
    WORDS,
    compressed,
    fused_multiply_add,
    lanes,
    load,
    splat,
    store,
    vector_at,
)
from tms.sources import njit

WORD: Final = 64
"""Entries of a row that one 64-bit mask covers, on machines that cannot compress vectors."""
COMPRESSES: Final = LANES == 16
"""Whether this machine (AVX-512) can compress a vector, that is, move its marked numbers together."""


class Entries(NamedTuple):
    """The nonzero entries of each row of a matrix: their columns in order, and their number.

    `places` (row, entry) has room for one vector more than a row of the matrix; whatever follows a row's last
    entry has no meaning.
    """

    places: NDArray[np.uint32]
    counts: NDArray[np.int64]


def new_entries(rows: int, columns: int) -> Entries:
    """Allocate room for the entries of a matrix."""
    return Entries(np.zeros((rows, columns + LANES), dtype=np.uint32), np.zeros(rows, dtype=np.int64))


def _marks(context: Any, builder: ir.IRBuilder, array_type: Any, array: ir.Value, at: ir.Value) -> ir.Value:
    """Emit a mask of the nonzero entries of the vector at a position in an array."""
    data = context.make_array(array_type)(context, builder, array).data
    entries = load(builder, vector_at(builder, data, at, 0))
    return builder.fcmp_unordered("!=", entries, ir.Constant(VECTOR, [0.0] * LANES))


def _marking(_typing: Any, row: Any, _first: Any) -> Any:
    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        marks = _marks(context, builder, signature.args[0], *arguments)
        return builder.zext(builder.bitcast(marks, ir.IntType(LANES)), INDEX)

    return types.uint64(row, types.int64), emit


def _finding(_typing: Any, _word: Any) -> Any:
    def emit(_context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Any) -> ir.Value:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), emit


def _compressing(_typing: Any, A: Any, _at: Any, _first: Any, places: Any, _behind: Any) -> Any:
    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        array, at, first, into, behind = arguments
        marks = _marks(context, builder, signature.args[0], array, at)
        own = splat(builder, builder.trunc(first, ir.IntType(32)))
        own = builder.add(own, lanes(range(LANES)))
        data = context.make_array(signature.args[3])(context, builder, into).data
        pointer = builder.bitcast(builder.gep(data, [behind]), WORDS.as_pointer())
        store(builder, compressed(builder, own, marks), pointer)
        return builder.zext(builder.ctpop(builder.bitcast(marks, ir.IntType(LANES))), INDEX)

    return types.int64(A, types.int64, types.int64, places, types.int64), emit


marked: Final[Any] = intrinsic(_marking)
"""Mask of `LANES` entries, with a bit set for each nonzero one."""
_lowest: Final[Any] = intrinsic(_finding)
"""Position of the lowest set bit of a word."""
_compress: Final[Any] = intrinsic(_compressing)
"""Write the columns of a vector's nonzero entries, the first column being given; return their number."""


@contextmanager
def _each_entry(
    context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any
) -> Iterator[tuple[ir.Value, ir.Value]]:
    """Emit a loop over the nonzero entries of one row: yield each as a vector of copies, and its column."""
    A, places = (context.make_array(signature.args[k])(context, builder, arguments[k]).data for k in range(2))
    at, listed, count = arguments[2:5]
    with cgutils.for_range(builder, count, intp=INDEX) as loop:
        place = builder.load(builder.gep(places, [builder.add(listed, loop.index)]))
        place = builder.zext(place, INDEX)
        yield splat(builder, builder.load(builder.gep(A, [builder.add(at, place)]))), place


def _gathering(vectors: int) -> Callable[..., None]:
    """Build the intrinsic for `vectors` vectors of one row of `gather_add`'s result."""

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        B, start, C = (
            context.make_array(signature.args[k])(context, builder, arguments[k]).data for k in range(5, 8)
        )
        column, row, stride = arguments[8:]
        sums = [
            cgutils.alloca_once_value(builder, load(builder, vector_at(builder, start, column, v)))
            for v in range(vectors)
        ]
        with _each_entry(context, builder, signature, arguments) as (entry, place):
            at = builder.add(builder.mul(place, stride), column)
            for v, total in enumerate(sums):
                right = load(builder, vector_at(builder, B, at, v))
                builder.store(fused_multiply_add(builder, entry, right, builder.load(total)), total)
        for v, total in enumerate(sums):
            store(builder, builder.load(total), vector_at(builder, C, builder.add(row, column), v))
        return context.get_dummy_value()

    @intrinsic
    def gather(
        typing: Any, A: Any, places: Any, at: Any, listed: Any, count: Any,
        B: Any, start: Any, C: Any, column: Any, row: Any, stride: Any,
    ) -> Any:  # fmt: skip
        whole = types.int64
        return types.void(A, places, whole, whole, whole, B, start, C, whole, whole, whole), emit

    return gather


def _scattering(vectors: int) -> Callable[..., None]:
    """Build the intrinsic that adds one row of B, times its factors, to `vectors` vectors of C's rows."""

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        B, C = (
            context.make_array(signature.args[k])(context, builder, arguments[k]).data for k in range(5, 7)
        )
        column, row, stride = arguments[7:]
        own = [load(builder, vector_at(builder, B, builder.add(row, column), v)) for v in range(vectors)]
        with _each_entry(context, builder, signature, arguments) as (entry, place):
            at = builder.add(builder.mul(place, stride), column)
            for v, right in enumerate(own):
                pointer = vector_at(builder, C, at, v)
                store(builder, fused_multiply_add(builder, entry, right, load(builder, pointer)), pointer)
        return context.get_dummy_value()

    @intrinsic
    def scatter(
        typing: Any, A: Any, places: Any, at: Any, listed: Any, count: Any,
        B: Any, C: Any, column: Any, row: Any, stride: Any,
    ) -> Any:  # fmt: skip
        whole = types.int64
        return types.void(A, places, whole, whole, whole, B, C, whole, whole, whole), emit

    return scatter


_gather_1, _gather_2, _gather_3 = _gathering(1), _gathering(2), _gathering(3)
_scatter_1, _scatter_2, _scatter_3 = _scattering(1), _scattering(2), _scattering(3)


@njit(**INLINE)
def list_by_compressing(A: Array, rows: int, entries: Entries) -> None:
    """List entries as `list_entries` does, vector by vector."""
    stride, room = A.shape[1], entries.places.shape[1]
    for r in range(rows):
        count = 0
        for first in range(0, stride, LANES):
            count += _compress(A, r * stride + first, first, entries.places, r * room + count)
        entries.counts[r] = count


@njit(**INLINE)
def list_by_bits(A: Array, rows: int, entries: Entries) -> None:
    """List entries as `list_entries` does, entry by entry."""
    stride = A.shape[1]
    for r in range(rows):
        count = 0
        for word in range(0, stride, WORD):
            marks = np.uint64(0)
            for first in range(word, min(word + WORD, stride), LANES):
                marks |= marked(A, r * stride + first) << np.uint64(first - word)
            while marks != np.uint64(0):
                entries.places[r, count] = word + _lowest(marks)
                marks &= marks - np.uint64(1)
                count += 1
        entries.counts[r] = count


@njit(**INLINE)
def list_entries(A: Array, rows: int, entries: Entries) -> None:
    """List the nonzero entries of A's first `rows` rows, which must be whole vectors."""
    if COMPRESSES:
        list_by_compressing(A, rows, entries)
    else:
        list_by_bits(A, rows, entries)


@njit(**COMPILE)
def gather_add(A: Array, entries: Entries, B: Array, start: Array, C: Array, rows: int) -> None:
    """``C[r] = start + sum over k of A[r, k] * B[k]``.

    Parameters
    ----------
    A, entries
        Left factor and its nonzero entries.
    B, C
        Right factor and result, in rows of whole vectors.
    start
        Initial values of the sums of every row.
    rows
        Number of rows of A and C.
    """
    places, counts = entries
    width, room, stride = A.shape[1], places.shape[1], B.shape[1]
    for r in range(rows):
        column = 0
        while column + 2 * LANES < stride:
            _gather_3(A, places, r * width, r * room, counts[r], B, start, C, column, r * stride, stride)
            column += 3 * LANES
        if column + LANES < stride:
            _gather_2(A, places, r * width, r * room, counts[r], B, start, C, column, r * stride, stride)
        elif column < stride:
            _gather_1(A, places, r * width, r * room, counts[r], B, start, C, column, r * stride, stride)


@njit(**COMPILE)
def scatter_add(A: Array, entries: Entries, B: Array, C: Array, rows: int) -> None:
    """``C[k] += sum over r of A[r, k] * B[r]``.

    Parameters
    ----------
    A, entries
        Left factor, which is used as its transpose, and its nonzero entries.
    B, C
        Right factor and result, in rows of whole vectors.
    rows
        Number of rows of A and B.
    """
    places, counts = entries
    width, room, stride = A.shape[1], places.shape[1], B.shape[1]
    for r in range(rows):
        column = 0
        while column + 2 * LANES < stride:
            _scatter_3(A, places, r * width, r * room, counts[r], B, C, column, r * stride, stride)
            column += 3 * LANES
        if column + LANES < stride:
            _scatter_2(A, places, r * width, r * room, counts[r], B, C, column, r * stride, stride)
        elif column < stride:
            _scatter_1(A, places, r * width, r * room, counts[r], B, C, column, r * stride, stride)
