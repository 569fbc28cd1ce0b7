"""A Dask cluster behind the interface of `concurrent.futures`; its workers are checked before it gets jobs.

`distributed` is an optional package, which the extra `cluster` installs.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from functools import cache
from typing import Any, Final, ParamSpec, TypeVar

import torch

from claims.harness import outcome_code
from claims.harness.errors import MisuseError, one_line
from claims.harness.records import environment
from tms import __version__

P = ParamSpec("P")
T = TypeVar("T")

_SECONDS_TO_CONNECT: Final = 20
_PACKAGE: Final = "tms-replication"
_ABSENT: Final = "missing"


class ClusterExecutor(Executor):
    """Sends jobs to the workers of a Dask cluster.

    A job whose worker dies is repeated on another one. Each job checks the worker that gets it, as workers
    can join at any time.

    Parameters
    ----------
    client
        The client of the cluster, a `distributed.Client`.
    device
        The kind of device that the jobs train on, "cpu" or "cuda".
    """

    obstacle: str | None = None
    size: int | None = None
    """As for a `WorkerPool`; how many jobs run at a time is up to the cluster."""

    def __init__(self, client: Any, device: str) -> None:
        self._client, self._device = client, device
        self._jobs: Executor = client.get_executor(pure=False)

    def __str__(self) -> str:
        """Count the workers and their threads."""
        threads = self._client.nthreads()
        if not threads:
            return "a cluster without workers; jobs wait for the first one"
        workers = "1 worker" if len(threads) == 1 else f"{len(threads)} workers"
        return f"a cluster of {workers} with room for {sum(threads.values())} jobs at a time"

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Submit a job; its arguments are pickled.

        Parameters
        ----------
        work
            A function that the workers can import.
        *args, **kwargs
            The arguments of `work`.
        """
        # As bytes, in which Dask looks for nothing: it would make arrays of them that cannot be written to.
        job = pickle.dumps((work, args, kwargs))
        return self._jobs.submit(_checked, versions(self._device), self._device, job)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Submit no more jobs; cancel those that have not ended, unless they are to be waited for."""
        self._jobs.shutdown(wait=wait and not cancel_futures)

    def end_at_once(self) -> None:
        """Cancel all jobs; those that workers have begun run to their end, and nothing is done with them."""
        self._jobs.shutdown(wait=False)


@contextmanager
def connected(address: str, device: str, *, trains: bool = False) -> Iterator[ClusterExecutor]:
    """Connect to a cluster, and check what its workers run.

    Parameters
    ----------
    address
        The address of the scheduler, such as "tcp://10.0.0.1:8786".
    device
        The kind of device that the jobs train on, "cpu" or "cuda".
    trains
        Whether jobs train in the process of the worker itself, which must then do one job at a time, because
        training sets what all threads of a process share.

    Raises
    ------
    MisuseError
        If `distributed` is not installed, no scheduler answers, or a worker has other versions of this
        package or of those that compute, lacks the device, or does several jobs at a time where it must not.
    """
    try:
        from distributed import Client
    except ImportError:
        install = f'pip install "{_PACKAGE}[cluster]"'
        raise MisuseError(
            f"--cluster needs the package distributed, which is not installed: {install}."
        ) from None
    try:
        client = Client(address, timeout=_SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:  # TimeoutError is an OSError
        raise MisuseError(
            f"--cluster {address!r}: no Dask scheduler answers there: {one_line(error)}."
        ) from None
    with client:
        try:
            theirs = client.run(versions, device, on_error="return")
        except Exception as error:
            raise MisuseError(
                f"--cluster {address!r}: its workers cannot be asked: {one_line(error)}."
            ) from None
        several = [worker for worker, count in client.nthreads().items() if trains and count > 1]
        if refusal := _refusal(theirs, device) or _too_many_threads(several):
            raise MisuseError(f"--cluster {address!r}: {refusal}.")
        yield ClusterExecutor(client, device)


@cache
def versions(device: str) -> Mapping[str, str]:
    """Versions of everything that decides a result; of this package also the digest of its code.

    Parameters
    ----------
    device
        The kind of device that trains, "cpu" or "cuda".
    """
    has_device = device == "cpu" or torch.cuda.is_available()
    found = environment.versions(device if has_device else "cpu")
    found["python"] = ".".join(found["python"].split(".")[:2])  # all of 3.12 compute and pickle alike
    code = outcome_code.digest()[:12]
    return {**found, device: "there" if has_device else _ABSENT, _PACKAGE: f"{__version__}, code {code}"}


def _refusal(theirs: Mapping[str, Mapping[str, str] | Exception], device: str) -> str | None:
    """Say which worker cannot take part; None if all can."""
    for worker, found in theirs.items():
        if isinstance(found, Exception):
            return f"the worker {worker} cannot say what it runs: {one_line(found)}"
        if unlike := _differences(versions(device), found):
            return f"the worker {worker} has {unlike}; install the same versions there and start it again"
    return None


def _too_many_threads(workers: list[str]) -> str | None:
    if not workers:
        return None
    return f"the worker {workers[0]} trains several models at a time; start its workers with --nthreads 1"


def _differences(expected: Mapping[str, str], found: Mapping[str, str]) -> str:
    """List the packages whose versions differ from the expected ones."""
    return ", ".join(
        f"{name} {found.get(name, _ABSENT)} (here {version})"
        for name, version in expected.items()
        if found.get(name) != version
    )


def _checked(expected: Mapping[str, str], device: str, job: bytes) -> Any:
    """Do a job on a worker, unless its versions are not those of the process that sent it."""
    if unlike := _differences(expected, versions(device)):
        raise MisuseError(f"a worker that joined later has {unlike}")
    work, args, kwargs = pickle.loads(job)
    return work(*args, **kwargs)
