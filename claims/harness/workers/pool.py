"""A pool of worker processes behind the interface of `concurrent.futures`; it knows nothing of its jobs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from threading import Lock
from typing import ParamSpec, TypeVar

from claims.harness.workers.processes import Processes

P = ParamSpec("P")
T = TypeVar("T")


class WorkerPool(Executor):
    """Runs jobs in worker processes (`Processes`), the first of which starts with the first job.

    If a worker dies, the jobs that had not ended are run once more, each alone in a process of its own. Only
    a job that kills its process a second time fails, with `BrokenProcessPool`.

    Where no processes can be started (no semaphores, no shared memory, a limit of the system), jobs run in
    the current process as soon as they are submitted.

    Parameters
    ----------
    size
        Largest number of workers; by default one processor is left to the process that submits jobs.
    threads
        Number of threads that the libraries of each worker may use; None for as many as they like.
    """

    def __init__(self, size: int | None = None, *, threads: int | None = None) -> None:
        self.size = size or worker_count()
        """Largest number of workers."""
        self.obstacle: str | None = None
        """Why jobs run in the current process, without a full stop; None while processes can be started."""
        self._threads = threads
        self._lock = Lock()
        self._workers: Processes | None = None
        self._alone: Processes | None = None
        self._has_ended = False
        self._repeating = ThreadPoolExecutor(max_workers=1)

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Submit a job; its arguments are pickled.

        Parameters
        ----------
        work
            A function that a worker can import, or a method of an object that can be pickled.
        *args, **kwargs
            The arguments of `work`.

        Returns
        -------
        Future
            The job's result or error.
        """
        job: Future[T] = Future()
        attempt = self._start(work, *args, **kwargs)
        if attempt is None:
            _run_here(job, work, *args, **kwargs)
            return job

        def alone() -> T:
            with self._lock:
                if self._has_ended:
                    raise BrokenProcessPool("the pool has ended")
                self._alone = Processes(1, threads=self._threads)
            with self._alone as process:
                return process.submit(work, *args, **kwargs).result()

        def end(attempt: Future[T]) -> None:
            # No lock is taken here: the executor holds its own while it calls this.
            died = not attempt.cancelled() and isinstance(attempt.exception(), BrokenProcessPool)
            if died and not self._has_ended:
                attempt = self._repeating.submit(alone)
            attempt.add_done_callback(lambda last: _copy(last, job))

        attempt.add_done_callback(end)
        return job

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers; no job can be submitted any more.

        Parameters
        ----------
        wait
            Whether to wait until all jobs have ended.
        cancel_futures
            Whether to cancel the jobs that have not begun.
        """
        if self._workers is not None:
            self._workers.shutdown(wait, cancel_futures=cancel_futures)
        # After the workers, whose jobs are repeated here if one of them dies.
        self._repeating.shutdown(wait, cancel_futures=cancel_futures)

    def end_at_once(self) -> None:
        """End the workers in the midst of their jobs, which fail with `BrokenProcessPool`."""
        with self._lock:
            self._has_ended = True
            running = [each for each in (self._workers, self._alone) if each is not None]
        for processes in running:
            processes.end_at_once()
        self._repeating.shutdown(cancel_futures=True)

    def _start(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T] | None:
        """Hand a job to the workers; None where no processes can be started."""
        with self._lock:
            if self.obstacle is not None:
                return None
            try:
                if self._workers is None:
                    self._workers = Processes(self.size, threads=self._threads)
                try:
                    return self._workers.submit(work, *args, **kwargs)
                except BrokenProcessPool:  # by an earlier job
                    self._workers = Processes(self.size, threads=self._threads)
                    return self._workers.submit(work, *args, **kwargs)
            except (OSError, NotImplementedError, ImportError) as error:  # ImportError: no semaphores
                self.obstacle = str(error).rstrip(".") or type(error).__name__
                return None


def worker_count(most: int | None = None) -> int:
    """Choose how many workers to start: one processor is left to the process that submits jobs.

    Parameters
    ----------
    most
        Largest number of workers; None for no limit but that of the processors.
    """
    # Imported late: workers import this module, and have no use for numba.
    from tms import processors

    free = max(1, processors.available() - 1)
    return free if most is None else min(most, free)


def _run_here(job: Future[T], work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> None:
    job.set_running_or_notify_cancel()
    try:
        job.set_result(work(*args, **kwargs))
    except Exception as error:
        job.set_exception(error)


def _copy(attempt: Future[T], job: Future[T]) -> None:
    """End a job as an attempt at it ended."""
    if attempt.cancelled():
        job.cancel()
    if not job.set_running_or_notify_cancel():
        return
    if error := attempt.exception():
        job.set_exception(error)
    else:
        job.set_result(attempt.result())
