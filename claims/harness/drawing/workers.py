"""Figures are drawn in processes of their own, while further claims are trained and judged."""

from __future__ import annotations

import multiprocessing
import os
import signal
import warnings
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from threading import Thread
from typing import Final, ParamSpec, TypeVar

from tms.engines.fused_cpu import available_threads

P = ParamSpec("P")
T = TypeVar("T")

_MOST: Final = 4


class Easels:
    """Processes that draw; the first one starts with the first figure.

    Each is started anew, not forked: a fork would share the threads and the CUDA context of training.
    """

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    def start(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have something drawn, of a copy of what is handed over.

        Parameters
        ----------
        work
            A function that another process can import, or a method of something that can be pickled.
        *args, **kwargs
            Handed to it.
        """
        try:
            return self._processes().submit(work, *args, **kwargs)
        except BrokenProcessPool:  # by an earlier figure, whose future says so
            self.close()
            return self._processes().submit(work, *args, **kwargs)

    def close(self) -> None:
        """Wait for what was started, and end the processes."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def _processes(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                max_workers=max(1, min(_MOST, available_threads() - 1)),
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_prepare,
            )
        return self._pool


def _prepare() -> None:
    """Make a process one that draws: strict as the tests are, and there no longer than who asked for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("error")
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)
