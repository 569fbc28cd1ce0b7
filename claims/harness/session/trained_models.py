"""The `trained` fixture: train each experiment once a run, and share its models between claims."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Set
from concurrent.futures import Executor
from typing import Any

import pytest

from claims.harness.baselines.losses import Losses
from claims.harness.baselines.twins import twins_of
from claims.harness.records.results import TrainedOnce
from claims.harness.session import memory
from claims.harness.session.model_cache import ModelCache
from claims.harness.session.options import Options
from claims.harness.session.other_implementation import INDEPENDENT, GuardedTraining
from claims.harness.session.progress import TrainingDisplay
from claims.harness.session.training_ahead import Pending, TrainingAhead, training_ahead_of
from claims.harness.session.training_on_cluster import TrainingOnCluster
from tms import training
from tms.analysis import convergence
from tms.experiment import Experiment
from tms.paper import ExperimentFactory
from tms.protocol import BrokenImplementation, Unsupported
from tms.training import Trained

Train = Callable[[Experiment], Trained]


class TrainedModels:
    """The trained models of a run.

    Parameters
    ----------
    options
        The parsed options.
    display
        The display of training in the terminal.
    """

    def __init__(self, options: Options, display: TrainingDisplay) -> None:
        self._options = options
        self._display = display
        self._cache = ModelCache(options)
        self._guarded = GuardedTraining(options.implementation)
        self._executor: Executor | None = None
        self._ahead: TrainingAhead | TrainingOnCluster = training_ahead_of(options)
        self._trained: dict[str, Trained] = {}
        self._own_loops: dict[str, Train] = {}
        self.log: list[TrainedOnce] = []
        """What each training took, in order."""
        self.requested: list[str] = []
        """Names of the experiments that claims asked for, in order, with repetitions."""
        self.seconds = 0.0
        """Wall seconds that claims waited for training."""

    def __call__(self, factory: ExperimentFactory) -> Trained:
        """Train an experiment of the paper, or return what was trained for an earlier claim.

        Parameters
        ----------
        factory
            A function of `tms.paper`; it is called with the run's profile.

        Raises
        ------
        tms.experiment.InvalidExperiment
            If the experiment is not valid, before anything is trained.
        ValueError
            If another experiment of this run has the same name and would share its random streams.
        claims.harness.errors.ImplementationError
            If another implementation that is being judged could not train it.
        """
        return self._once(self._of_this_run(factory), self._obtain)

    def train_on(self, executor: Executor) -> None:
        """Let a cluster train; what it cannot begin ahead is divided among its workers when a claim asks.

        Parameters
        ----------
        executor
            The executor, each of whose workers does one job at a time.
        """
        self._executor = executor
        self._ahead = TrainingOnCluster(executor, self._options.requested_engine, self._options.device)

    def train_ahead(self, experiments: Iterable[Experiment]) -> None:
        """Train experiments in other processes while claims are judged; a trainer of the user's trains here.

        Parameters
        ----------
        experiments
            The experiments, in the order in which claims ask for them.
        """
        self._ahead.start([each for each in experiments if not self._cache.holds(each)])

    def end_training_ahead(self) -> None:
        """End the training ahead at once; what it has finished is stored for a later run that reuses it."""
        for trained in self._ahead.end():
            self._display.problem(self._cache.store(trained))

    def by_itself(self, factory: ExperimentFactory, train: Train) -> Trained:
        """Train an experiment of the paper with a training loop of its own, once a run.

        A claim about such models says nothing about another implementation, and is skipped when one is
        judged.

        Parameters
        ----------
        factory
            A function of `tms.paper`; it is called with the run's profile.
        train
            The training loop. It also trains the experiment twice as long where baselines are written.

        Raises
        ------
        tms.experiment.InvalidExperiment, ValueError
            As for trained experiments without a loop of their own.
        """
        if self._options.implementation:
            pytest.skip(INDEPENDENT)
        experiment = self._of_this_run(factory)
        self._own_loops[experiment.name] = train
        return self._once(experiment, lambda asked: self._by_its_own_loop(asked, train))

    @property
    def trains_side_by_side(self) -> bool:
        """Whether several experiments are trained at a time, so that their seconds add up to no wall time."""
        return isinstance(self._ahead, TrainingAhead) and self._ahead.at_a_time > 1

    @property
    def by_name(self) -> Mapping[str, Trained]:
        """The experiments that were trained so far."""
        return {trained.experiment.name: trained for trained in self._trained.values()}

    @property
    def own_loops(self) -> Set[str]:
        """Names of the experiments that a training loop of their own trained."""
        return self._own_loops.keys()

    def losses_of(self, name: str) -> Losses:
        """Losses of an experiment that was trained."""
        return next(entry.losses for entry in self.log if entry.name == name)

    def twice_as_long(self, trained: Trained) -> Trained:
        """Train an experiment of this run again, for twice as many steps; nothing is kept."""
        experiment = convergence.doubled(trained.experiment)
        started = time.perf_counter()
        try:
            if loop := self._own_loops.get(experiment.name):
                return loop(experiment)
            return self._shown(experiment)
        finally:
            self.seconds += time.perf_counter() - started

    @property
    def device(self) -> str:
        """The kind of device that the run trains on, "cpu" or "cuda"."""
        return self._options.device

    def _of_this_run(self, factory: ExperimentFactory) -> Experiment:
        return factory(self._options.profile).with_run_seed(self._options.seed)

    def _once(self, experiment: Experiment, obtain: Train) -> Trained:
        self.requested.append(experiment.name)
        fingerprint = experiment.fingerprint()
        if fingerprint not in self._trained:
            if any(other.experiment.name == experiment.name for other in self._trained.values()):
                raise ValueError(
                    f"two different experiments are named {experiment.name!r}; names must be unique."
                )
            started = time.perf_counter()
            try:
                self._trained[fingerprint] = self._guarded(experiment, obtain)
            finally:
                self.seconds += time.perf_counter() - started
        return self._trained[fingerprint]

    def _obtain(self, experiment: Experiment) -> Trained:
        """Load an experiment's models from the cache, or train them; log what that took."""
        stored, problem = self._cache.find(experiment)
        self._display.problem(problem)
        if stored is not None:
            self._log(stored, peak_bytes=None, reused=True)
            return stored
        pending = self._ahead.begun(experiment)
        found = self._awaited(experiment, pending) if pending else None
        self._display.problem(self._ahead.problem())
        if found is None:
            found = self._measured(experiment, lambda progress: self._train(experiment, progress=progress))
        trained, peak_bytes = found
        self._display.problem(self._cache.store(trained))  # before its twins train, which takes as long
        self._log(trained, peak_bytes=peak_bytes, reused=False)
        return trained

    def _by_its_own_loop(self, experiment: Experiment, train: Train) -> Trained:
        trained, peak_bytes = self._measured(experiment, lambda _: train(experiment))
        self._log(trained, peak_bytes=peak_bytes, reused=False)
        return trained

    def _awaited(self, experiment: Experiment, pending: Pending) -> tuple[Trained, int | None] | None:
        """Wait for an experiment that is trained ahead; None if that fails."""
        if not pending.job.done():
            with self._display.training(experiment) as progress:
                pending.wait(progress)
        if refusal := pending.refusal():
            raise refusal
        if not pending.has_succeeded:
            return None
        found = pending.result()
        for each in found.caught:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
        if found.trained.difference:
            self._display.difference(experiment.name, found.trained.difference)
        return found.trained, found.peak_bytes

    def _measured(
        self, experiment: Experiment, train: Callable[[Any], Trained]
    ) -> tuple[Trained, int | None]:
        """Train with a display of progress, and measure the peak of memory in bytes."""
        with self._display.training(experiment) as progress, memory.peak(self._options.device) as peak:
            trained = train(progress)
        return trained, peak.bytes

    def _shown(self, experiment: Experiment) -> Trained:
        with self._display.training(experiment) as progress:
            return self._train(experiment, progress=progress)

    def _train(self, experiment: Experiment, **settings: Any) -> Trained:
        options, judged = self._options, self._options.implementation
        other: dict[str, Any] = {judged.seam: judged.function} if judged else {}
        return training.train(
            experiment,
            engine=options.requested_engine,
            device=options.device,
            on_difference=lambda difference: self._display.difference(experiment.name, difference),
            executor=self._executor,
            **other,
            **settings,
        )

    def _log(self, trained: Trained, *, peak_bytes: int | None, reused: bool) -> None:
        experiment = trained.experiment
        steps = experiment.n_instances * experiment.steps
        entry = TrainedOnce(
            name=experiment.name,
            description=experiment.describe(),
            seconds=trained.seconds,
            instance_steps_per_second=steps / max(trained.seconds, 1e-9),
            engine=trained.engine,
            device=trained.device,
            difference=trained.difference,
            reused=reused,
            peak_bytes=peak_bytes,
            coordinates={name: values.tolist() for name, values in experiment.coordinates.items()},
            losses=self._losses(trained),
        )
        self.log.append(entry)
        self._display.trained(entry)

    def _losses(self, trained: Trained) -> Losses:
        losses = Losses.of(trained)
        if not self._options.update_baselines:
            return losses
        train = self._own_loops.get(trained.experiment.name, self._shown)
        try:
            return losses.with_twins(train(twin) for twin in twins_of(trained.experiment))
        except (BrokenImplementation, Unsupported):
            return losses  # another implementation need not train every experiment that twins ask for
