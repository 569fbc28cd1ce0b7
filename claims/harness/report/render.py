"""Write the reports of a run: a page, a Markdown file and a summary, all from one view model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from claims.harness.files import write_atomically
from claims.harness.records.falsification_matrix import Matrix
from claims.harness.records.results import Document
from claims.harness.report.build import build
from claims.harness.report.templating import as_html, as_markdown
from claims.harness.report.view import ReportView, SectionView

SUMMARY_BYTES: Final = 60_000
"""Largest size of a summary in UTF-8; services that show one beside a change refuse more than about 65 kB."""

_CUT: Final = "\n*The summary is cut here to stay below 60 kB; report.md shows the whole run.*\n"


def html(report: ReportView) -> str:
    """Write the report as one page that contains its style and its figures; every text in it is escaped."""
    return as_html("report.html.jinja", report=report)


def markdown(report: ReportView) -> str:
    """Write the report as Markdown that links to the figures beside it; every text in it is escaped."""
    return as_markdown("report.md.jinja", report=report)


def summary(report: ReportView) -> str:
    """Write the result of a run in at most `SUMMARY_BYTES` of Markdown without figures.

    What needs attention comes first: failed claims, changes, and figures that could not be drawn. The tables
    of sections follow, folded; the last ones are left out if they do not fit, and the summary says so.
    """
    without_sections = _summary(report, ())
    if _size(without_sections) > SUMMARY_BYTES:
        kept = without_sections.encode()[: SUMMARY_BYTES - _size(_CUT)].decode(errors="ignore")
        return kept[: kept.rindex("\n") + 1] + _CUT
    for shown in range(len(report.sections), 0, -1):
        written = _summary(report, report.sections[:shown])
        if _size(written) <= SUMMARY_BYTES:
            return written
    return without_sections


def write_reports(
    document: Document, folder: Path, falsification: Matrix | None = None, heatmap: Sequence[str] = ()
) -> tuple[Path, Path, Path]:
    """Write report.md, report.html and summary.md beside a results.json.

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
        The Markdown file, the page and the summary.

    Raises
    ------
    FileError
        If a file cannot be written.
    """
    report = build(document, folder, falsification, heatmap)
    written = folder / "report.md", folder / "report.html", folder / "summary.md"
    for path, text in zip(written, (markdown(report), html(report), summary(report)), strict=True):
        write_atomically(path, text)
    return written


def _summary(report: ReportView, sections: Sequence[SectionView]) -> str:
    left_out = len(report.sections) - len(sections)
    return as_markdown("summary.md.jinja", report=report, sections=sections, left_out=left_out)


def _size(text: str) -> int:
    return len(text.encode())
