"""The results of a run, kept in results.json while it goes on."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from claims.harness.baselines.baseline import Key
from claims.harness.drawing.draw import PendingFigures
from claims.harness.floor.training import TrainingFloor
from claims.harness.judging.claim import SECTIONS, Claim
from claims.harness.judging.outcomes import Verdict
from claims.harness.records.results import Document, FigureError, Outcome, TrainedOnce, document_of
from claims.harness.records.results_file import ResultsFile
from claims.harness.session.baseline_check import BaselineCheck
from claims.harness.session.convergence_check import ConvergenceCheck
from claims.harness.session.junit_record import JUnitRecord
from claims.harness.session.recording import Recording
from claims.harness.session.trained_models import TrainedModels


class RunResults:
    """The outcomes of all selected claims, whether they have run or not.

    results.json and junit.xml are written before a claim is reported, so that no reported claim is lost,
    however the run ends. Figures are added when they exist.

    Parameters
    ----------
    path
        The results.json of the run.
    models
        The run's trained models.
    baseline_check
        The comparison with the baseline.
    convergence_check
        The evidence that models converged.
    junit
        The record of the session in junit.xml.
    """

    def __init__(
        self,
        path: Path,
        models: TrainedModels,
        baseline_check: BaselineCheck,
        convergence_check: ConvergenceCheck,
        junit: JUnitRecord,
    ) -> None:
        self.path = path
        self.outcomes: dict[Key, Outcome] = {}
        self.has_begun = False
        """Whether the test of any claim has begun."""
        self.is_writable = True
        """Whether the files could be written so far."""
        self.has_ended = False
        """Whether nothing more will be added."""
        self.training_floor: TrainingFloor | None = None
        """The least time that the training of the run needs; None as long as it is not known."""
        self._environment: dict[str, Any] = {}
        self._models = models
        self._baseline_check = baseline_check
        self._convergence_check = convergence_check
        self._experiments: dict[str, TrainedOnce] = {}
        self._file = ResultsFile(path)
        self._junit = junit
        self._figures: dict[Key, PendingFigures] = {}
        self._started = time.perf_counter()

    def begin(self, environment: Mapping[str, Any]) -> None:
        """Write the files for the first time, with every claim as not run.

        Parameters
        ----------
        environment
            The description of the run.

        Raises
        ------
        FileError
            If a file cannot be written.
        """
        self._environment = dict(environment)
        self.write()

    def select(self, key: Key, claim: Claim) -> None:
        """List a claim that is to run."""
        self.outcomes[key] = Outcome(claim=claim, test=key.test)

    def settle(self, recording: Recording, seconds: float, experiments: tuple[str, ...]) -> None:
        """Store the outcome of a claim's test, and write the files.

        Parameters
        ----------
        recording
            The recording of the test.
        seconds, experiments
            As for `Recording.outcome`.

        Raises
        ------
        FileError
            If a file cannot be written.
        """
        self._figures[recording.key] = recording.figures
        self.outcomes[recording.key] = recording.outcome(seconds, experiments)
        self.write()

    def write(self) -> Document:
        """Write the files, with the figures that are drawn by now; raises FileError if that fails."""
        self.is_writable = False
        document = self.document()
        self._file.write(document)
        self._junit.write(document, ended=self.has_ended)
        self.is_writable = True
        return document

    def document(self) -> Document:
        """Make the document of the run as far as it has come."""
        for key, figures in self._figures.items():
            paths = tuple(figures.paths())
            if paths != self.outcomes[key].figures:
                self.outcomes[key] = dataclasses.replace(self.outcomes[key], figures=paths)
        present = {outcome.claim.section for outcome in self.outcomes.values()}
        return document_of(
            list(self.outcomes.values()),
            complete=self.complete,
            environment={**self._environment, "seconds": round(self.seconds, 1)},
            sections={section: SECTIONS[section] for section in SECTIONS if section in present},
            experiments=[self._judged(experiment) for experiment in self._models.log],
            figure_errors=self.figure_errors(),
            training_floor=self.training_floor.entry() if self.training_floor else None,
        )

    def _judged(self, experiment: TrainedOnce) -> TrainedOnce:
        """Add the comparison with the baseline and the evidence of convergence, as soon as it is known."""
        shown = self._convergence_check.shown.get(experiment.name)
        known = self._experiments.get(experiment.name)
        if known is None or known.convergence != shown:
            [compared] = self._baseline_check.compared([experiment])
            self._experiments[experiment.name] = dataclasses.replace(compared, convergence=shown)
        return self._experiments[experiment.name]

    def figure_errors(self) -> list[FigureError]:
        """List the figures that could not be drawn so far."""
        return [
            FigureError(key.claim, key.test, name, error)
            for key, figures in self._figures.items()
            for name, error in figures.errors().items()
        ]

    def figure_warnings(self) -> dict[str, str]:
        """List the figures that were drawn with a warning, with the first one."""
        return {name: text for figures in self._figures.values() for name, text in figures.warnings().items()}

    @property
    def pending_figures(self) -> int:
        """Number of figures that are not drawn yet."""
        return sum(figures.pending for figures in self._figures.values())

    def wait_for_figures(self) -> None:
        """Wait until each figure is drawn or cannot be."""
        for figures in self._figures.values():
            figures.wait()

    def is_settled(self, key: Key) -> bool:
        """Whether the outcome of a claim's test is known."""
        return key in self._figures

    @property
    def settled(self) -> int:
        """Number of claims whose outcome is known."""
        return len(self._figures)

    @property
    def complete(self) -> bool:
        """Whether there are claims, and every selected one has run."""
        return 0 < self.settled == len(self.outcomes)

    @property
    def judged_none(self) -> bool:
        """Whether no claim has a verdict."""
        return all(outcome.verdict is Verdict.NOT_RUN for outcome in self.outcomes.values())

    @property
    def seconds(self) -> float:
        """Wall seconds since the run began."""
        return time.perf_counter() - self._started
