"""The commands that messages name: `tms ...`, or the nox session of this repository that calls it."""

from __future__ import annotations

import os
import shlex


def command(subcommand: str, *options: str) -> str:
    """Return the command line that a user of this run can type.

    Parameters
    ----------
    subcommand
        A subcommand of `tms`; the nox session has the same name.
    options
        Its options.
    """
    # nox sets this variable for its sessions, and only their environments need to have `tms`.
    if "NOX_CURRENT_SESSION" in os.environ:
        start = ["nox", "-s", subcommand, *(["--"] if options else [])]
    else:
        start = ["tms", subcommand]
    return shlex.join([*start, *options])
