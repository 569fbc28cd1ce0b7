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
def test_transpose_moves_every_number_to_its_place(rows: int, columns: int) -> None:
    A = np.arange(padded(rows) * padded(columns), dtype=np.float32).reshape(padded(rows), padded(columns))
    room = np.full((padded(columns) + 1, padded(rows)), -1, dtype=np.float32)
    transpose(A, room[:columns])
    np.testing.assert_array_equal(room[:-1], A.T)
    assert (room[-1] == -1).all()
