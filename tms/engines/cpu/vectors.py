"""Explicit vectors of float32 numbers in LLVM code, for what LLVM does not make of plain loops."""

from __future__ import annotations

from typing import Final

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import cgutils

LANES: Final = 16 if llvm.get_host_cpu_features().get("avx512f", False) else 8
"""float32 numbers in one of this machine's vectors."""

HALF: Final = LANES // 2

FLOAT: Final = ir.FloatType()
VECTOR: Final = ir.VectorType(FLOAT, LANES)
WORDS: Final = ir.VectorType(ir.IntType(32), LANES)
INDEX: Final = ir.IntType(64)
FLOAT_BYTES: Final = 4


def vector_at(builder: ir.IRBuilder, data: ir.Value, position: ir.Value, vector: int) -> ir.Value:
    """Point to vector number `vector` behind a position in an array."""
    at = builder.add(position, ir.Constant(INDEX, vector * LANES))
    return builder.bitcast(builder.gep(data, [at]), VECTOR.as_pointer())


def load(builder: ir.IRBuilder, pointer: ir.Value) -> ir.Value:
    """Load a vector from wherever it stands."""
    value = builder.load(pointer)
    value.align = FLOAT_BYTES
    return value


def store(builder: ir.IRBuilder, value: ir.Value, pointer: ir.Value) -> None:
    """Store a vector wherever it belongs."""
    builder.store(value, pointer).align = FLOAT_BYTES


def lanes(*ranges: range) -> ir.Constant:
    """Make a vector of the numbers of lanes, such as a shuffle takes."""
    places = [place for each in ranges for place in each]
    return ir.Constant(ir.VectorType(ir.IntType(32), len(places)), places)


def lower_half(builder: ir.IRBuilder) -> ir.Value:
    """Mark the lower half of a vector, in a way that LLVM cannot see through.

    It would make a permutation of a choice between two vectors by marks that it knows, at the cost of a
    product.
    """
    word = ir.IntType(32)
    known = ir.Constant(word, 2**HALF - 1)
    marks = builder.asm(ir.FunctionType(word, [word]), "", "=r,0", [known], False)
    return builder.bitcast(builder.trunc(marks, ir.IntType(LANES)), ir.VectorType(ir.IntType(1), LANES))


def load_halves(builder: ir.IRBuilder, first: ir.Value, second: ir.Value) -> ir.Value:
    """Load the halves of a vector from two places."""
    halves = [load(builder, _half(builder, pointer)) for pointer in (first, second)]
    return builder.shuffle_vector(*halves, lanes(range(LANES)))


def store_halves(builder: ir.IRBuilder, value: ir.Value, first: ir.Value, second: ir.Value) -> None:
    """Store the halves of a vector in two places."""
    for pointer, own in ((first, range(HALF)), (second, range(HALF, LANES))):
        store(builder, builder.shuffle_vector(value, value, lanes(own)), _half(builder, pointer))


def _half(builder: ir.IRBuilder, pointer: ir.Value) -> ir.Value:
    return builder.bitcast(pointer, ir.VectorType(FLOAT, HALF).as_pointer())


def splat(builder: ir.IRBuilder, number: ir.Value) -> ir.Value:
    """Fill a vector with one number."""
    undefined = ir.Constant(ir.VectorType(number.type, LANES), ir.Undefined)
    first = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(WORDS, None))


def fused_multiply_add(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
    """Make the vector a * b + c, rounded once where the machine can."""
    kind = ir.FunctionType(VECTOR, [VECTOR] * 3)
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fmuladd.v{LANES}f32")
    return builder.call(function, [a, b, c])
