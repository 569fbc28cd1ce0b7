"""Write the reports of a run: a page, a Markdown file and a summary, all from one view model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from claims.harness.files import write_atomically
from claims.harness.records.falsification_matrix import Matrix
from claims.harness.records.results import Document
from claims.harness.report import badge
from claims.harness.report.build import build
from claims.harness.report.summary import summary
from claims.harness.report.templating import as_html, as_markdown
from claims.harness.report.view import ReportView


def html(report: ReportView) -> str:
    """Write the report as one page that contains its style and its figures; every text in it is escaped."""
    return as_html("report.html.jinja", report=report)


def markdown(report: ReportView) -> str:
    """Write the report as Markdown that links to the figures beside it; every text in it is escaped."""
    return as_markdown("report.md.jinja", report=report)


def write_reports(
    document: Document, folder: Path, falsification: Matrix | None = None, heatmap: Sequence[str] = ()
) -> tuple[Path, ...]:
    """Write report.md, report.html, summary.md and badge.json beside a results.json.

    Parameters
    ----------
    document
        A results.json.
    folder
        The folder to write to, which the document's figures are relative to.
    falsification
        The falsification matrix, for the page alone; None where there is none.
    heatmap
        Files of the matrix's figure, relative to the folder.

    Returns
    -------
    tuple of pathlib.Path
        The files written.

    Raises
    ------
    FileError
        If a file cannot be written.
    """
    report = build(document, folder, falsification, heatmap)
    texts = {
        "report.md": markdown(report),
        "report.html": html(report),
        "summary.md": summary(report),
        badge.NAME: badge.badge_text(document),
    }
    for name, text in texts.items():
        write_atomically(folder / name, text)
    return tuple(folder / name for name in texts)
