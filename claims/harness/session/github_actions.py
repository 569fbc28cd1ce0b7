"""What a run tells GitHub Actions, where it runs there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from claims.harness.report.github import append_to_job_summary, error_commands
from claims.harness.report.terminal import Display
from claims.harness.session.run_results import RunResults


class GitHubActions:
    """The pytest plugin that annotates a workflow and writes the summary of its job.

    Parameters
    ----------
    display
        The terminal.
    results
        The results of the run.
    summary
        The run's summary.md.
    """

    def __init__(self, display: Display, results: RunResults, summary: Path) -> None:
        self._display = display
        self._results = results
        self._summary = summary

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self) -> None:
        """Print annotations, and append the summary, once the reports are written."""
        if not self._results.has_begun:
            return
        if os.environ.get("GITHUB_ACTIONS") == "true":
            self._display.lines_as_they_are(error_commands(self._results.document()))
        job = os.environ.get("GITHUB_STEP_SUMMARY")
        if job and self._results.has_ended and (problem := append_to_job_summary(self._summary, Path(job))):
            self._display.line(problem, "yellow")
