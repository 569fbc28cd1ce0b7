"""Matrix products of bfloat16 numbers in Triton's interpreter.

The interpreter stores a bfloat16 as a 16-bit integer, and its matrix products multiply these integers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import triton.language as tl
from numpy.typing import NDArray
from triton.runtime import interpreter


def as_floats(stored: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Convert bfloat16 numbers, stored as integers, to float32."""
    return (stored.astype(np.uint32) << 16).view(np.float32)


def multiply_as_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the interpreter multiply bfloat16 numbers in float32, in which their products are exact."""
    dot = interpreter.InterpreterBuilder.create_dot

    def corrected(self: Any, a: Any, b: Any, *others: Any) -> Any:
        factors = (
            interpreter.TensorHandle(as_floats(factor.data), tl.float32)
            if factor.dtype.scalar == tl.bfloat16
            else factor
            for factor in (a, b)
        )
        return dot(self, *factors, *others)

    monkeypatch.setattr(interpreter.InterpreterBuilder, "create_dot", corrected)
