"""Worker processes behind the interface of `concurrent.futures`; they know nothing of their jobs."""

from claims.harness.workers.pool import WorkerPool, worker_count
from claims.harness.workers.processes import Processes
from claims.harness.workers.threads import environment_of_threads

__all__ = ["Processes", "WorkerPool", "environment_of_threads", "worker_count"]
