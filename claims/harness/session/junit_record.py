"""junit.xml of a pytest session: the claims, and whatever else pytest reports."""

from __future__ import annotations

from typing import Any

import pytest

from claims.harness.records.results import Document
from claims.harness.report.junit import JUnitFile
from claims.harness.report.junit_cases import Case, State
from claims.harness.session.figure_reports import is_report_of_figure


class JUnitRecord:
    """The pytest plugin that notes what is no claim: files that cannot be collected, tests of other files.

    Parameters
    ----------
    file
        The file to write.
    """

    def __init__(self, file: JUnitFile) -> None:
        self._file = file
        self._others: dict[str, Case] = {}

    def write(self, document: Document, *, ended: bool) -> None:
        """Write the file; parameters and errors as for `JUnitFile.write`."""
        self._file.write(document, self._others.values(), ended=ended)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that cannot be collected."""
        if report.failed:
            self._note(report.nodeid, "error", "collection", report.longreprtext)

    def pytest_internalerror(self, excrepr: Any) -> None:
        """Note an error of pytest or of a plugin."""
        self._note("pytest", "error", "internal error", str(excrepr))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that is no claim."""
        if "claim" in report.keywords or is_report_of_figure(report):
            return
        if report.when == "call" or not report.passed:
            kind = "" if report.passed else report.outcome
            self._note(report.nodeid, _state_of(report), kind, report.longreprtext, report.duration)

    def _note(self, node: str, state: State, kind: str, details: str, seconds: float = 0.0) -> None:
        path, _, name = node.partition("::")
        lines = details.strip().splitlines()
        self._others[node] = Case(
            classname=path.removesuffix(".py").replace("/", "."),
            name=name or path,
            state=state,
            kind=kind,
            message=lines[-1] if lines else "",
            details=details,
            seconds=seconds,
        )


def _state_of(report: pytest.TestReport) -> State:
    if report.failed:
        return "failure" if report.when == "call" else "error"
    return "skipped" if report.skipped else "passed"
