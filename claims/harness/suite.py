"""Where the claims are, and how pytest is started on them.

The claims may lie anywhere, for example among the installed packages. The caller's folder owns all that is
stored: baselines/, replication/ and .cache/.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Final

SECONDS_TO_STORE: Final = 60.0
"""Time in which an interrupted run stores what it has measured."""


def claims_folder() -> Path:
    """Return the folder that holds the claims."""
    return Path(str(resources.files("claims")))


def pytest_arguments(root: Path) -> list[str]:
    """Return pytest's arguments that select all claims.

    Parameters
    ----------
    root
        The folder that owns baselines/, replication/ and .cache/.
    """
    claims = claims_folder()
    # Only the conftest.py of the claims is loaded, whatever lies in the folders above them.
    return [str(claims), f"--rootdir={root}", f"--confcutdir={claims}"]


def pytest_command(root: Path) -> list[str]:
    """Return the command line that runs all claims in a separate process; options can be appended."""
    return [sys.executable, "-m", "pytest", *pytest_arguments(root)]


def environment_of_experiments() -> dict[str, str]:
    """Return the environment of runs whose failures are results: no CI server is told of them."""
    told = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY")
    return {name: value for name, value in os.environ.items() if name not in told}


def run_in_turn(root: Path, runs: Sequence[Sequence[str]]) -> int:
    """Run all claims several times, each in a separate process, until one run fails.

    Parameters
    ----------
    root
        The folder that owns baselines/, replication/ and .cache/.
    runs
        Further arguments for pytest, one list a run.

    Returns
    -------
    int
        The exit code of the last run.
    """
    code = 0
    for arguments in runs:
        with subprocess.Popen([*pytest_command(root), *arguments], cwd=root) as process:
            try:
                code = process.wait()
            except KeyboardInterrupt:
                # Ctrl-C reaches the run, too, which stores what it has measured.
                try:
                    code = process.wait(SECONDS_TO_STORE)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise
        if code != 0:
            break
    return code
