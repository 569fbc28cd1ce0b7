"""Inner products of the rows of two matrices, which add up the lanes of many vectors at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from tms.engines.cpu.parts import COMPILE, Array
from tms.engines.cpu.vectors import (
    FLOAT,
    FLOAT_BYTES,
    INDEX,
    LANES,
    VECTOR,
    fused_multiply_add,
    lanes,
    load,
    vector_at,
)
from tms.sources import njit


def _reduce(builder: ir.IRBuilder, vectors: list[ir.Value]) -> ir.Value:
    """Emit one vector whose lanes are the sums over the lanes of `LANES` vectors, in order."""
    even, odd = (lanes(range(first, 2 * LANES, 2)) for first in (0, 1))
    while len(vectors) > 1:
        pairs = zip(vectors[::2], vectors[1::2], strict=True)
        vectors = [
            builder.fadd(builder.shuffle_vector(a, b, even), builder.shuffle_vector(a, b, odd))
            for a, b in pairs
        ]
    return vectors[0]


def _inner_tile(rows: int, columns: int) -> Callable[..., None]:
    """Build the intrinsic for one tile of `inner_products`, of at most `LANES` sums."""

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        a, b, out = (
            context.make_array(signature.args[k])(context, builder, arguments[k]).data for k in range(3)
        )
        row, last_row, column, last_column, width, stride, out_stride = arguments[3:]

        def line(first: ir.Value, offset: int, last: ir.Value) -> ir.Value:
            # A tile at the edge repeats its last line; those sums are not used.
            k = builder.add(first, ir.Constant(INDEX, offset))
            k = builder.select(builder.icmp_signed("<", k, last), k, last)
            return builder.mul(k, stride)

        a_lines = [line(row, r, last_row) for r in range(rows)]
        b_lines = [line(column, c, last_column) for c in range(columns)]
        zero = ir.Constant(VECTOR, [0.0] * LANES)
        sums = [cgutils.alloca_once_value(builder, zero) for _ in range(rows * columns)]
        steps = builder.udiv(width, ir.Constant(INDEX, LANES))
        with cgutils.for_range(builder, steps, intp=INDEX) as loop:
            at = builder.mul(loop.index, ir.Constant(INDEX, LANES))
            right = [load(builder, vector_at(builder, b, builder.add(at, first), 0)) for first in b_lines]
            for r, first in enumerate(a_lines):
                left = load(builder, vector_at(builder, a, builder.add(at, first), 0))
                for c, factor in enumerate(right):
                    total = sums[r * columns + c]
                    builder.store(fused_multiply_add(builder, left, factor, builder.load(total)), total)
        spare = [zero] * (LANES - len(sums))
        reduced = _reduce(builder, [*(builder.load(total) for total in sums), *spare])
        part = ir.VectorType(FLOAT, columns)
        for r in range(rows):
            own = builder.shuffle_vector(reduced, reduced, lanes(range(r * columns, (r + 1) * columns)))
            at = builder.mul(builder.add(row, ir.Constant(INDEX, r)), out_stride)
            pointer = builder.bitcast(builder.gep(out, [builder.add(at, column)]), part.as_pointer())
            builder.store(own, pointer).align = FLOAT_BYTES
        return context.get_dummy_value()

    @intrinsic
    def tile(
        typing: Any, A: Any, B: Any, out: Any,
        row: Any, last_row: Any, column: Any, last_column: Any, width: Any, stride: Any, out_stride: Any,
    ) -> Any:  # fmt: skip
        return types.void(A, B, out, *[types.int64] * 7), emit

    return tile


INNER_COLUMNS: Final = 4
"""Columns of a tile of inner products if there are more than two columns."""
INNER_ROWS: Final = LANES // 2
"""Largest number of rows of a tile of inner products."""
_four_columns, _two_columns = _inner_tile(LANES // INNER_COLUMNS, INNER_COLUMNS), _inner_tile(INNER_ROWS, 2)
_two_by_two = _inner_tile(2, 2)


@njit(**COMPILE)
def inner_products(
    A: Array, rows: int, B: Array, columns: int, width: int, stride: int, out: Array, out_stride: int
) -> None:
    """``out[r, c] = sum over s of A[r, s] * B[c, s]`` on contiguous arrays.

    Parameters
    ----------
    A, B
        Factors (rows, width) and (columns, width), whose rows are `stride` apart.
    rows, columns, width
        The shape; `width` must be a multiple of the vector length.
    out
        Result, whose rows are `out_stride` apart. It must have room for the rows rounded up to a multiple of
        `INNER_ROWS` and the columns rounded up to a multiple of `INNER_COLUMNS`; the room beyond the result
        is overwritten.
    """
    last_row, last_column = rows - 1, columns - 1
    # One or two columns at the edge take half a tile; a sum has the same bits in tiles of any shape.
    edge = columns // INNER_COLUMNS * INNER_COLUMNS if 0 < columns % INNER_COLUMNS <= 2 else columns
    for row in range(0, rows, LANES // INNER_COLUMNS):
        for column in range(0, edge, INNER_COLUMNS):
            _four_columns(A, B, out, row, last_row, column, last_column, width, stride, out_stride)
    if edge < columns and rows <= 2:
        _two_by_two(A, B, out, 0, last_row, edge, last_column, width, stride, out_stride)
    elif edge < columns:
        for row in range(0, rows, INNER_ROWS):
            _two_columns(A, B, out, row, last_row, edge, last_column, width, stride, out_stride)
