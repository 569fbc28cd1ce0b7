"""A Dask cluster behind the interface of `concurrent.futures`; its workers are checked before it gets jobs.

`distributed` is an optional package, which the extra `cluster` installs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from functools import cache
from typing import Any, Final, ParamSpec, TypeVar

from claims.harness import outcome_code
from claims.harness.errors import MisuseError, one_line
from claims.harness.records import environment
from tms import __version__

P = ParamSpec("P")
T = TypeVar("T")

_SECONDS_TO_CONNECT: Final = 20
_PACKAGE: Final = "tms-replication"


class ClusterExecutor(Executor):
    """Sends jobs to the workers of a Dask cluster.

    A job whose worker dies is repeated on another one. Workers that join later are checked with each job.

    Parameters
    ----------
    client
        The client of the cluster, a `distributed.Client`.
    """

    obstacle: str | None = None
    size: int | None = None
    """As for a `WorkerPool`; how many jobs run at a time is up to the cluster."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._jobs: Executor = client.get_executor(pure=False)

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Submit a job; its arguments are pickled.

        Parameters
        ----------
        work
            A function that the workers can import.
        *args, **kwargs
            The arguments of `work`.
        """
        return self._jobs.submit(_checked, versions(), work, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Submit no more jobs; cancel those that have not ended, unless they are to be waited for."""
        self._jobs.shutdown(wait=wait and not cancel_futures)

    def end_at_once(self) -> None:
        """Cancel all jobs; those that workers have begun run to their end, and nothing is done with them."""
        self._jobs.shutdown(wait=False)


@contextmanager
def connected(address: str) -> Iterator[ClusterExecutor]:
    """Connect to a cluster, and check what its workers run.

    Parameters
    ----------
    address
        The address of the scheduler, such as "tcp://10.0.0.1:8786".

    Raises
    ------
    MisuseError
        If `distributed` is not installed, no scheduler answers, or a worker has other versions of this
        package or of those that compute.
    """
    try:
        from distributed import Client
    except ImportError:
        install = f'pip install "{_PACKAGE}[cluster]"'
        raise MisuseError(f"--cluster needs the package distributed; to install it: {install}") from None
    try:
        client = Client(address, timeout=_SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:  # TimeoutError is an OSError
        raise MisuseError(
            f"--cluster {address!r}: no Dask scheduler answers there: {one_line(error)}."
        ) from None
    with client:
        try:
            theirs = client.run(versions, on_error="return")
        except Exception as error:
            raise MisuseError(
                f"--cluster {address!r}: its workers cannot be asked: {one_line(error)}."
            ) from None
        if refusal := _refusal(theirs):
            raise MisuseError(f"--cluster {address!r}: {refusal}.")
        yield ClusterExecutor(client)


@cache
def versions() -> Mapping[str, str]:
    """Versions of everything that decides a result; of this package also the digest of its code."""
    found = environment.versions("cpu")
    found["python"] = ".".join(found["python"].split(".")[:2])  # all of 3.12 compute and pickle alike
    return {**found, _PACKAGE: f"{__version__}, code {outcome_code.digest()[:12]}"}


def _refusal(theirs: Mapping[str, Mapping[str, str] | Exception]) -> str | None:
    """Say which worker cannot take part; None if all can."""
    for worker, found in theirs.items():
        if isinstance(found, Exception):
            return f"the worker {worker} cannot say what it runs: {one_line(found)}"
        if unlike := _differences(found):
            return f"the worker {worker} has {unlike}; install the same versions there"
    return None


def _differences(theirs: Mapping[str, str]) -> str:
    """List the packages whose versions differ from this process's."""
    return ", ".join(
        f"{name} {theirs.get(name, 'missing')} (here {version})"
        for name, version in versions().items()
        if theirs.get(name) != version
    )


def _checked(
    expected: Mapping[str, str], work: Callable[..., T], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> T:
    """Do a job on a worker, unless its versions are not those of the process that sent it."""
    here = versions()
    if unlike := [f"{name} {here.get(name)}" for name in expected if here.get(name) != expected[name]]:
        raise MisuseError(f"a worker that joined later has other versions: {', '.join(unlike)}")
    return work(*args, **kwargs)
