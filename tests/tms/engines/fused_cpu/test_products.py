"""The products of the kernels are matrix products, for any sizes and strides."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from tests.helpers.engine_checks import (
    SEEDS,
)
from tms.engines.cpu import inner, matmul, sparse
from tms.engines.cpu.vectors import LANES


@njit
def multiply_add(*arguments: Any) -> None:
    """The product as a function that Python can call; in kernels it has no call of its own."""
    matmul.multiply_add(*arguments)


@njit
def inner_products(*arguments: Any) -> None:
    """The same for inner products."""
    inner.inner_products(*arguments)


@given(st.integers(1, 30), st.integers(1, 70), st.integers(0, 40), st.booleans(), st.booleans(), SEEDS)
def test_multiply_add_is_the_matrix_product(
    rows: int, columns: int, depth: int, transposed: bool, in_place: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    stride = matmul.padded(columns)
    A = rng.normal(size=(depth, rows) if transposed else (rows, depth)).astype(np.float32)
    B, C = (rng.normal(size=(k, stride)).astype(np.float32) for k in (depth, rows))
    start = C if in_place else rng.normal(size=stride).astype(np.float32)
    expected = start.astype(np.float64) + (A.T if transposed else A).astype(np.float64) @ B
    before = C.copy()
    a_row, a_step = (1, rows) if transposed else (depth, 1)
    start_row = stride if in_place else 0
    multiply_add(A, a_row, a_step, B, start, start_row, C, rows, depth, columns, stride)
    np.testing.assert_allclose(C[:, :columns], expected[:, :columns], rtol=1e-5, atol=1e-4)
    assert (np.isclose(C, expected, rtol=1e-5, atol=1e-4) | (before == C)).all()


@njit
def sparse_products(
    A: Any,
    entries: sparse.Entries,
    by_bits: bool,
    B: Any,
    start: Any,
    gathered: Any,
    D: Any,
    scattered: Any,
    rows: int,
) -> None:
    """Both products that follow entries, as a function that Python can call."""
    if by_bits:
        sparse.list_by_bits(A, rows, entries)
    else:
        sparse.list_entries(A, rows, entries)
    sparse.gather_add(A, entries, B, start, gathered, rows)
    sparse.scatter_add(A, entries, D, scattered, rows)


@given(
    st.integers(1, 20),
    st.integers(1, 150),
    st.integers(1, 110),
    st.sampled_from([0, 0.02, 0.3, 1]),
    st.booleans(),
    SEEDS,
)
def test_products_that_follow_entries_have_the_bits_of_those_that_do_not(
    rows: int, depth: int, columns: int, density: float, by_bits: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    width, stride = matmul.padded(depth), matmul.padded(columns)
    A = np.zeros((rows, width), dtype=np.float32)
    A[:, :depth] = rng.normal(size=(rows, depth)) * (rng.random((rows, depth)) < density)
    B, D, start, scattered = (
        rng.normal(size=shape).astype(np.float32)
        for shape in ((depth, stride), (rows, stride), (stride,), (depth, stride))
    )
    gathered, expected = np.empty((2, rows, stride), dtype=np.float32)
    expected_sum = scattered.copy()
    multiply_add(A, width, 1, B, start, 0, expected, rows, depth, columns, stride)
    multiply_add(A, 1, width, D, expected_sum, stride, expected_sum, depth, rows, columns, stride)
    sparse_products(A, sparse.new_entries(rows, width), by_bits, B, start, gathered, D, scattered, rows)
    np.testing.assert_array_equal(gathered[:, :columns], expected[:, :columns])
    np.testing.assert_array_equal(scattered[:, :columns], expected_sum[:, :columns])


@given(st.integers(1, 30), st.integers(1, 12), st.integers(0, 5), SEEDS)
def test_inner_products_are_those_of_rows(rows: int, columns: int, vectors: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    width = vectors * LANES
    A, B = (rng.normal(size=(k, width + 3)).astype(np.float32) for k in (rows, columns))
    room = (rows + inner.INNER_ROWS, matmul.padded(columns + inner.INNER_COLUMNS))
    out = rng.normal(size=room).astype(np.float32)
    inner_products(A, rows, B, columns, width, width + 3, out, room[1])
    expected = A[:, :width].astype(np.float64) @ B[:, :width].T
    np.testing.assert_allclose(out[:rows, :columns], expected, rtol=1e-5, atol=1e-4)
