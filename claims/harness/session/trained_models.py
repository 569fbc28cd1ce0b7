"""The `trained` fixture: train each experiment once a run, and share its models between claims."""

from __future__ import annotations

import time
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
from tms import training
from tms.experiment import Experiment
from tms.paper import ExperimentFactory
from tms.training import Trained


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
        self._trained: dict[str, Trained] = {}
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
        experiment = self._of_this_run(factory)
        self.requested.append(experiment.name)
        fingerprint = experiment.fingerprint()
        if fingerprint not in self._trained:
            if any(other.experiment.name == experiment.name for other in self._trained.values()):
                raise ValueError(
                    f"two different experiments are named {experiment.name!r}; names must be unique."
                )
            started = time.perf_counter()
            try:
                self._trained[fingerprint] = self._guarded(experiment, self._obtain)
            finally:
                self.seconds += time.perf_counter() - started
        return self._trained[fingerprint]

    def described(self, factory: ExperimentFactory) -> Experiment:
        """Describe an experiment of the paper for a claim that trains by itself.

        The description has the profile and the seed of the run. Such a claim says nothing about another
        implementation, and is skipped when one is judged.
        """
        if self._options.implementation:
            pytest.skip(INDEPENDENT)
        return self._of_this_run(factory)

    @property
    def device(self) -> str:
        """The kind of device that the run trains on, "cpu" or "cuda"."""
        return self._options.device

    def _of_this_run(self, factory: ExperimentFactory) -> Experiment:
        return factory(self._options.profile).with_run_seed(self._options.seed)

    def _obtain(self, experiment: Experiment) -> Trained:
        """Load an experiment's models from the cache, or train them; log what that took."""
        stored, problem = self._cache.find(experiment)
        self._display.problem(problem)
        if stored is not None:
            self._log(stored, peak_bytes=None, reused=True)
            return stored
        judged = self._options.implementation
        other: dict[str, Any] = {judged.seam: judged.function} if judged else {}
        with self._display.training(experiment) as progress, memory.peak(self._options.device) as peak:
            trained = training.train(
                experiment,
                engine=self._options.requested_engine,
                device=self._options.device,
                progress=progress,
                **other,
            )
        self._display.problem(self._cache.store(trained))
        self._log(trained, peak_bytes=peak.bytes, reused=False)
        return trained

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
        return losses.with_twins(
            training.train(twin, engine=self._options.requested_engine, device=self._options.device)
            for twin in twins_of(trained.experiment)
        )
