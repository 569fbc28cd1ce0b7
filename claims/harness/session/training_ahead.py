"""Train the next experiments in a worker process while claims are judged."""

from __future__ import annotations

import dataclasses
import multiprocessing
import pickle
import warnings
from collections import deque
from collections.abc import Iterable, MutableSequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Final

from claims.harness.errors import one_line
from claims.harness.session import memory
from claims.harness.workers import Processes
from tms import sources, training
from tms.experiment import Experiment
from tms.training import ProgressReport, Trained

MOST_BYTES: Final = 2**28
"""Size of the results that no claim has asked for yet above which no further training begins."""

_SECONDS_BETWEEN_REPORTS: Final = 0.1

# Computed at import: the sources that are loaded, not those that a later edit leaves on disk.
_SOURCES: Final = sources.digest()


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


class Pending:
    """The training of an experiment that is left to a worker.

    Parameters
    ----------
    experiment
        The experiment.
    number
        The number of the training, from 1.
    progress
        The memory in which the worker writes the number of its training, and the instance-steps done so far
        and in total; by default nobody writes.
    job
        The pickled result; by default one that is set later.
    """

    def __init__(
        self,
        experiment: Experiment,
        number: int = 1,
        progress: MutableSequence[int] | None = None,
        job: Future[bytes] | None = None,
    ) -> None:
        self._experiment, self._number = experiment, number
        self._progress = [0, 0, 0] if progress is None else progress
        self.job: Future[bytes] = Future() if job is None else job
        """The pickled result."""

    @property
    def size(self) -> int:
        """Number of bytes of the result; 0 as long as there is none."""
        return len(self.job.result()) if self.has_succeeded else 0

    @property
    def has_succeeded(self) -> bool:
        """Whether there is a result."""
        return self.job.done() and not self.job.cancelled() and self.job.exception() is None

    def wait(self, report: ProgressReport) -> None:
        """Wait for the end of the training, and report its progress."""
        while not wait([self.job], _SECONDS_BETWEEN_REPORTS).done:
            number, done, total = self._progress
            if number == self._number and total:
                report(self._experiment.name, done, total)

    def result(self) -> TrainedAhead:
        """Return what was trained, after the end of a training that succeeded."""
        found: TrainedAhead = pickle.loads(self.job.result())
        return dataclasses.replace(
            found, trained=dataclasses.replace(found.trained, experiment=self._experiment)
        )


