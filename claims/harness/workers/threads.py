"""How many threads a process may use, told to its libraries by environment variables."""

from __future__ import annotations

from typing import Final

_VARIABLES: Final = (
    "PYTHON_CPU_COUNT",  # tms.processors, and Python itself
    "OMP_NUM_THREADS",  # torch
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",  # NumPy and SciPy
    "NUMBA_NUM_THREADS",
)


def environment_of_threads(count: int) -> dict[str, str]:
    """Return the environment variables that limit a process to some threads.

    Parameters
    ----------
    count
        Number of threads, at least 1.
    """
    return dict.fromkeys(_VARIABLES, str(count))
