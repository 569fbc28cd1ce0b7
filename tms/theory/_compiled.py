"""How the scalar kernels of this package are compiled."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function to machine code, once per machine: the result is cached beside the source.

    Division by zero yields an infinity, as in numpy; fast-math stays off, so that results do not depend on
    the compiler's choice of evaluation order.
    """
    # Run-time type checks, where a test run has added them, are Python that cannot be compiled.
    bare = inspect.unwrap(function)
    compiled = numba.njit(cache=True, error_model="numpy", nogil=True)(bare)
    return cast("Callable[P, R]", compiled)
