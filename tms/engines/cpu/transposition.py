"""The transpose of a matrix of whole vectors, in square blocks that stay in registers."""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from tms.engines.cpu.parts import INLINE, Array
from tms.engines.cpu.vectors import HALF, INDEX, LANES, lanes, load, store, vector_at
from tms.sources import njit


def _interleaved(builder: ir.IRBuilder, rows: list[ir.Value]) -> list[ir.Value]:
    """Interleave each row of the upper half of a block with its counterpart in the lower half."""
    low, high = (
        lanes(*(range(k, 2 * LANES, LANES) for k in range(first, first + HALF))) for first in (0, HALF)
    )
    pairs = zip(rows[:HALF], rows[HALF:], strict=True)
    return [builder.shuffle_vector(a, b, half) for a, b in pairs for half in (low, high)]


def _transposing(_typing: Any, A: Any, _at: Any, _stride: Any, out: Any, _place: Any, _apart: Any) -> Any:
    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        source, target = (
            context.make_array(signature.args[k])(context, builder, arguments[k]).data for k in (0, 3)
        )
        at, stride, _, place, apart = arguments[1:]

        def row(data: ir.Value, first: ir.Value, step: ir.Value, r: int) -> ir.Value:
            return vector_at(builder, data, builder.add(first, builder.mul(step, ir.Constant(INDEX, r))), 0)

        block = [load(builder, row(source, at, stride, r)) for r in range(LANES)]
        # Each pass moves one bit of a number's row into its column, and one the other way.
        for _ in range(LANES.bit_length() - 1):
            block = _interleaved(builder, block)
        for r, vector in enumerate(block):
            store(builder, vector, row(target, place, apart, r))
        return context.get_dummy_value()

    whole = types.int64
    return types.void(A, whole, whole, out, whole, whole), emit


_block: Final[Any] = intrinsic(_transposing)
"""Transpose one block, given where it begins in each array and how far apart the arrays' rows are."""


@njit(**INLINE)
def transpose(A: Array, out: Array) -> None:
    """Write the transpose of A to `out`, on contiguous arrays whose rows are whole vectors.

    `out` has a row for each column of A, or for each column but the last ones; it must have room for a row
    for every column, which is overwritten. What it has in columns behind the last row of A is left as it is.
    """
    rows, stride = A.shape
    apart = out.shape[1]
    in_blocks = rows - rows % LANES
    for row in range(0, in_blocks, LANES):
        for column in range(0, stride, LANES):
            _block(A, row * stride + column, stride, out, column * apart + row, apart)
    for row in range(in_blocks, rows):
        for column in range(len(out)):
            out[column, row] = A[row, column]
