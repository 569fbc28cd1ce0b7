"""How pytest runs the test of a claim: recorded, judged, and on disk before it is reported."""

from __future__ import annotations

import time
from collections.abc import Generator
from concurrent.futures import Executor
from pathlib import Path
from typing import Final

import pytest

from claims.harness.errors import ClaimError, ImplementationError, one_line
from claims.harness.files import FileError, printable
from claims.harness.session.baseline_check import BaselineCheck
from claims.harness.session.collection import claim_of
from claims.harness.session.convergence_check import ConvergenceCheck
from claims.harness.session.options import Options
from claims.harness.session.other_implementation import INDEPENDENT
from claims.harness.session.output_folder import OutputFolder
from claims.harness.session.recording import Recording
from claims.harness.session.run_results import RunResults
from claims.harness.session.trained_models import TrainedModels
from tms.analysis.nothing_to_measure import NothingToMeasure

RECORDING: Final = pytest.StashKey[Recording]()


class ClaimTests:
    """The pytest plugin that judges claims.

    Parameters
    ----------
    config
        The pytest session's config.
    options
        The parsed options.
    models
        The run's trained models.
    baseline_check
        The comparison with the baseline.
    convergence_check
        The evidence that models converged.
    results
        The results of the run.
    folder
        The run's output folder.
    pool
        The workers that draw figures.
    """

    def __init__(
        self,
        config: pytest.Config,
        options: Options,
        models: TrainedModels,
        baseline_check: BaselineCheck,
        convergence_check: ConvergenceCheck,
        results: RunResults,
        folder: OutputFolder,
        pool: Executor,
    ) -> None:
        self._options = options
        self._models = models
        self._baseline_check = baseline_check
        self._convergence_check = convergence_check
        self._results = results
        self._folder = folder
        self._pool = pool
        self._traceback_style: str = config.option.tbstyle
        # When the current test began, and how much training there had been by then.
        self._started = 0.0
        self._training = 0.0
        self._requested = 0

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Record the test of a claim."""
        if claim := claim_of(item):
            self._results.has_begun = True
            options = self._options
            item.stash[RECORDING] = Recording(
                claim,
                item.name,
                options.output,
                options.earlier_run,
                self._pool,
                lenient=options.is_lenient,
            )
            self._started, self._training = time.perf_counter(), self._models.seconds
            self._requested = len(self._models.requested)
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Judge a claim as soon as its test has returned."""
        recording = item.stash.get(RECORDING, None)
        if recording is None:
            return (yield)
        result: object = None
        try:
            result = yield
        except NothingToMeasure as error:
            recording.measure.give_up(printable(str(error)))
        except (Exception, pytest.fail.Exception) as error:
            self._list_figures(recording)
            recording.break_off(error)
            raise
        if self._options.implementation and len(self._models.requested) == self._requested:
            pytest.skip(INDEPENDENT)
        self._list_figures(recording)
        doubts = self._convergence_check.doubts(self._experiments())
        # A statement about the paper needs models that converged. Another implementation is asked whether it
        # shows what the paper says, and its training is part of the answer.
        is_ours = self._options.implementation is None
        recording.conclude(
            self._baseline_check.baseline,
            doubts=doubts if is_ours else (),
            remarks=() if is_ours else doubts,
        )
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Store the outcome of a claim before pytest reports it; a verdict needs no traceback."""
        report = yield
        recording = item.stash.get(RECORDING, None)
        if recording is None:
            return report
        if call.excinfo is not None:
            self._explain(report, item, recording, call.excinfo)
        has_ended = report.when == "teardown" and not self._results.is_settled(recording.key)
        if report.when == "call" or not report.passed or has_ended:
            self._settle(recording)
        return report

    def _explain(
        self,
        report: pytest.TestReport,
        item: pytest.Item,
        recording: Recording,
        excinfo: pytest.ExceptionInfo[BaseException],
    ) -> None:
        """Note why a test ended early, and shorten what pytest shows of it."""
        error = excinfo.value
        traceback_wanted = self._traceback_style != "auto"
        if isinstance(error, ImplementationError) and traceback_wanted:
            return
        if isinstance(error, ClaimError):
            report.longrepr = str(error)
        elif report.failed:
            recording.fail(error)
            if not traceback_wanted:
                report.longrepr = f"{one_line(error)}{_line_of_test(item, excinfo)}"
        elif report.skipped:
            recording.skip(str(error))

    def _settle(self, recording: Recording) -> None:
        training = self._models.seconds - self._training
        seconds = time.perf_counter() - self._started - training
        try:
            self._results.settle(recording, seconds, self._experiments())
        except FileError as error:
            pytest.exit(str(error), returncode=pytest.ExitCode.INTERNAL_ERROR)

    def _list_figures(self, recording: Recording) -> None:
        try:
            self._folder.list_figures(recording.draw.names)
        except FileError as error:
            pytest.exit(str(error), returncode=pytest.ExitCode.INTERNAL_ERROR)

    def _experiments(self) -> tuple[str, ...]:
        """Name the experiments that the current test asked for."""
        return tuple(dict.fromkeys(self._models.requested[self._requested :]))


def _line_of_test(item: pytest.Item, excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    frames = [entry for entry in excinfo.traceback if Path(entry.path) == item.path]
    return f" ({item.path.name}, line {frames[-1].lineno + 1})" if frames else ""
