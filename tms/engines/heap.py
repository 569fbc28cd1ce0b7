"""Memory that the C library keeps between training steps instead of returning it to the system.

glibc maps every block above 32 MB anew and unmaps it when it is freed. The temporaries of a large batch are
such blocks, and each of their pages then faults in each step, which takes several times as long as the
arithmetic on it.
"""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Final

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4
"""Numbers of mallopt's parameters in glibc's malloc.h; a threshold of -1 is never reached."""

_KEPT: Final = {_MMAP_MAX: 0, _TRIM_THRESHOLD: -1}
_USUAL: Final = {_MMAP_MAX: 65536, _TRIM_THRESHOLD: 2**26, _MMAP_THRESHOLD: 2**25}
"""glibc adapts the two thresholds to what a program frees, until they are set; these are its upper ends."""

_users = 0
_lock = Lock()


@contextmanager
def kept_memory() -> Iterator[None]:
    """Keep freed memory in this process while the context is open; return it to the system afterwards.

    The context does nothing outside Linux with glibc, or where the user has tuned glibc's allocator
    (GLIBC_TUNABLES, MALLOC_*). It can be entered several times, also by several threads.
    """
    library = _glibc()
    if library is None:
        yield
        return
    _enter(library)
    try:
        yield
    finally:
        _leave(library)


@cache
def _glibc() -> ctypes.CDLL | None:
    if platform.system() != "Linux" or platform.libc_ver()[0] != "glibc":
        return None
    tuned = "glibc.malloc" in os.environ.get("GLIBC_TUNABLES", "")
    if tuned or any(name.startswith("MALLOC_") for name in os.environ):
        return None
    return ctypes.CDLL(None)


def _enter(library: ctypes.CDLL) -> None:
    global _users
    with _lock:
        _users += 1
        if _users == 1:
            _set(library, _KEPT)


def _leave(library: ctypes.CDLL) -> None:
    global _users
    with _lock:
        _users -= 1
        if _users == 0:
            _set(library, _USUAL)
            library.malloc_trim(0)


def _set(library: ctypes.CDLL, settings: dict[int, int]) -> None:
    for parameter, value in settings.items():
        library.mallopt(parameter, value)
