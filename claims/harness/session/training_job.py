"""The training of one experiment as a job for another process."""

from __future__ import annotations

import dataclasses
import io
import pickle
import warnings
from collections.abc import Iterable, MutableSequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from claims.harness.session import memory
from claims.harness.session.implementation import Implementation, find
from tms import sources, training
from tms.experiment import Experiment
from tms.protocol import ModelFactory
from tms.training import Trained

# Computed at import: the sources that are loaded, not those that a later edit leaves on disk.
SOURCES: Final = sources.digest()
"""Digest of the files of `tms` that this process has imported."""

_progress: list[MutableSequence[int]] = [[0, 0, 0]]
"""In a worker: for each training at a time its number, and the instance-steps done so far and in total."""


@dataclass(frozen=True)
class TrainedAhead:
    """What a worker trained.

    Parameters
    ----------
    trained
        The models.
    peak_bytes
        The memory that training took at its peak, as in `memory.peak`.
    caught
        The warnings on the way.
    """

    trained: Trained
    peak_bytes: int | None
    caught: tuple[warnings.WarningMessage, ...]


@dataclass(frozen=True)
class OtherModel:
    """A model of the user's, which each worker imports for itself.

    Parameters
    ----------
    spec
        File or module and function, as in `claims.harness.baselines.places.Judged`.
    base
        Folder that a path is relative to.
    digest
        SHA-256 of the file that the run has imported.
    """

    spec: str
    base: Path
    digest: str

    @classmethod
    def of(cls, implementation: Implementation) -> OtherModel:
        """Describe an implementation whose seam is "model"."""
        return cls(implementation.judged.spec, implementation.base, implementation.digest)

    def factory(self) -> ModelFactory:
        """Import the model; what its file prints and warns of has been shown by the run.

        Raises
        ------
        ImportError
            If the file has changed since the run imported it.
        pytest.UsageError
            If it cannot be imported here.
        """
        with warnings.catch_warnings(record=True), redirect_stdout(io.StringIO()):
            found = find("model", self.spec, self.base)
        if found.digest != self.digest:
            raise ImportError(f"{found.name} changed since this run began.")
        factory: ModelFactory = found.function
        return factory


def prepare(progress: Iterable[MutableSequence[int]]) -> None:
    """Prepare a worker, which writes its progress into one of these places."""
    _progress[:] = progress
    memory.freeze_loaded_objects()


def check_sources(expected: str) -> None:
    """Check that this process has imported the same code as the process that started it."""
    if expected != SOURCES:
        raise ImportError("files of tms changed since this run began.")


def without_rule(experiment: Experiment) -> Experiment:
    """Describe an experiment for a worker, without its rule of convergence, which may hold any function."""
    return dataclasses.replace(experiment, convergence=None)


def train_in_worker(
    experiment: Experiment,
    engine: str,
    device: str,
    number: int = 1,
    place: int = 0,
    other: OtherModel | None = None,
) -> bytes:
    """Train an experiment; this is the job.

    Parameters
    ----------
    experiment
        The experiment, without its rule of convergence.
    engine, device
        As for `tms.training.train`.
    number
        The number of the training, for the display of its progress.
    place
        Where it writes its progress, of the places that `prepare` got.
    other
        The model to train; None for this package's own.

    Returns
    -------
    bytes
        The pickled `TrainedAhead`.
    """
    shown = _progress[place]
    shown[:] = [number, 0, 0]

    def report(_: str, done: int, total: int) -> None:
        shown[1:] = [done, total]

    factory = _imported(other) if other else None
    with warnings.catch_warnings(record=True) as caught, memory.peak(device) as peak:
        warnings.simplefilter("default")
        trained = training.train(experiment, engine=engine, device=device, model=factory, progress=report)
    # As bytes: torch would hand tensors over in shared memory, of which containers have little.
    return pickle.dumps(TrainedAhead(trained, peak.bytes, tuple(caught)))


@cache
def _imported(other: OtherModel) -> ModelFactory:
    return other.factory()
