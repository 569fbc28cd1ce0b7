"""Explicit vectors of float32 numbers in LLVM code, for loops that LLVM does not vectorise well by itself."""

from __future__ import annotations

from typing import Final

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import cgutils

LANES: Final = 16 if llvm.get_host_cpu_features().get("avx512f", False) else 8
"""float32 numbers in a vector of this machine."""

HALF: Final = LANES // 2

FLOAT: Final = ir.FloatType()
VECTOR: Final = ir.VectorType(FLOAT, LANES)
WORDS: Final = ir.VectorType(ir.IntType(32), LANES)
INDEX: Final = ir.IntType(64)
FLOAT_BYTES: Final = 4


def vector_at(builder: ir.IRBuilder, data: ir.Value, position: ir.Value, vector: int) -> ir.Value:
    """Point to the vector that begins `vector` whole vectors after a position in an array."""
    at = builder.add(position, ir.Constant(INDEX, vector * LANES))
    return builder.bitcast(builder.gep(data, [at]), VECTOR.as_pointer())


def load(builder: ir.IRBuilder, pointer: ir.Value) -> ir.Value:
    """Load a vector from any address, aligned or not."""
    value = builder.load(pointer)
    value.align = FLOAT_BYTES
    return value


def store(builder: ir.IRBuilder, value: ir.Value, pointer: ir.Value) -> None:
    """Store a vector at any address, aligned or not."""
    builder.store(value, pointer).align = FLOAT_BYTES


def lanes(*ranges: range) -> ir.Constant:
    """Build a constant vector of lane numbers, such as a shuffle takes."""
    places = [place for each in ranges for place in each]
    return ir.Constant(ir.VectorType(ir.IntType(32), len(places)), places)


def lower_half(builder: ir.IRBuilder) -> ir.Value:
    """Build a mask of the lower half of a vector that LLVM does not recognise as a constant.

    With a known mask LLVM would turn a select into a permutation, which costs as much as a product.
    """
    word = ir.IntType(32)
    known = ir.Constant(word, 2**HALF - 1)
    marks = builder.asm(ir.FunctionType(word, [word]), "", "=r,0", [known], False)
    return builder.bitcast(builder.trunc(marks, ir.IntType(LANES)), ir.VectorType(ir.IntType(1), LANES))


def compressed(builder: ir.IRBuilder, vector: ir.Value, marks: ir.Value) -> ir.Value:
    """Move the marked numbers of a vector together, in a register (AVX-512); the rest has no meaning.

    A compressing store is many times as slow on some processors.
    """
    kind = vector.type
    compress = cgutils.get_or_insert_function(
        builder.module,
        ir.FunctionType(kind, [kind, kind, marks.type]),
        f"llvm.x86.avx512.mask.compress.v{LANES}{'f' if kind == VECTOR else 'i'}32",
    )
    return builder.call(compress, [vector, ir.Constant(kind, ir.Undefined), marks])


def load_halves(builder: ir.IRBuilder, first: ir.Value, second: ir.Value) -> ir.Value:
    """Load the two halves of a vector from two addresses."""
    halves = [load(builder, _half(builder, pointer)) for pointer in (first, second)]
    return builder.shuffle_vector(*halves, lanes(range(LANES)))


def store_halves(builder: ir.IRBuilder, value: ir.Value, first: ir.Value, second: ir.Value) -> None:
    """Store the two halves of a vector at two addresses."""
    for pointer, own in ((first, range(HALF)), (second, range(HALF, LANES))):
        store(builder, builder.shuffle_vector(value, value, lanes(own)), _half(builder, pointer))


def _half(builder: ir.IRBuilder, pointer: ir.Value) -> ir.Value:
    return builder.bitcast(pointer, ir.VectorType(FLOAT, HALF).as_pointer())


def splat(builder: ir.IRBuilder, number: ir.Value) -> ir.Value:
    """Copy one number to all lanes of a vector."""
    undefined = ir.Constant(ir.VectorType(number.type, LANES), ir.Undefined)
    first = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(WORDS, None))


def fused_multiply_add(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
    """Compute a * b + c elementwise, rounded once if the machine can."""
    kind = ir.FunctionType(VECTOR, [VECTOR] * 3)
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fmuladd.v{LANES}f32")
    return builder.call(function, [a, b, c])
