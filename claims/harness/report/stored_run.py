"""Write the reports of a stored run again."""

from __future__ import annotations

from pathlib import Path

from claims.harness.records import results
from claims.harness.records.falsification_file import load
from claims.harness.report.heatmap import save_heatmap
from claims.harness.report.render import write_reports


def write_again(run: Path, falsification: Path | None = None) -> tuple[Path, ...]:
    """Write report.md, report.html and summary.md beside a results.json.

    Parameters
    ----------
    run
        The results.json.
    falsification
        A falsification.json to show in the report; None leaves it out.

    Returns
    -------
    tuple of pathlib.Path
        The files written.

    Raises
    ------
    FileError
        In one sentence, if a file cannot be read or written.
    """
    document = results.read(run)
    matrix = None if falsification is None else load(falsification)
    heatmap = [] if matrix is None else save_heatmap(matrix, run.parent)
    return write_reports(document, run.parent, matrix, heatmap)
