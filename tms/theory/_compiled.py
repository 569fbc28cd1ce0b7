"""The decorators that compile the kernels of this package."""

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
    return _compiled(function, set())


def reordering_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function as `kernel` does, but let sums over arrays be added up in any order, by vectors.

    Their last digits depend on the processor.

    Parameters
    ----------
    function
        A function of numbers and arrays.
    """
    return _compiled(function, {"reassoc", "contract", "nsz"})


def _compiled(function: Callable[P, R], fastmath: set[str]) -> Callable[P, R]:
    # In a test run the function is wrapped in run-time type checks, which cannot be compiled.
    bare = inspect.unwrap(function)
    cached = compiled_code_is_stored()
    compiled = njit(cache=cached, error_model="numpy", nogil=True, fastmath=fastmath)(bare)
    return cast("Callable[P, R]", compiled)
