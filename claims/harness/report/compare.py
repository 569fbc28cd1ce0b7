"""Compare two stored runs without training."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from claims.harness.files import FileError, write_atomically
from claims.harness.records import results
from claims.harness.records.changes import COLUMNS
from claims.harness.records.comparison import Comparison, compare
from claims.harness.report.comparison import html, markdown


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the comparison, and write comparison.json, .md and .html.

    Parameters
    ----------
    arguments
        Of the command line; those of the process if None.

    Returns
    -------
    int
        0 if nothing moved beyond chance and no verdict changed; 1 if something did; 2 after one sentence on
        a file that cannot be used.
    """
    parser = argparse.ArgumentParser(prog="python -m claims.harness.report.compare", description=__doc__)
    parser.add_argument("before", type=Path, help="results.json of the earlier run")
    parser.add_argument("now", type=Path, help="results.json of the later run")
    parser.add_argument("--output", type=Path, help="folder to write to (default: that of the later run)")
    asked = parser.parse_args(arguments)
    output = asked.output or asked.now.parent
    try:
        comparison = compare(results.read(asked.before), results.read(asked.now))
        folders = asked.before.parent, asked.now.parent
        data = json.dumps(comparison.as_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        texts = {
            "comparison.json": data,
            "comparison.md": markdown(comparison),
            "comparison.html": html(comparison, *folders),
        }
        for name, text in texts.items():
            write_atomically(output / name, text)
    except FileError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"--output {str(output)!r} cannot be written to: {error.strerror}.", file=sys.stderr)
        return 2
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 140, highlight=False)
    _show(comparison, console)
    console.print(Text(f"wrote {output / 'comparison.html'}"))
    return 1 if comparison.differs else 0


def _show(comparison: Comparison, console: Console) -> None:
    if comparison.changes:
        table = Table(*COLUMNS, box=None, header_style="bold", pad_edge=False)
        for move in comparison.changes:
            table.add_row(*map(Text, move.cells()))
        console.print(table)
    for change in comparison.verdicts:
        told = f"{change.claim} is {change.now}, and was {change.before}: {change.sentence}"
        console.print(Text(told, "bold red" if change.now == "failed" else "yellow"))
    for name in comparison.lost:
        console.print(Text(f"no longer measured: {name}", "yellow"))
    for name in comparison.new:
        console.print(Text(f"not measured before: {name}", "yellow"))
    for when, claims in (("before", comparison.only_before), ("now", comparison.only_now)):
        if claims:
            console.print(Text(f"ran {when} only: {', '.join(claims)}", "dim"))
    moved, changed = len(comparison.changes), len(comparison.verdicts)
    console.print(Text(f"{comparison.compared} compared, {moved} moved, {changed} verdicts changed.", "bold"))


if __name__ == "__main__":
    sys.exit(main())
