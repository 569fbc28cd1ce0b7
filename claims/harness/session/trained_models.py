"""The `trained` fixture: train an experiment once a run, and share it between claims."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import torch
from safetensors import SafetensorError

from claims.harness.baselines.losses import Losses
from claims.harness.baselines.twins import twins_of
from claims.harness.errors import ImplementationError, one_line
from claims.harness.records.results import TrainedOnce
from claims.harness.report.terminal import Display
from claims.harness.session import memory
from claims.harness.session.options import Options
from tms import sources, training
from tms.experiment import Experiment
from tms.protocol import BrokenImplementation, Unsupported
from tms.training import Trained

SOURCES: Final = sources.digest()
"""What the trained models of this process came from, as far as code goes."""

INDEPENDENT: Final = "it does not depend on the implementation that is judged"
"""Why a claim is not run for another implementation."""

Factory = Callable[[str], Experiment]
"""A function of `tms.paper`: profile in, experiment out."""


class Experiments:
    """Trains what claims ask for; each experiment once a run.

    Parameters
    ----------
    options
        Profile, engine, device and seed of the run, and whether to reuse stored models.
    display
        Told how training goes.
    """

    def __init__(self, options: Options, display: Display) -> None:
        self._options = options
        self._display = display
        self._trained: dict[str, Trained] = {}
        self._refused: dict[str, BrokenImplementation | Unsupported] = {}
        self.log: list[TrainedOnce] = []
        self._asked: list[str] = []
        self.seconds = 0.0
        self.uses = 0

    def asked_since(self) -> tuple[str, ...]:
        """Name the experiments asked for since this was last called, once each."""
        names = tuple(dict.fromkeys(self._asked))
        self._asked.clear()
        return names

    def __call__(self, factory: Factory) -> Trained:
        """Train an experiment of the paper, or hand out what an earlier claim trained.

        Parameters
        ----------
        factory
            A function of `tms.paper`; called with the run's profile.

        Raises
        ------
        tms.experiment.InvalidExperiment
            If the experiment is not valid, before anything is trained.
        ValueError
            If its name belongs to another experiment of this run, which would share its random streams.
        claims.harness.errors.ImplementationError
            If another implementation that is being judged could not train it.
        """
        self.uses += 1
        experiment = self._of_this_run(factory)
        self._asked.append(experiment.name)
        fingerprint = experiment.fingerprint()
        if fingerprint not in self._trained:
            if any(other.experiment.name == experiment.name for other in self._trained.values()):
                raise ValueError(
                    f"two different experiments are named {experiment.name!r}; names must be unique."
                )
            started = time.perf_counter()
            try:
                self._trained[fingerprint] = self._judged(experiment, fingerprint)
            finally:
                self.seconds += time.perf_counter() - started
        return self._trained[fingerprint]

    def described(self, factory: Factory) -> Experiment:
        """Describe an experiment of the paper as this run has it, for a claim that trains by itself.

        Such a claim says nothing of another implementation, and is not run for one.
        """
        if self._options.implementation:
            pytest.skip(INDEPENDENT)
        return self._of_this_run(factory)

    @property
    def device(self) -> str:
        """Kind of device that the run trains on."""
        return self._options.device

    def _of_this_run(self, factory: Factory) -> Experiment:
        return factory(self._options.profile).with_run_seed(self._options.seed)

    def _judged(self, experiment: Experiment, fingerprint: str) -> Trained:
        judged = self._options.implementation
        if judged is None:
            return self._obtain(experiment)
        try:
            if fingerprint in self._refused:
                raise self._refused[fingerprint]
            return self._obtain(experiment)
        except Unsupported as error:
            self._refused[fingerprint] = error
            why = one_line(error).partition(": ")[2] or "it lacks what the experiment needs"
            pytest.skip(f"{judged.name} does not support {experiment.name}: {why}")
        except BrokenImplementation as error:
            self._refused[fingerprint] = error
            raise ImplementationError(f"{judged.name} on {experiment.name}: {error}") from error

    def _obtain(self, experiment: Experiment) -> Trained:
        path = self._options.root / ".cache" / f"{self._key(experiment)}.safetensors"
        trained = self._stored(path, experiment) if self._options.reuse else None
        reused = trained is not None
        peak = memory.Peak()
        if trained is None:
            with self._display.training(experiment) as progress, memory.peak(self._options.device) as peak:
                trained = training.train(
                    experiment,
                    engine=self._options.requested_engine,
                    device=self._options.device,
                    progress=progress,
                    **self._seam(),
                )
            if self._options.reuse:
                self._store(path, trained)
        self.log.append(
            TrainedOnce(
                name=experiment.name,
                description=experiment.describe(),
                seconds=trained.seconds,
                instance_steps_per_second=experiment.n_instances
                * experiment.steps
                / max(trained.seconds, 1e-9),
                engine=trained.engine,
                device=trained.device,
                reused=reused,
                peak_bytes=peak.bytes,
                coordinates={name: values.tolist() for name, values in experiment.coordinates.items()},
                losses=self._losses(trained),
            )
        )
        self._display.trained(self.log[-1])
        return trained

    def _seam(self) -> dict[str, Any]:
        judged = self._options.implementation
        return {judged.seam: judged.function} if judged else {}

    def _losses(self, trained: Trained) -> Losses:
        losses = Losses.of(trained)
        if not self._options.update_baselines:
            return losses
        return losses.with_twins(
            training.train(twin, engine=self._options.requested_engine, device=self._options.device)
            for twin in twins_of(trained.experiment)
        )

    def _store(self, path: Path, trained: Trained) -> None:
        try:
            trained.save(path)
        except (OSError, SafetensorError) as error:
            self._display.line(f"{trained.experiment.name} cannot be stored for reuse: {one_line(error)}")

    def _stored(self, path: Path, experiment: Experiment) -> Trained | None:
        if not path.is_file():
            return None
        try:
            return Trained.load(path, experiment, self._options.engine, self._options.device)
        except (OSError, KeyError, ValueError, RuntimeError, SafetensorError) as error:
            self._display.line(
                f"{experiment.name} is trained anew, as {path.name} is damaged: {one_line(error)}"
            )
            return None

    def _key(self, experiment: Experiment) -> str:
        asked = (
            experiment.fingerprint(),
            self._options.requested_engine,
            self._options.device,
            torch.__version__,
            SOURCES,
        )
        return hashlib.sha256("\n".join(asked).encode()).hexdigest()[:32]
