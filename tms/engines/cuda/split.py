"""Float32 numbers as sums of three bfloat16 terms, and products of such matrices on tensor cores.

A bfloat16 has 8 significant bits, a third of float32's 24. Each term is what the terms before it leave of the
number, rounded to nearest: a = a0 + a1 + a2 exactly, with |a1| <= 2^-8 |a| and |a2| <= 2^-16 |a|. Of the nine
products of two such sums, the three that are left out are at most 2^-24 |a b| each ("bf16x6").

A tensor core multiplies bfloat16 numbers exactly, but cuts its sums off instead of rounding them (Fasi et al.
2021, doi:10.7717/peerjcs.330). What is cut off has the sign of the sum, so it would not average out over the
inputs of a batch. Therefore the largest terms are multiplied apart from the others, for few rows at a time:
sums of products of 16 bits seldom have more bits than float32 holds. All further sums are taken outside the
tensor cores, where they are rounded (Ootomo and Yokota 2022, doi:10.1177/10943420221090256).
"""

import triton
import triton.language as tl

TERMS = tl.constexpr(3)
APART = tl.constexpr(16)
"""Any limit on inexact sums keeps Triton from starting a product's sum from what is added to the product."""


@triton.jit
def nearest(x):
    """Round float32 numbers to 8 significant bits; integer operations are faster than conversions.

    What is not a number may become one, but then the rest, x minus the result, is none.
    """
    bits = tl.add(x.to(tl.uint32, bitcast=True), 0x8000, sanitize_overflow=False)
    return (bits & 0xFFFF0000).to(tl.float32, bitcast=True)


@triton.jit
def split(x):
    """Bfloat16 terms of float32 numbers, the largest first."""
    high = nearest(x)
    rest = x - high
    middle = nearest(rest)
    return high.to(tl.bfloat16), middle.to(tl.bfloat16), (rest - middle).to(tl.bfloat16)


@triton.jit
def load_terms(at, stride):
    """Load terms that `store_terms` has stored."""
    return tl.load(at), tl.load(at + stride), tl.load(at + 2 * stride)


@triton.jit
def store_terms(at, stride, x, inside):
    """Split numbers and store their terms, `stride` numbers apart from each other."""
    high, middle, low = split(x)
    tl.store(at, high, mask=inside)
    tl.store(at + stride, middle, mask=inside)
    tl.store(at + 2 * stride, low, mask=inside)


@triton.jit
def transposed(x):
    """Terms of the transposed matrix."""
    return tl.trans(x[0]), tl.trans(x[1]), tl.trans(x[2])


@triton.jit
def product(a, b):
    """Matrix product of two matrices, given as terms, in float32."""
    total = tl.dot(a[2], b[0])
    total = tl.dot(a[0], b[2], total)
    total = tl.dot(a[1], b[1], total)
    total = tl.dot(a[1], b[0], total)
    total = tl.dot(a[0], b[1], total)
    return total + tl.dot(a[0], b[0], max_num_imprecise_acc=APART)
