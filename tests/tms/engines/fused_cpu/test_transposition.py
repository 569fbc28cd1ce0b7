"""The transpose of the kernels has the numbers of the matrix, and changes nothing but its room."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from tms.engines.cpu import transposition
from tms.engines.cpu.matmul import padded


@njit
def transpose(A: Any, out: Any) -> None:
    """The transpose as a function that Python can call; in kernels it has no call of its own."""
    transposition.transpose(A, out)


@given(st.integers(1, 70), st.integers(1, 70))
def test_transpose_moves_every_number_to_its_place_and_reads_no_other(rows: int, columns: int) -> None:
    # Behind the last row there is NaN, as anything may be behind an array.
    A = np.full((rows + padded(1), padded(columns)), np.nan, dtype=np.float32)
    A[:rows] = np.arange(rows * padded(columns)).reshape(rows, -1)
    room = np.full((padded(columns) + 1, padded(rows)), -1, dtype=np.float32)
    transpose(A[:rows], room[:columns])
    np.testing.assert_array_equal(room[:columns, :rows], A[:rows, :columns].T)
    assert (room[:columns, rows:] == -1).all()
    assert (room[-1] == -1).all()
