"""Measure the peak memory of a piece of work, on the CPU and on a graphics card."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ctypes import CDLL
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

_STATUS: Final = Path("/proc/self/status")
_FORGET: Final = Path("/proc/self/clear_refs")
_FORGET_THE_PEAK: Final = "5"


@dataclass
class Peak:
    """The largest memory that a piece of work used at one time, beyond what was in use before it.

    Parameters
    ----------
    bytes
        Number of bytes; None until the work is done, and on the CPU of any system but Linux.
    """

    bytes: int | None = None


def freeze_loaded_objects() -> None:
    """Freeze loaded objects (gc.freeze): a full collection before each measurement costs half a second."""
    gc.collect()
    gc.freeze()


@contextmanager
def peak(device: str) -> Iterator[Peak]:
    """Measure the peak of the work that is done inside the context.

    On the CPU it is the growth of the resident memory of the process: arrays, buffers and compiled code. On
    CUDA it is the growth of the memory that torch has allocated.

    Parameters
    ----------
    device
        The kind of device, "cpu" or "cuda".

    Yields
    ------
    Peak
        The peak, filled in at the end of the context.
    """
    measured = Peak()
    read = _cuda() if device == "cuda" else _process()
    if read is None:
        yield measured
        return
    before = read(False)
    yield measured
    measured.bytes = max(0, read(True) - before)


def _cuda() -> Callable[[bool], int]:
    gc.collect()
    torch.cuda.reset_peak_memory_stats()
    return lambda at_peak: torch.cuda.max_memory_allocated() if at_peak else torch.cuda.memory_allocated()


def _process() -> Callable[[bool], int] | None:
    # Freed memory that the allocator keeps would be used again without being counted.
    gc.collect()
    with suppress(OSError, AttributeError):
        CDLL(None).malloc_trim(0)
    try:
        _FORGET.write_text(_FORGET_THE_PEAK)
        _resident("VmHWM")
    except (OSError, StopIteration):
        return None
    return lambda at_peak: _resident("VmHWM" if at_peak else "VmRSS")


def _resident(which: str) -> int:
    lines = _STATUS.read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(f"{which}:"))
