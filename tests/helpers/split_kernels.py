"""Kernels that store the terms of numbers, and the product of two matrices that are given as terms."""

import triton
import triton.language as tl

from tms.engines.cuda.split import product, split, store_terms, transposed


@triton.jit
def stored_terms(x, terms, COUNT: tl.constexpr):
    """Store the terms of `COUNT` numbers, one row for each term."""
    at = tl.arange(0, COUNT)
    store_terms(terms + at, COUNT, tl.load(x + at), at < COUNT)


@triton.jit
def multiplied(a, b, out, ROWS: tl.constexpr, INNER: tl.constexpr, COLUMNS: tl.constexpr):
    """Store the product of a matrix (`ROWS`, `INNER`) and the transpose of a matrix (`COLUMNS`, `INNER`)."""
    row, inner, column = tl.arange(0, ROWS), tl.arange(0, INNER), tl.arange(0, COLUMNS)
    left = tl.load(a + row[:, None] * INNER + inner[None, :])
    right = tl.load(b + column[:, None] * INNER + inner[None, :])
    total = product(split(left), transposed(split(right)))
    tl.store(out + row[:, None] * COLUMNS + column[None, :], total)
