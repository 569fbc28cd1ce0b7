"""Write the reports of a stored run again."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from claims.harness.files import relative_to_cwd
from claims.harness.locks import lock_of, locked
from claims.harness.records import results
from claims.harness.records.falsification_file import load
from claims.harness.report.heatmap import save_heatmap
from claims.harness.report.render import write_reports

MATRIX: Final = "falsification_of_report.json"
"""Name of the file in which a run keeps the falsification matrix that its report shows."""


def write_again(run: Path, falsification: Path | None = None) -> tuple[Path, ...]:
    """Write report.md, report.html, summary.md and badge.json beside a results.json.

    Parameters
    ----------
    run
        The results.json.
    falsification
        The falsification.json to show in the report; by default the one that the run has kept beside its
        results, if any.

    Returns
    -------
    tuple of pathlib.Path
        The files written.

    Raises
    ------
    FileError
        In one sentence, if a file cannot be read or written, or the run still goes on.
    """
    document = results.read(run)
    kept = run.parent / MATRIX
    path = kept if falsification is None and kept.exists() else falsification
    matrix = None if path is None else load(path)
    folder = run.parent
    busy = f"A run writes into {relative_to_cwd(folder)}; its reports can be written again when it has ended."
    with locked(lock_of(folder), busy):
        heatmap = [] if matrix is None else save_heatmap(matrix, folder)
        return write_reports(document, folder, matrix, heatmap)
