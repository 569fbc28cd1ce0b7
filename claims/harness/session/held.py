"""A claim whose test has ended, held back from pytest until its figures are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from claims.harness.records.results import Outcome
from claims.harness.session.recording import Recording


@dataclass(frozen=True)
class Held:
    """A claim between the end of its test and its report.

    Parameters
    ----------
    item
        Its test.
    recording
        What the test measured and drew.
    reports
        What pytest is to be told of the test's phases.
    seconds
        That the test took, without training.
    experiments
        Names of those it asked for.
    """

    item: pytest.Item
    recording: Recording
    reports: Sequence[pytest.TestReport]
    seconds: float
    experiments: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether it need not wait for figures."""
        return self.recording.drawn

    def release(self) -> Outcome:
        """Wait for the figures, tell pytest how the test went, and sum up."""
        if not self.recording.collect_figures():
            self._fail()
        hook, item = self.item.ihook, self.item
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in self.reports:
            hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return self.recording.outcome(self.seconds, self.experiments)

    def _fail(self) -> None:
        """Turn what pytest is told of the test itself into a failure, whatever it was."""
        for report in self.reports:
            if report.when == "call":
                report.outcome, report.longrepr = "failed", self.recording.error
                vars(report).pop("wasxfail", None)
