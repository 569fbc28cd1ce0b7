"""Where runs are made: how many at a time, with how many threads each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from claims.harness.cluster import ClusterExecutor, connected
from claims.harness.errors import MisuseError
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
    device
        The kind of device that the runs train on, "cpu" or "cuda".
    """

    executor: WorkerPool | ClusterExecutor
    threads: int
    device: str = "cpu"

    @property
    def is_here(self) -> bool:
        """Whether the runs are made on this machine, and share its folders."""
        return not isinstance(self.executor, ClusterExecutor)

    def has_room_beside(self, running: int) -> bool:
        """Whether another run can begin; without worker processes, each run is recorded before the next."""
        size = 1 if self.executor.obstacle else self.executor.size
        return size is None or running < size

    def end_at_once(self) -> None:
        """End all runs that are under way."""
        self.executor.end_at_once()


@contextmanager
def place_of_runs(workers: int | None, device: str, cluster: str | None = None) -> Iterator[Place]:
    """Choose where runs are made.

    Parameters
    ----------
    workers
        Number of runs at a time on this machine; by default one for each processor, and one if they share a
        GPU.
    device
        The kind of device that the runs train on, "cpu" or "cuda".
    cluster
        The address of a Dask scheduler, whose workers make the runs with one thread each; None for this
        machine.

    Raises
    ------
    MisuseError
        If both a number and a cluster are given, or the cluster cannot be used.
    """
    if cluster is None:
        available = processors.available()
        count = workers or (1 if device == "cuda" else available)
        with WorkerPool(count) as pool:
            yield Place(pool, max(1, available // count), device)
        return
    if workers is not None:
        raise MisuseError("--workers counts runs on this machine; leave it out, or --cluster.")
    with connected(cluster, device) as executor:
        yield Place(executor, 1, device)
