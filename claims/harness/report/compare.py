"""Compare two stored runs without training."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from claims.harness.files import relative_to_cwd, write_atomically
from claims.harness.records import results
from claims.harness.records.changes import COLUMNS
from claims.harness.records.comparison import Comparison, compare
from claims.harness.report.comparison import build, headline, html, markdown

WRITTEN: Final = ("comparison.json", "comparison.md", "comparison.html")
"""Files that a comparison writes."""


def compare_runs(before: Path, now: Path, output: Path | None = None) -> int:
    """Compare two runs, print the comparison, and write comparison.json, .md and .html.

    Parameters
    ----------
    before, now
        The results.json of the earlier and of the later run.
    output
        The folder to write to; that of the later run if None.

    Returns
    -------
    int
        Exit code: 0 if nothing changed by more than chance explains and no verdict changed, 1 otherwise.

    Raises
    ------
    FileError
        In one sentence, if a file cannot be used or the comparison cannot be written.
    """
    folder = output or now.parent
    comparison = compare(results.read(before), results.read(now))
    view = build(comparison, before.parent, now.parent)
    data = json.dumps(comparison.as_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    for name, text in zip(WRITTEN, (data, markdown(view), html(view)), strict=True):
        write_atomically(folder / name, text)
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 140, highlight=False)
    show(comparison, console)
    console.print(Text(f"wrote {relative_to_cwd(folder / WRITTEN[-1])}"))
    return 1 if comparison.differs else 0


def show(comparison: Comparison, console: Console) -> None:
    """Print a comparison: a table of changes, a line for each other difference, and the counts."""
    if comparison.changes:
        table = Table(*COLUMNS, box=None, header_style="bold", pad_edge=False)
        for change in comparison.changes:
            table.add_row(*map(Text, change.cells()))
        console.print(table)
    for verdict in comparison.verdicts:
        line = f"{verdict.claim} is {verdict.now} and was {verdict.before}: {verdict.sentence}"
        console.print(Text(line, "yellow" if verdict.passes else "bold red"))
    for name in comparison.lost:
        console.print(Text(f"no longer measured: {name}", "yellow"))
    for name in comparison.new:
        console.print(Text(f"not measured before: {name}", "yellow"))
    for run, claims in (("earlier", comparison.only_before), ("later", comparison.only_now)):
        if claims:
            console.print(Text(f"judged by the {run} run only: {', '.join(claims)}", "dim"))
    console.print(Text(headline(comparison), "bold"))
