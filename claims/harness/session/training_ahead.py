"""Train the next experiments in worker processes while claims are judged."""

from __future__ import annotations

import dataclasses
import multiprocessing
import pickle
from collections import deque
from collections.abc import Iterable, MutableSequence
from concurrent.futures import Future, wait
from threading import Condition, Thread
from typing import Final

from claims.harness.errors import one_line
from claims.harness.session import training_job
from claims.harness.session.options import Options
from claims.harness.session.training_job import OtherModel, TrainedAhead, train_in_worker, without_rule
from claims.harness.workers import Processes
from tms import processors
from tms.experiment import Experiment
from tms.protocol import BrokenImplementation, Unsupported
from tms.training import ProgressReport, Trained

MOST_BYTES: Final = 2**28
"""Size of the results that no claim has asked for yet above which no further training begins."""

MOST_AT_A_TIME: Final = 8
"""Number of experiments that are trained side by side at most, because each needs memory of its own."""

_SECONDS_BETWEEN_REPORTS: Final = 0.1

_REFUSALS: Final = (BrokenImplementation, Unsupported)


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
        self._experiment, self.number = experiment, number
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
            if number == self.number and total:
                report(self._experiment.name, done, total)

    def refusal(self) -> Exception | None:
        """Return the error of the model that was to be trained, after the end of the training."""
        error = None if self.job.cancelled() else self.job.exception()
        return error if isinstance(error, _REFUSALS) else None

    def result(self) -> TrainedAhead:
        """Return what was trained, after the end of a training that succeeded."""
        found: TrainedAhead = pickle.loads(self.job.result())
        return dataclasses.replace(
            found, trained=dataclasses.replace(found.trained, experiment=self._experiment)
        )


class TrainingAhead:
    """Trains experiments in worker processes, before claims ask for them.

    In processes and not in threads, because training sets what all threads of a process share: filters of
    warnings, random generators, the number of torch's threads. The results are those of training in this
    process, as they depend on the experiment, the model, the engine and the kind of device alone.

    An experiment that has not begun when a claim asks for it is left to the claim, which trains it in its own
    process meanwhile. So are all experiments after any failure of a worker. An error of a model comes up
    again in the claim that asks for the experiment, and the others go on.

    Parameters
    ----------
    engine, device
        As for `tms.training.train`.
    other
        The model to train; None for this package's own.
    count
        Number of experiments that are trained at a time.
    threads
        Number of threads of each worker; None for as many as it likes.
    """

    def __init__(
        self,
        engine: str,
        device: str,
        *,
        other: OtherModel | None = None,
        count: int = 1,
        threads: int | None = None,
    ) -> None:
        self._engine, self._device, self._other = engine, device, other
        self._count, self._threads = count, threads
        self._changed = Condition()
        self._left: deque[Experiment] = deque()
        self._begun: dict[str, Pending] = {}
        self._number = self._active = 0
        self._problem: str | None = None
        self._workers: Processes | None = None
        self._feeding: list[Thread] = []

    def start(self, experiments: Iterable[Experiment]) -> None:
        """Start the workers, which import what they need and then begin with the first experiments.

        Where no process can be started, nothing is trained ahead.

        Parameters
        ----------
        experiments
            The experiments to train, in the order in which claims ask for them.
        """
        self._left = deque(experiments)
        if not self._left:
            return
        count = self._active = min(self._count, len(self._left))
        try:
            context = multiprocessing.get_context("spawn")
            progress = [context.RawArray("q", 3) for _ in range(count)]
            self._workers = Processes(
                count, threads=self._threads, prepare=training_job.prepare, prepared=(progress,)
            )
            expected = training_job.SOURCES
            ready = [self._workers.submit(training_job.check_sources, expected) for _ in range(count)]
        except (OSError, NotImplementedError, ImportError):  # ImportError: no semaphores
            self._left.clear()
            return
        self._feeding = [
            Thread(target=self._feed, args=(self._workers, place, progress[place], ready[place]), daemon=True)
            for place in range(count)
        ]
        for thread in self._feeding:
            thread.start()

    @property
    def at_a_time(self) -> int:
        """Number of experiments that are trained at a time; 0 if none is trained ahead."""
        return len(self._feeding)

    def begun(self, experiment: Experiment) -> Pending | None:
        """Hand over the training of an experiment to a claim.

        None if it has not begun; it will not begin any more, as the claim trains the experiment itself.
        """
        fingerprint = experiment.fingerprint()
        with self._changed:
            pending = self._begun.pop(fingerprint, None)
            if pending is None:
                self._left = deque(other for other in self._left if other.fingerprint() != fingerprint)
            self._changed.notify_all()
        return pending

    def end(self) -> list[Trained]:
        """End the workers at once, and return the results that no claim asked for."""
        with self._changed:
            self._left.clear()
            begun, self._begun = list(self._begun.values()), {}
            self._changed.notify_all()
        if self._workers is not None:
            self._workers.end_at_once()
            for thread in self._feeding:
                thread.join()
        return [pending.result().trained for pending in begun if pending.has_succeeded]

    def problem(self) -> str | None:
        """Say, once, why the training ahead has ended early; None if it has not."""
        problem, self._problem = self._problem, None
        return problem

    def _feed(
        self, workers: Processes, place: int, progress: MutableSequence[int], ready: Future[None]
    ) -> None:
        """Submit one experiment after another, each when the one before it has ended."""
        try:
            ready.result()
            while found := self._next(progress):
                try:
                    self._train(workers, place, *found)
                except _REFUSALS:
                    continue
        except BaseException as error:
            with self._changed:
                if self._left:
                    self._problem = f"nothing is trained ahead any more: {one_line(error)}"
                self._left.clear()
                self._changed.notify_all()
        finally:
            with self._changed:
                self._active -= 1
                is_last = self._active == 0
            if is_last:
                workers.shutdown(wait=False, cancel_futures=True)

    def _train(self, workers: Processes, place: int, experiment: Experiment, pending: Pending) -> None:
        """Train an experiment in a worker; raise the error that the claim will see, too."""
        try:
            job = workers.submit(
                train_in_worker,
                without_rule(experiment),
                self._engine,
                self._device,
                pending.number,
                place,
                self._other,
            )
            pending.job.set_result(job.result())
        except BaseException as error:
            pending.job.set_exception(error)
            raise

    def _next(self, progress: MutableSequence[int]) -> tuple[Experiment, Pending] | None:
        """Wait until there is room for another result; None if no experiment is left."""
        with self._changed:
            while self._left and sum(pending.size for pending in self._begun.values()) >= MOST_BYTES:
                self._changed.wait()
            if not self._left:
                return None
            experiment = self._left.popleft()
            self._number += 1
            pending = self._begun[experiment.fingerprint()] = Pending(experiment, self._number, progress)
            return experiment, pending


def training_ahead_of(options: Options) -> TrainingAhead:
    """Choose how a run trains ahead.

    This package's fused engine uses all processors for one experiment. The reference engine uses one, and
    so may any model of the user's; so they are trained side by side, with one thread each.
    """
    judged = options.implementation
    other = OtherModel.of(judged) if judged and judged.seam == "model" else None
    if options.device == "cpu" and (other or options.engine == "reference"):
        count, threads = min(processors.available(), MOST_AT_A_TIME), 1
    else:
        count, threads = 1, None
    return TrainingAhead(options.requested_engine, options.device, other=other, count=count, threads=threads)
