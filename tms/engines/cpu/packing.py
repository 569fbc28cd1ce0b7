"""Moving the inputs with an active feature together, so that the others never enter the arithmetic."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from tms.engines.cpu.parts import INLINE, Array
from tms.engines.cpu.sparse import COMPRESSES, marked
from tms.engines.cpu.vectors import LANES, compressed, load, store, vector_at
from tms.sources import njit


def _squeezing(_typing: Any, x: Any, _at: Any, _to: Any, _marks: Any) -> Any:
    def emit(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        array, at, to, marks = arguments
        data = context.make_array(signature.args[0])(context, builder, array).data
        mask = builder.bitcast(builder.trunc(marks, ir.IntType(LANES)), ir.VectorType(ir.IntType(1), LANES))
        value = compressed(builder, load(builder, vector_at(builder, data, at, 0)), mask)
        store(builder, value, vector_at(builder, data, to, 0))
        return context.get_dummy_value()

    return types.void(x, types.int64, types.int64, types.uint64), emit


def _counting(_typing: Any, _marks: Any) -> Any:
    def emit(_context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Any) -> ir.Value:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), emit


_squeeze: Final[Any] = intrinsic(_squeezing)
"""Write the marked numbers of the vector at one position, side by side, to another position."""
_count: Final[Any] = intrinsic(_counting)
"""Count the bits of a word."""


@njit(**INLINE)
def pack_by_compressing(x: Array, u: Array, at: int, rows: int) -> int:
    """Remove inputs as `pack` does, vector by vector."""
    stride, count = x.shape[1], at
    vectors = (rows + LANES - 1) // LANES
    for s in range(rows, vectors * LANES):
        u[s] = np.float32(0.0)
    for first in range(0, vectors * LANES, LANES):
        marks = marked(u, first)
        # What a vector leaves behind its marked numbers ends before the next vector to be read.
        for i in range(x.shape[0]):
            _squeeze(x, i * stride + at + first, i * stride + count, marks)
        count += _count(marks)
    return count


@njit(**INLINE)
def pack_by_index(x: Array, u: Array, at: int, rows: int, kept: NDArray[np.uint32]) -> int:
    """Remove inputs as `pack` does, number by number."""
    count = 0
    for s in range(rows):
        kept[count] = s
        count += np.int64(u[s])
    if count < rows:
        for i in range(x.shape[0]):
            row = x[i, at : at + rows]
            for k in range(count):
                row[k] = row[kept[k]]
    return at + count


@njit(**INLINE)
def pack(x: Array, u: Array, at: int, rows: int, kept: NDArray[np.uint32]) -> int:
    """Remove inputs without an active feature from the tile's last `rows` columns; return its new length.

    `u` is 1 for inputs with an active feature and 0 for the others. It and the rows of `x` must have room for
    whole vectors. `kept` is scratch space for one number an input.
    """
    if COMPRESSES:
        return pack_by_compressing(x, u, at, rows)
    return pack_by_index(x, u, at, rows, kept)
