"""Render reports again: `python -m claims.report RESULTS.json [--readme README.md]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from claims.harness.files import FileError
from claims.harness.records import results
from claims.harness.records.falsification_file import load
from claims.harness.report.heatmap import save_heatmap
from claims.harness.report.render import rewrite_readme, write_reports


def main(arguments: Sequence[str] | None = None) -> int:
    """Write report.md and report.html beside a results.json, or its tables into a README.

    Parameters
    ----------
    arguments
        Of the command line; those of the process if None.

    Returns
    -------
    int
        0, or 2 after one sentence on a file that cannot be used.
    """
    parser = argparse.ArgumentParser(prog="python -m claims.report", description=__doc__)
    parser.add_argument("results", type=Path, help="a results.json")
    parser.add_argument(
        "--readme", type=Path, help="write the tables of claims between this file's markers instead"
    )
    parser.add_argument("--falsification", type=Path, help="a falsification.json to put into the report")
    asked = parser.parse_args(arguments)
    try:
        document = results.read(asked.results)
        if asked.readme:
            rewrite_readme(asked.readme, document)
            print(f"wrote {asked.readme}")
        else:
            falsification = load(asked.falsification) if asked.falsification else None
            folder = asked.results.parent
            drawn = save_heatmap(falsification, folder) if falsification else []
            for path in write_reports(document, folder, falsification, drawn):
                print(f"wrote {path}")
    except FileError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
