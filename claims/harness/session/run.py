"""One run of the claims, from the start of the pytest session to the reports."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from typing import Final

import pytest

from claims.harness.cluster import connected
from claims.harness.drawing.earlier_run import FOLDER as EARLIER
from claims.harness.errors import MisuseError, one_line
from claims.harness.files import FileError
from claims.harness.records import environment
from claims.harness.report.heatmap import NAME as HEATMAP
from claims.harness.report.junit import JUnitFile
from claims.harness.report.render import write_reports
from claims.harness.report.terminal import Display
from claims.harness.session import memory
from claims.harness.session.baseline_check import BaselineCheck
from claims.harness.session.claim_tests import ClaimTests
from claims.harness.session.collection import Collection, claim_of, key_of
from claims.harness.session.compiling import compile_ahead
from claims.harness.session.convergence_check import ConvergenceCheck
from claims.harness.session.falsification_section import FalsificationSection
from claims.harness.session.figure_reports import report_of
from claims.harness.session.floor_of_run import floor_of_run
from claims.harness.session.github_actions import GitHubActions
from claims.harness.session.junit_record import JUnitRecord
from claims.harness.session.options import Options, changing_plugins
from claims.harness.session.output_folder import OutputFolder
from claims.harness.session.planned import plan_of
from claims.harness.session.progress import TrainingDisplay
from claims.harness.session.run_results import RunResults
from claims.harness.session.terminal_output import TerminalOutput
from claims.harness.session.termination import Termination
from claims.harness.session.trained_models import TrainedModels
from claims.harness.workers import WorkerPool, worker_count
from tms import processors

# More processes would draw no faster than claims are judged, and each one takes memory.
_MOST_DRAWING: Final = 4


class Run:
    """The pytest plugin that begins and ends a run; it registers the plugins between.

    Parameters
    ----------
    config
        The pytest session's config.
    options
        The parsed options.
    """

    def __init__(self, config: pytest.Config, options: Options) -> None:
        capture = config.pluginmanager.getplugin("capturemanager")
        uncaptured = capture.global_and_fixture_disabled if capture else nullcontext
        # Figures that an earlier run left in the output folder are moved when this run begins.
        self._keeps_figures = options.earlier_run.resolve() == options.output.resolve()
        if self._keeps_figures:
            options = replace(options, earlier_run=options.output / EARLIER)
        self.options = options
        self.models = TrainedModels(options, TrainingDisplay(uncaptured))
        self._config = config
        self._display = Display(uncaptured)
        self._pool = WorkerPool(worker_count(_MOST_DRAWING), threads=1)
        self._baseline_check = BaselineCheck(options)
        self._convergence_check = ConvergenceCheck(options, self.models, self._baseline_check)
        self._folder = OutputFolder(options.output)
        self._connections = ExitStack()
        junit = JUnitRecord(JUnitFile(options.junit, getattr(config.option, "junitprefix", None) or ""))
        self._results = RunResults(
            options.output / "results.json", self.models, self._baseline_check, self._convergence_check, junit
        )
        self._falsification = FalsificationSection()
        self._collection = Collection(config, options)
        self._terminal = TerminalOutput(config, options, self._display, self._baseline_check, self._results)
        self._tests = ClaimTests(
            config,
            options,
            self.models,
            self._baseline_check,
            self._convergence_check,
            self._results,
            self._folder,
            self._pool,
        )
        github = GitHubActions(self._display, self._results, options.output / "summary.md")
        self._termination = Termination()
        plugins = (self, self._collection, self._terminal, self._tests, junit, self._termination, github)
        for plugin in plugins:
            config.pluginmanager.register(plugin, f"claims-{type(plugin).__name__}")

    def pytest_sessionstart(self) -> None:
        """Load the baseline before anything is trained; a run that cannot be compared ends here."""
        if self._config.option.collectonly:
            return
        try:
            self._folder.acquire()
            self._connect()
        except (FileError, MisuseError) as error:
            raise pytest.UsageError(str(error)) from error
        self._warn(self._baseline_check.load())

    def _connect(self) -> None:
        """Connect to the cluster that trains, if there is one."""
        if (address := self.options.cluster) is not None:
            cluster = connected(address, self.options.device, trains=True)
            executor = self._connections.enter_context(cluster)
            self._display.line(f"models are trained on {executor}", "dim")
            self.models.train_on(executor)

    def pytest_unconfigure(self) -> None:
        """Leave the cluster, and let other runs write into the output folder."""
        self._connections.close()
        self._folder.release()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """List all selected claims, so that the results name those that do not run, however the run ends."""
        for item in session.items:
            if claim := claim_of(item):
                self._results.select(key_of(item, claim), claim)
        memory.freeze_loaded_objects()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Run all claims, then wait for the figures that are still being drawn."""
        if self._config.option.collectonly or not (self._results.outcomes or session.testsfailed):
            return (yield)
        options = self.options
        try:
            self._folder.clear([options.junit], keep_figures=self._keeps_figures)
            self._folder.list_figures([HEATMAP])
            self._results.begin(self._environment())
            compile_ahead(self._pool, options, session.items)
            self._warn(self._falsification.start(options.root, self._pool, options.output))
        except FileError as error:
            raise pytest.UsageError(str(error)) from error
        self._train_ahead(session.items)
        try:
            return (yield)
        finally:
            self.models.end_training_ahead()
            self._finish_figures(session)

    def _train_ahead(self, items: Sequence[pytest.Item]) -> None:
        """Train while claims are judged, if there is a processor for both and the code is known.

        A plugin may change the code in this process, and a trainer of the user's may start its own processes.
        """
        options, judged = self.options, self.options.implementation
        known = not changing_plugins(self._config.option.plugins) and (
            judged is None or judged.seam == "model"
        )
        has_room = processors.available() > 1 or options.device == "cuda" or options.cluster is not None
        if known and has_room:
            experiments = plan_of(items, options.profile, options.seed).experiments
            if len(experiments) > 1:
                self.models.train_ahead(experiments)

    def _finish_figures(self, session: pytest.Session) -> None:
        """Wait for the figures; each one that could not be drawn becomes a failure of the session.

        A run that has to terminate waits for none: it has seconds to write its reports.
        """
        if self._termination.requested:
            self._pool.shutdown(wait=False, cancel_futures=True)
            return
        if pending := self._results.pending_figures:
            self._display.line(f"figures still to be drawn: {pending}", "dim")
        try:
            self._results.wait_for_figures()
            self._pool.shutdown()
        except KeyboardInterrupt:
            self._pool.shutdown(wait=False, cancel_futures=True)
            raise
        if self._pool.obstacle is not None:
            self._warn(f"Figures were drawn without worker processes: {self._pool.obstacle}.")
        for name, warning in self._results.figure_warnings().items():
            self._warn(f"The figure {name} was drawn with a warning: {warning}")
        for error in self._results.figure_errors():
            session.config.hook.pytest_runtest_logreport(report=report_of(error))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write results, reports and baselines; drifted losses and a missing baseline fail the run."""
        if not self._results.has_begun or not self._results.is_writable:
            return
        try:
            self._write_reports()
            self._update_baseline()
        except FileError as error:
            self._display.line(str(error), "bold red")
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        is_bad = (
            self._baseline_check.losses_drifted
            or self._baseline_check.is_incomplete(self._results.outcomes)
            or (self.options.implementation and self._results.judged_none)
        )
        if is_bad and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _write_reports(self) -> None:
        heatmap: Sequence[str] = ()
        if not self._termination.requested:
            heatmap, errors = self._falsification.heatmap()
            for error in errors:
                self._warn(error)
        self._count_training()
        self._results.has_ended = True
        document = self._results.write()
        write_reports(document, self.options.output, self._falsification.matrix, heatmap)

    def _count_training(self) -> None:
        """Find the least time that training needs; whatever fails in measuring costs no report."""
        may_measure = self._results.complete and not self._termination.requested
        try:
            self._results.training_floor = floor_of_run(self.options, self.models, may_measure=may_measure)
        except Exception as error:
            self._warn(f"The speed of this machine could not be measured: {one_line(error)}")

    def _update_baseline(self) -> None:
        """Decide what the run would store in its baseline, and store it if asked to."""
        options, results = self.options, self._results
        if not (options.update_baselines or options.show_baselines):
            return
        update = self._baseline_check.update(
            results.outcomes,
            self.models.log,
            self._convergence_check.doublings,
            whole_suite=results.complete and self._collection.is_whole_suite,
        )
        self._terminal.update = update
        if options.update_baselines and (update.measured or update.doublings):
            self._baseline_check.save(update)
            self._terminal.is_written = True

    def _environment(self) -> dict[str, object]:
        options = self.options
        return environment.of_run(
            options.root,
            profile=options.profile,
            engine=options.engine,
            device=options.device,
            seed=options.seed,
            baseline=self._baseline_check.name if self._baseline_check.baseline else None,
            reuse=options.reuse,
            implementation=str(options.implementation) if options.implementation else None,
        )

    def _warn(self, text: str | None) -> None:
        if text is not None:
            self._display.line(text, "yellow")
