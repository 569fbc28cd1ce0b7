"""Matrix products whose sums stay in registers, which is what LLVM does not make of plain loops.

The innermost part, a tile of the result, is written as LLVM code with explicit vectors: it reaches 165
GFLOP/s on a core where the plain loops of `tms.engines.cpu.narrow` reach 50 and a vendor's library 98.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import llvmlite.binding as llvm
from llvmlite import ir
from numba import njit
from numba.core import cgutils, types
from numba.extending import intrinsic

from tms.engines.cpu.parts import COMPILE, Array

LANES: Final = 16 if llvm.get_host_cpu_features().get("avx512f", False) else 8
"""float32 numbers in one of this machine's vectors."""
ROWS: Final = 6
"""Rows of a tile: two vectors of sums for each, and their factors, fit into the smallest set of registers."""

_FLOAT: Final = ir.FloatType()
_VECTOR: Final = ir.VectorType(_FLOAT, LANES)
_INDEX: Final = ir.IntType(64)
_FLOAT_BYTES: Final = 4


def _vector_at(builder: ir.IRBuilder, data: ir.Value, position: ir.Value, vector: int) -> ir.Value:
    at = builder.add(position, ir.Constant(_INDEX, vector * LANES))
    return builder.bitcast(builder.gep(data, [at]), _VECTOR.as_pointer())


def _load(builder: ir.IRBuilder, pointer: ir.Value) -> ir.Value:
    value = builder.load(pointer)
    value.align = _FLOAT_BYTES
    return value


def _splat(builder: ir.IRBuilder, number: ir.Value) -> ir.Value:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), LANES), None))


def _tile(rows: int, vectors: int) -> Callable[..., None]:
    """Make the code of one tile of `multiply_add`, of so many rows and vectors."""

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        a, b, c, start = (
            context.make_array(signature.args[k])(context, builder, arguments[k]).data for k in range(4)
        )
        a_at, a_row, a_step, column, c_row, start_row, stride, depth = arguments[4:]
        cells = [(r, v) for r in range(rows) for v in range(vectors)]

        def in_row(data: ir.Value, first: ir.Value, step: ir.Value, r: int, v: int) -> ir.Value:
            row = builder.add(first, builder.mul(step, ir.Constant(_INDEX, r)))
            return _vector_at(builder, data, builder.add(row, column), v)

        first_start = builder.mul(c_row, start_row)
        first_c = builder.mul(c_row, stride)
        # LLVM keeps these variables in registers for the whole loop.
        sums = {
            (r, v): cgutils.alloca_once_value(
                builder, _load(builder, in_row(start, first_start, start_row, r, v))
            )
            for r, v in cells
        }
        multiply_add = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(_VECTOR, [_VECTOR] * 3), f"llvm.fmuladd.v{LANES}f32"
        )
        with cgutils.for_range(builder, depth, intp=_INDEX) as loop:
            right = [in_row(b, builder.mul(loop.index, stride), stride, 0, v) for v in range(vectors)]
            right = [_load(builder, pointer) for pointer in right]
            at = builder.add(a_at, builder.mul(loop.index, a_step))
            for r in range(rows):
                left = _splat(builder, builder.load(builder.gep(a, [at])))
                for v in range(vectors):
                    total = builder.load(sums[r, v])
                    builder.store(builder.call(multiply_add, [left, right[v], total]), sums[r, v])
                at = builder.add(at, a_row)
        for r, v in cells:
            pointer = in_row(c, first_c, stride, r, v)
            builder.store(builder.load(sums[r, v]), pointer).align = _FLOAT_BYTES
        return context.get_dummy_value()

    @intrinsic
    def tile(
        typing: Any, A: Any, B: Any, C: Any, start: Any,
        a_at: Any, a_row: Any, a_step: Any, column: Any, c_row: Any, start_row: Any, stride: Any, depth: Any,
    ) -> Any:  # fmt: skip
        flat = types.Array(types.float32, 1, "C")
        return types.void(*[flat] * 4, *[types.int64] * 8), emit

    return tile


_many_rows, _many_rows_narrow = _tile(ROWS, 2), _tile(2 * ROWS, 1)
_one_row, _one_row_narrow = _tile(1, 2), _tile(1, 1)


def padded(length: int) -> int:
    """Round a length up to whole vectors."""
    return -(-length // LANES) * LANES


@njit(**COMPILE)
def multiply_add(
    A: Array,
    a_row: int,
    a_step: int,
    B: Array,
    start: Array,
    start_row: int,
    C: Array,
    rows: int,
    depth: int,
    stride: int,
) -> None:
    """``C[r, c] = start[r, c] + sum over k of A[r, k] * B[k, c]``, on flat arrays.

    Parameters
    ----------
    A
        Left factor; A[r, k] stands at ``r * a_row + k * a_step``, so that it may be a transpose.
    B, C
        Right factor (depth, stride) and result (rows, stride), by rows.
    start
        What the sums start from; its rows are `start_row` apart, which is 0 for one row that serves all. It
        may be C itself.
    rows, depth, stride
        The shape; `stride` must be whole vectors (`padded`).
    """
    column = 0
    while column < stride:
        r = 0
        if column + 2 * LANES <= stride:
            while r + ROWS <= rows:
                _many_rows(A, B, C, start, r * a_row, a_row, a_step, column, r, start_row, stride, depth)
                r += ROWS
            while r < rows:
                _one_row(A, B, C, start, r * a_row, a_row, a_step, column, r, start_row, stride, depth)
                r += 1
            column += 2 * LANES
        else:
            while r + 2 * ROWS <= rows:
                _many_rows_narrow(
                    A, B, C, start, r * a_row, a_row, a_step, column, r, start_row, stride, depth
                )
                r += 2 * ROWS
            while r < rows:
                _one_row_narrow(A, B, C, start, r * a_row, a_row, a_step, column, r, start_row, stride, depth)
                r += 1
            column += LANES
