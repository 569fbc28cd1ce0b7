"""An executor that performs jobs in this process, so that a test can replace what they call."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

from claims.harness.workers import WorkerPool

P = ParamSpec("P")
T = TypeVar("T")


class InThisProcess(WorkerPool):
    """Performs each job when it is submitted, and notes whether it was ended."""

    def __init__(self, size: int = 1) -> None:
        super().__init__(size)
        self.was_ended = False

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        job: Future[T] = Future()
        try:
            job.set_result(work(*args, **kwargs))
        except Exception as error:
            job.set_exception(error)
        return job

    def end_at_once(self) -> None:
        self.was_ended = True
        super().end_at_once()
