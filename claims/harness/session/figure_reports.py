"""Figures that could not be drawn, as failures of a pytest session."""

from __future__ import annotations

from typing import Final

import pytest

from claims.harness.records.results import FigureError

_FOLDER: Final = "figures"
_MARK: Final = "undrawn_figure"


def report_of(error: FigureError) -> pytest.TestReport:
    """Make the report of a failed test from a figure that could not be drawn.

    Sent through `pytest_runtest_logreport`, it counts in the terminal, in JUnit and in the exit code, beside
    the claims. Its node id is figures::NAME.
    """
    return pytest.TestReport(
        nodeid=f"{_FOLDER}::{error.figure}",
        location=(_FOLDER, None, error.figure),
        keywords={_MARK: 1},
        outcome="failed",
        longrepr=f"The figure {error.figure} of {error.claim} could not be drawn: {error.error}",
        when="call",
    )


def is_report_of_figure(report: pytest.TestReport) -> bool:
    """Whether `report_of` made a report."""
    return _MARK in report.keywords
