"""What a run prints: the header, a line for each claim, and the summary."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import pytest

from claims.harness.files import printable, relative_to_cwd
from claims.harness.records import environment
from claims.harness.records.changes import changes_from_baseline
from claims.harness.report.terminal import Display
from claims.harness.report.text import training_floor
from claims.harness.session.baseline_check import BaselineCheck, BaselineUpdate
from claims.harness.session.collection import claim_of, key_of
from claims.harness.session.figure_reports import is_report_of_figure
from claims.harness.session.options import Options
from claims.harness.session.planned import plan_of
from claims.harness.session.run_results import RunResults
from tms import sources
from tms.engines import fused_cuda

_MOST_SHOWN: Final = 200
_NOT_STORED: Final = (
    "compiled code cannot be stored, so each run compiles it; NUMBA_CACHE_DIR can name a folder for it"
)


class TerminalOutput:
    """The pytest plugin that prints the verdicts of claims.

    Parameters
    ----------
    config
        The pytest session's config.
    options
        The parsed options.
    display
        The terminal.
    baseline_check
        The comparison with the baseline.
    results
        The results of the run.
    """

    def __init__(
        self,
        config: pytest.Config,
        options: Options,
        display: Display,
        baseline_check: BaselineCheck,
        results: RunResults,
    ) -> None:
        self._config = config
        self._options = options
        self._display = display
        self._baseline_check = baseline_check
        self._results = results
        self.update: BaselineUpdate | None = None
        """The update of the baseline that the summary shows."""
        self.is_written = False
        """Whether the update is written."""

    def pytest_report_header(self) -> list[str]:
        """Describe what runs where, and what it is compared with."""
        options = self._options
        engine = f"{options.engine}{self._why_not_fused()}"
        where = f"device {options.device}, engine {engine}, seed {options.seed}"
        output = relative_to_cwd(options.output)
        judged = [f"judged: {options.implementation}"] if options.implementation else []
        run = f"claims: profile {options.profile}, {where}, output {output}"
        lines = [run, *judged, self._baseline_check.header()]
        if not sources.compiled_code_is_stored():
            lines.append(_NOT_STORED)
        if refusal := environment.git_refusal(options.root):
            lines.append(f"the commit is not recorded: {printable(refusal, _MOST_SHOWN)}")
        return lines

    def _why_not_fused(self) -> str:
        """Explain why the reference engine was chosen for a GPU; empty if it was asked for."""
        options = self._options
        chosen = options.device, options.requested_engine, options.engine
        if chosen != ("cuda", "auto", "reference") or options.implementation:
            return ""
        return f" ({fused_cuda.lacking()})"

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Turn off pytest's own letters and list, which repeat the claims; print what is to be trained."""
        reporter = self._config.pluginmanager.getplugin("terminalreporter")
        if reporter and session.items and all(map(claim_of, session.items)):
            reporter.showfspath = False
            reporter.reportchars = "w" if "w" in reporter.reportchars else ""
        if self._options.implementation:
            self._display.line(str(plan_of(session.items, self._options.profile)))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Print the verdict of a claim when its test has ended."""
        result = yield
        if (claim := claim_of(item)) and self._is_terse:
            outcome = self._results.outcomes[key_of(item, claim)]
            self._display.claim(outcome, self._results.settled, len(self._results.outcomes))
        return result

    def pytest_report_teststatus(
        self, report: pytest.CollectReport | pytest.TestReport
    ) -> tuple[str, str, str] | None:
        """Replace pytest's letters by the lines of claims and of figures that could not be drawn."""
        if isinstance(report, pytest.CollectReport):
            return None
        if is_report_of_figure(report):
            return report.outcome, "", ""
        is_final = report.when == "call" or report.skipped
        if "claim" in report.keywords and self._is_terse and is_final:
            return report.outcome, "", ""
        return None

    def pytest_terminal_summary(self) -> None:
        """Print the table of claims, the changes from the baseline, and where everything is."""
        results, display = self._results, self._display
        if not results.has_begun:
            return
        document = results.document()
        outcomes = list(results.outcomes.values())
        display.summary(
            outcomes,
            document["summary"],
            len(document["figure_errors"]),
            results.seconds,
            lenient=self._options.is_lenient,
        )
        if floor := training_floor(document):
            display.line(floor, "dim")
        display.changes(changes_from_baseline(document))
        display.not_fused(document["experiments"])
        if not results.complete:
            kept = f"the results of {results.settled} of {len(outcomes)} claims are kept in"
            display.line(f"The run was cut short; {kept} {relative_to_cwd(results.path)}.", "yellow")
        if self._options.implementation and results.judged_none:
            display.line("No claim could be judged: all that were selected are not run.", "bold red")
        if self.update is not None:
            self._show_update(self.update)
        elif gap := self._baseline_check.gap(results.outcomes):
            is_failure = self._baseline_check.is_incomplete(results.outcomes)
            display.line(gap, "bold red" if is_failure else "yellow")
        report = self._options.output / "report.html"
        if report.exists():
            display.line(f"report: {relative_to_cwd(report)}")

    def _show_update(self, update: BaselineUpdate) -> None:
        display, name = self._display, self._baseline_check.name
        if update.failed:
            kept = "are stored as they are" if self._options.implementation else "keep the baseline they had"
            display.line(f"Claims that failed {kept}: {', '.join(update.failed)}.", "bold red")
        if not (update.measured or update.doublings):
            return
        display.differences(update.old, update.new, update.measured, update.losses, update.doublings)
        if self.is_written:
            display.line(f"wrote {name}")
        elif self._options.show_baselines:
            command = self._baseline_check.update_command
            display.line(f"{name} is as it was; to rewrite it: {command}")

    @property
    def _is_terse(self) -> bool:
        return self._config.get_verbosity() <= 0
