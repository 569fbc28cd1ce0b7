"""One run of the claims: the hooks that pytest calls, from the header to the report."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from _pytest.runner import runtestprotocol

from claims.harness.baselines.baseline import Key
from claims.harness.drawing.workers import Easels
from claims.harness.errors import ClaimError, ImplementationError, NotAcceptedError, one_line
from claims.harness.files import FileError, relative_to_cwd
from claims.harness.judging.claim import SECTIONS, Claim
from claims.harness.judging.verdict import Verdict
from claims.harness.records import environment, results
from claims.harness.records.changes import changes_from_baseline
from claims.harness.records.results import Outcome
from claims.harness.report.render import write_reports
from claims.harness.report.terminal import Display
from claims.harness.session import memory
from claims.harness.session.baseline_check import Standing
from claims.harness.session.falsification_section import Falsified
from claims.harness.session.held import Held
from claims.harness.session.options import Options
from claims.harness.session.recording import Recording
from claims.harness.session.selection import exactly, keyword
from claims.harness.session.trained_models import INDEPENDENT, Experiments
from tms.engines import fused_cuda

RECORDING: Final = pytest.StashKey[Recording]()


class Run:
    """One run of the claims.

    Parameters
    ----------
    config
        Of the pytest session.
    options
        What was asked for.
    """

    def __init__(self, config: pytest.Config, options: Options) -> None:
        capture = config.pluginmanager.getplugin("capturemanager")
        assert capture is not None
        self.options = options
        self.display = Display(capture.global_and_fixture_disabled)
        self.experiments = Experiments(options, self.display)
        self._config = config
        self._results_path = options.output / "results.json"
        self._keeper = results.Keeper(self._results_path)
        self._standing = Standing(options, self.display)
        self._environment: dict[str, Any] = {}
        self._keys: dict[str, Key] = {}
        self._outcomes: dict[Key, Outcome] = {}
        self._easels = Easels()
        self._held: deque[Held] = deque()
        self._falsified = Falsified(options, self.display)
        self._started = time.perf_counter()
        self._begun = False
        self._done = 0
        self._deselected = False
        self._unwritable = False
        self._session: pytest.Session | None = None

    def pytest_sessionstart(self) -> None:
        """Load the baseline before anything is trained; a bad one ends the run here."""
        if self._config.option.collectonly:
            return
        try:
            self.options.output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            told = f"--output {relative_to_cwd(self.options.output)} cannot be made: {error.strerror}."
            raise pytest.UsageError(told) from error
        self._environment = environment.of_run(
            self.options, self._standing.name if self.options.compares else None
        )
        if not self.options.implementation:
            self._standing.load()

    def pytest_report_header(self) -> list[str]:
        """Say what runs where."""
        options = self.options
        where = f"device {options.device}, engine {options.engine}{self._why()}, seed {options.seed}"
        if options.implementation:
            return [
                f"claims: profile {options.profile}, {where}, output {relative_to_cwd(options.output)}",
                f"judged: {options.implementation}; not compared with baselines",
            ]
        return [
            f"claims: profile {options.profile}, {where}, output {relative_to_cwd(options.output)}",
            self._standing.header(),
        ]

    def _why(self) -> str:
        """Why a GPU does without the fused engine, where nobody asked for another."""
        options = self.options
        chosen = options.device, options.requested_engine, options.engine
        if chosen != ("cuda", "auto", "reference") or options.implementation:
            return ""
        return f" ({fused_cuda.lacking()})"

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put claims in the paper's order, and make -k understand their ids."""
        for item in items:
            if not (claim := claim_of(item)):
                continue
            self._keys[item.nodeid] = Key(claim.id, item.name)
            if self.options.implementation and not _trains(item):
                item.add_marker(pytest.mark.skip(reason=INDEPENDENT))
            item.extra_keyword_matches.add(keyword(claim.id))
        for key, times in Counter(self._keys.values()).items():
            if times > 1:
                raise pytest.UsageError(f"claim {key.claim} has {times} tests named {key.test}; rename them.")
        if self._keys:
            items.sort(key=_place)
            known = {key.claim for key in self._keys.values()}
            self._config.option.keyword = exactly(self._config.option.keyword, known)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Note that this is not the whole suite."""
        self._deselected = self._deselected or bool(items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """List all that is to run, so that whatever happens the results say what did not."""
        for item in session.items:
            if claim := claim_of(item):
                self._outcomes[self._keys[item.nodeid]] = Outcome(claim=claim, test=item.name)
        memory.settle()
        reporter: Any = self._config.pluginmanager.getplugin("terminalreporter")
        if reporter and len(self._outcomes) == len(session.items):
            # Each claim has a line and a row in the table; pytest's own letters and list would repeat them.
            reporter.showfspath = False
            reporter.reportchars = "w" if "w" in reporter.reportchars else ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Run all claims; none is left out because its figures were still being drawn."""
        if self._outcomes and not self._config.option.collectonly:
            self._falsified.start(self._easels)
        try:
            return (yield)
        finally:
            self._release(all_of_them=True)
            self._easels.close()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run one claim, and hold it back while its figures are drawn and the next ones run."""
        if not (claim := claim_of(item)):
            return None
        options = self.options
        recording = item.stash[RECORDING] = Recording(
            claim, item.name, options.output, options.before, self._easels
        )
        self._begun = True
        started, training = time.perf_counter(), self.experiments.seconds
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        waited = self.experiments.seconds - training
        seconds = time.perf_counter() - started - waited
        self._held.append(Held(item, recording, reports, seconds, self.experiments.asked_since()))
        # A failure is told at once: it may be the last test that pytest is to run.
        self._release(all_of_them=any(report.failed for report in reports))
        return True

    def _release(self, all_of_them: bool) -> None:
        """Write down what came of claims, in order: those whose figures are drawn, or all."""
        while self._held and (all_of_them or self._held[0].ready):
            held = self._held.popleft()
            outcome = self._outcomes[held.recording.key] = held.release()
            self._done += 1
            try:
                self._keeper.keep(self._document)
            except FileError as error:
                self._unwritable = True
                pytest.exit(str(error), returncode=pytest.ExitCode.INTERNAL_ERROR)
            if self._is_terse:
                self.display.claim(outcome, self._done, len(self._outcomes))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Judge a claim as soon as its test has returned."""
        recording = item.stash.get(RECORDING, None)
        if recording is None:
            return (yield)
        uses = self.experiments.uses
        try:
            result = yield
        except (Exception, pytest.fail.Exception) as error:
            recording.break_off(error)
            raise
        if self.options.implementation and self.experiments.uses == uses:
            pytest.skip(INDEPENDENT)
        recording.conclude(self._standing.baseline)
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keep the reason of whatever ended a test; a verdict needs no traceback."""
        report = yield
        recording = item.stash.get(RECORDING, None)
        if recording is None or call.excinfo is None:
            return report
        asked_for_traceback = self._config.option.tbstyle != "auto"
        if isinstance(call.excinfo.value, ImplementationError) and asked_for_traceback:
            return report
        if isinstance(call.excinfo.value, NotAcceptedError | ClaimError):
            report.longrepr = str(call.excinfo.value)
        elif report.failed:
            recording.fail(call.excinfo.value)
            if not asked_for_traceback:
                report.longrepr = f"{one_line(call.excinfo.value)}{_where(item, call.excinfo)}"
        elif report.skipped:
            recording.skip(str(call.excinfo.value))
        return report

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Leave pytest's letters out where each claim gets a line of its own."""
        if (
            "claim" not in report.keywords
            or not self._is_terse
            or not (report.when == "call" or report.skipped)
        ):
            return None
        return "xfailed" if hasattr(report, "wasxfail") else report.outcome, "", ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write results and reports; losses that moved, or whatever has no baseline, fail the run."""
        if not self._begun or self._unwritable:
            return
        self._session = session
        try:
            document = self._document()
            results.write(self._results_path, document)
            write_reports(document, self.options.output, self._falsified.matrix, self._falsified.heatmap())
        except FileError as error:
            self._not_written(error)
        moved = self._standing.losses_moved or self._standing.lacking(self._outcomes)
        if (moved or self._judged_nothing) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self) -> None:
        """Show the table of claims, and say where everything is."""
        if not self._begun:
            return
        outcomes = list(self._outcomes.values())
        document = self._document()
        self.display.summary(outcomes, document["summary"], time.perf_counter() - self._started)
        self.display.moved(changes_from_baseline(document))
        if not self._complete:
            kept = f"the results of {self._done} of {len(outcomes)} claims are kept in"
            self.display.line(
                f"The run was cut short; {kept} {relative_to_cwd(self._results_path)}.", "yellow"
            )
        if self._judged_nothing:
            self.display.line("No claim could be judged: all that were selected are not run.", "bold red")
        if self.options.update_baselines or self.options.show_baselines:
            try:
                self._standing.close(self._outcomes, self.experiments.log, whole_suite=self._is_whole_suite())
            except FileError as error:
                self._not_written(error)
        elif lacking := self._standing.lacking(self._outcomes):
            self.display.line(
                f"{self._standing.name} does not fit what these claims measure: {', '.join(lacking)}. "
                f"Write it anew: {self._standing.mend()}",
                "bold red",
            )
        self.display.line(f"report: {relative_to_cwd(self.options.output / 'report.html')}")

    @property
    def _is_terse(self) -> bool:
        return self._config.get_verbosity() <= 0

    @property
    def _complete(self) -> bool:
        return self._done == len(self._outcomes)

    @property
    def _judged_nothing(self) -> bool:
        outcomes = self._outcomes.values()
        return self.options.implementation is not None and all(o.verdict is Verdict.NOT_RUN for o in outcomes)

    def _document(self) -> results.Document:
        present = {outcome.claim.section for outcome in self._outcomes.values()}
        return results.document_of(
            list(self._outcomes.values()),
            complete=self._complete,
            environment={**self._environment, "seconds": round(time.perf_counter() - self._started, 1)},
            sections={section: SECTIONS[section] for section in SECTIONS if section in present},
            experiments=self._standing.compared(self.experiments.log),
        )

    def _not_written(self, error: FileError) -> None:
        self.display.line(str(error), "bold red")
        if self._session is not None:
            self._session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _is_whole_suite(self) -> bool:
        named = [Path(argument) for argument in self._config.args]
        parts = any("::" in str(path) or path.is_file() for path in named)
        return self._complete and not self._deselected and not parts


def claim_of(item: pytest.Item) -> Claim | None:
    """Find the claim that an item tests."""
    marker = item.get_closest_marker("claim")
    return marker.args[0] if marker and marker.args and isinstance(marker.args[0], Claim) else None


def _trains(item: pytest.Item) -> bool:
    return "trained" in getattr(item, "fixturenames", ()) and item.get_closest_marker("identity") is None


def _where(item: pytest.Item, excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    own = [entry for entry in excinfo.traceback if Path(entry.path) == item.path]
    return f" ({item.path.name}, line {own[-1].lineno + 1})" if own else ""


def _place(item: pytest.Item) -> tuple[int, int]:
    claim = claim_of(item)
    return claim.place if claim else (-1, 0)
