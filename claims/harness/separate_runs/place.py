"""Where runs are made: how many at a time, with how many threads each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from claims.harness.workers import WorkerPool
from tms import processors


@dataclass(frozen=True)
class Place:
    """An executor for runs of the claims.

    Parameters
    ----------
    executor
        The executor.
    threads
        Number of threads of each run.
    """

    executor: WorkerPool
    threads: int

    def has_room_beside(self, running: int) -> bool:
        """Whether another run can begin; without worker processes, each run is recorded before the next."""
        return running < (1 if self.executor.obstacle else self.executor.size)

    def end_at_once(self) -> None:
        """End all runs that are under way."""
        self.executor.end_at_once()


@contextmanager
def this_machine(workers: int | None, device: str) -> Iterator[Place]:
    """Make runs on this machine.

    Parameters
    ----------
    workers
        Number of runs at a time; by default one for each processor, and one if they share a GPU.
    device
        The kind of device that the runs train on, "cpu" or "cuda".
    """
    available = processors.available()
    count = workers or (1 if device == "cuda" else available)
    with WorkerPool(count) as pool:
        yield Place(pool, max(1, available // count))