class TrainingAhead:
    """Trains experiments one after another in a worker process, before claims ask for them.

    In a process and not in a thread, because training sets what all threads of a process share: filters of
    warnings, random generators, the number of torch's threads. The results are those of training in this
    process, as they depend on the experiment, the engine and the kind of device alone.

    An experiment that has not begun when a claim asks for it is left to the claim, which trains it in its own
    process meanwhile. So are all experiments after any failure of the worker. An error of an experiment comes
    up again in the claim that asks for it.

    Parameters
    ----------
    engine, device
        As for `tms.training.train`.
    """

    def __init__(self, engine: str, device: str) -> None:
        self._engine, self._device = engine, device
        self._changed = Condition()
        self._left: deque[Experiment] = deque()
        self._begun: dict[str, Pending] = {}
        self._problem: str | None = None
        self._workers: Processes | None = None
        self._feeding: Thread | None = None

    def start(self, experiments: Iterable[Experiment]) -> None:
        """Start the worker, which imports what it needs and then begins with the first experiment.

        Where no process can be started, nothing is trained ahead.

        Parameters
        ----------
        experiments
            The experiments to train, in the order in which claims ask for them.
        """
        self._left = deque(experiments)
        if not self._left:
            return
        try:
            progress = multiprocessing.get_context("spawn").RawArray("q", 3)
            self._workers = Processes(1, prepare=_prepare, prepared=(progress,))
            ready = self._workers.submit(_check_sources, _SOURCES)
        except (OSError, NotImplementedError, ImportError):  # ImportError: no semaphores
            self._left.clear()
            return
        self._feeding = Thread(target=self._feed, args=(self._workers, progress, ready), daemon=True)
        self._feeding.start()

    def begun(self, experiment: Experiment) -> Pending | None:
        """Hand over the training of an experiment to a claim.

        None if it has not begun; it will not begin any more, as the claim trains the experiment itself.
        """
        fingerprint = experiment.fingerprint()
        with self._changed:
            pending = self._begun.pop(fingerprint, None)
            if pending is None:
                self._left = deque(other for other in self._left if other.fingerprint() != fingerprint)
            self._changed.notify()
        return pending

    def end(self) -> list[Trained]:
        """End the worker at once, and return the results that no claim asked for."""
        with self._changed:
            self._left.clear()
            begun, self._begun = list(self._begun.values()), {}
            self._changed.notify()
        if self._workers is not None and self._feeding is not None:
            self._workers.end_at_once()
            self._feeding.join()
        return [pending.result().trained for pending in begun if pending.has_succeeded]

    def problem(self) -> str | None:
        """Say, once, why the training ahead has ended early; None if it has not."""
        problem, self._problem = self._problem, None
        return problem

    def _feed(self, workers: Processes, progress: MutableSequence[int], ready: Future[None]) -> None:
        """Submit one experiment after another, each when the one before it has ended."""
        number = 0
        try:
            ready.result()
            while found := self._next(number := number + 1, progress):
                experiment, pending = found
                try:
                    sent = without_rule(experiment)
                    job = workers.submit(train_in_worker, sent, self._engine, self._device, number)
                    pending.job.set_result(job.result())
                except BaseException as error:
                    pending.job.set_exception(error)
                    raise
        except BaseException as error:
            with self._changed:
                if self._left:
                    self._problem = f"nothing is trained ahead any more: {one_line(error)}"
                self._left.clear()
        finally:
            workers.shutdown(wait=False, cancel_futures=True)

    def _next(self, number: int, progress: MutableSequence[int]) -> tuple[Experiment, Pending] | None:
        """Wait until there is room for another result; None if no experiment is left."""
        with self._changed:
            while self._left and sum(pending.size for pending in self._begun.values()) >= MOST_BYTES:
                self._changed.wait()
            if not self._left:
                return None
            experiment = self._left.popleft()
            pending = self._begun[experiment.fingerprint()] = Pending(experiment, number, progress)
            return experiment, pending


_progress: MutableSequence[int] = [0, 0, 0]
"""In a worker: the number of the training, and the instance-steps done so far and in total."""


def _prepare(progress: MutableSequence[int]) -> None:
    global _progress
    _progress = progress
    memory.freeze_loaded_objects()


def _check_sources(expected: str) -> None:
    """Check that the worker has imported the same code as the process that started it."""
    if expected != _SOURCES:
        raise ImportError("files of tms changed since this run began.")


def without_rule(experiment: Experiment) -> Experiment:
    """Describe an experiment for a worker, without its rule of convergence, which may hold any function."""
    return dataclasses.replace(experiment, convergence=None)


def train_in_worker(experiment: Experiment, engine: str, device: str, number: int = 1) -> bytes:
    """Train an experiment; this is the job.

    Parameters
    ----------
    experiment
        The experiment, without its rule of convergence.
    engine, device
        As for `tms.training.train`.
    number
        The number of the training, for the display of its progress.

    Returns
    -------
    bytes
        The pickled `TrainedAhead`.
    """
    _progress[:] = [number, 0, 0]

    def report(_: str, done: int, total: int) -> None:
        _progress[1:] = [done, total]

    with warnings.catch_warnings(record=True) as caught, memory.peak(device) as peak:
        warnings.simplefilter("default")
        trained = training.train(experiment, engine=engine, device=device, progress=report)
    # As bytes: torch would hand tensors over in shared memory, of which containers have little.
    return pickle.dumps(TrainedAhead(trained, peak.bytes, tuple(caught)))
