"""The decorator that compiles the scalar kernels of this package."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from tms.sources import compiled_code_is_stored, njit

P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function to machine code, which Numba caches on disk if it can.

    Division by zero yields an infinity, as in NumPy. Fast-math is off, so that the order of evaluation is the
    one that is written.

    Parameters
    ----------
    function
        A function of numbers and arrays.
    """
    # In a test run the function is wrapped in run-time type checks, which cannot be compiled.
    bare = inspect.unwrap(function)
    compiled = njit(cache=compiled_code_is_stored(), error_model="numpy", nogil=True)(bare)
    return cast("Callable[P, R]", compiled)
