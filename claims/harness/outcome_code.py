"""The Python files that decide the outcome of a claim, and their digest.

A stored outcome belongs to the code that gave it. Every file of `tms` and of `claims` counts, so that a new
module is included as soon as it exists, except for the few that `LEFT_OUT` names. The functions in `figures`
are left out, too: they draw what has been measured.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from claims.harness.suite import claims_folder
from tms import sources

LEFT_OUT: Final = {
    "harness/cli.py": "starts runs",
    "harness/command_line.py": "starts runs",
    "harness/documentation": "writes pages about stored results",
    "harness/drawing": "draws what has been measured",
    "harness/falsification": "makes mistakes that an ordinary run does not make",
    "harness/flakiness": "counts the outcomes of many runs",
    "harness/floor": "counts what training needs at least",
    "harness/report": "shows outcomes",
    "harness/separate_runs": "starts runs",
    "harness/validation_commands.py": "starts runs",
}
"""Files and folders of `claims` that decide no outcome, each with the reason."""


def files() -> list[Path]:
    """List the files of `claims` that decide an outcome."""
    folder = claims_folder()
    return sorted(
        path
        for path in folder.rglob("*.py")
        if not any(path.is_relative_to(folder / left_out) for left_out in LEFT_OUT)
    )


def digest() -> str:
    """Digest of these files and of all files of `tms`, by name and content (64 hexadecimal digits)."""
    folder = claims_folder()
    total = hashlib.sha256(sources.digest().encode())
    for path in files():
        total.update(f"{path.relative_to(folder).as_posix()}\n".encode())
        total.update(path.read_bytes())
    return total.hexdigest()
