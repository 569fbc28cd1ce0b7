"""Worker processes that end with the process that started them, or at once when they are told to."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection
from threading import Lock, Thread
from types import FrameType
from typing import Any, Final, ParamSpec, TypeVar

from claims.harness.workers import programs
from claims.harness.workers.threads import environment_of_threads

P = ParamSpec("P")
T = TypeVar("T")

_starting = Lock()


class Processes(ProcessPoolExecutor):
    """Runs jobs in spawned processes, the first of which starts with the first job.

    Workers are spawned, not forked, because a fork would share the threads and the CUDA context of the
    process that trains. They ignore Ctrl-C, which interrupts the run and not its jobs, and they end when the
    process that started them ends, however it ends.

    Parameters
    ----------
    count
        Largest number of workers.
    threads
        Number of threads that the libraries of each worker may use; None for as many as they like.
    prepare
        Called once in each worker before its first job.
    prepared
        The arguments of `prepare`; they can hold what only a process that starts can be given, such as shared
        memory.
    """

    def __init__(
        self,
        count: int,
        *,
        threads: int | None = None,
        prepare: Callable[..., object] | None = None,
        prepared: tuple[Any, ...] = (),
    ) -> None:
        context = multiprocessing.get_context("spawn")
        # The workers hold one end, and wait until the other one is closed.
        end, self._kept = context.Pipe(duplex=False)
        self._shutting_down = Lock()
        self._environment = {} if threads is None else environment_of_threads(threads)
        super().__init__(
            max_workers=count,
            mp_context=context,
            initializer=_prepare_worker,
            initargs=(end, prepare, prepared),
        )

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Submit a job, as to any executor; a worker that starts with it gets its number of threads."""
        with _with_variables(self._environment):
            return super().submit(work, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers, as for any executor; two threads can call this, of which one waits."""
        with self._shutting_down:
            super().shutdown(wait, cancel_futures=cancel_futures)

    def end_at_once(self) -> None:
        """End all workers in the midst of their jobs, which fail with `BrokenProcessPool`."""
        self._kept.close()
        self.shutdown(cancel_futures=True)


@contextmanager
def _with_variables(variables: dict[str, str]) -> Iterator[None]:
    """Set environment variables while processes start, which inherit them."""
    if not variables:
        yield
        return
    with _starting:
        former = {name: os.environ.get(name) for name in variables}
        os.environ.update(variables)
        try:
            yield
        finally:
            for name, value in former.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def _prepare_worker(
    end: connection.Connection, prepare: Callable[..., object] | None, prepared: tuple[Any, ...]
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The executor sends SIGTERM when another worker has died. A handler in Python would have to wait until
    # the job comes back from compiled code; the bytes that announce the signal are read by a thread.
    told, telling = socket.socketpair()
    telling.setblocking(False)
    signal.signal(signal.SIGTERM, _ignore)
    signal.set_wakeup_fd(telling.fileno(), warn_on_full_buffer=False)
    _kept_open.append(telling)
    Thread(target=_end_when, args=([end, told],), daemon=True).start()
    if prepare is not None:
        prepare(*prepared)


_kept_open: Final[list[socket.socket]] = []


def _ignore(number: int, frame: FrameType | None) -> None:
    del number, frame


def _end_when(told: list[Any]) -> None:
    """Wait until the parent closes its end of the pipe, or ends, or a signal comes."""
    connection.wait(told)
    programs.end_all()
    os._exit(1)
