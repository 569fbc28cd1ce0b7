"""Write the reports of a stored run again: `python -m claims.harness.report RESULTS.json`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from claims.harness.files import FileError, relative_to_cwd
from claims.harness.report.stored_run import write_again


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments
        The command-line arguments; those of the process if None.

    Returns
    -------
    int
        0, or 2 after one sentence about a file that cannot be used.
    """
    parser = argparse.ArgumentParser(prog="python -m claims.harness.report", description=__doc__)
    parser.add_argument("results", type=Path, help="a results.json")
    parser.add_argument("--falsification", type=Path, help="a falsification.json to show in the report")
    options = parser.parse_args(arguments)
    try:
        written = write_again(options.results, options.falsification)
    except FileError as error:
        print(error, file=sys.stderr)
        return 2
    for path in written:
        print(f"wrote {relative_to_cwd(path)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
