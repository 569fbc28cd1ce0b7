"""Where the claims are, and how pytest is started on them.

The claims may lie anywhere, for example among the installed packages. The caller's folder owns all that is
stored: baselines/, replication/ and .cache/.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Final

from claims.harness.errors import MisuseError

SECONDS_TO_STORE: Final = 60.0
"""Time in which an interrupted run stores what it has measured."""

_FOREIGN: Final = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")
_THREADS: Final = "OMP_NUM_THREADS"  # torch, and OpenBLAS for NumPy and SciPy
_PLUGIN: Final = "claims.harness.session.plugin"


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
    settings = resources.files("claims.harness.session").joinpath("pytest.ini")
    return [
        str(claims),
        # The plugin is loaded before pytest looks for folders in the arguments, so that pytest knows that the
        # value of --output is none whose conftest.py and settings it has to read.
        *("-p", _PLUGIN),
        f"--config-file={settings}",
        f"--rootdir={root}",
        # Only the conftest.py of the claims is loaded, whatever lies in the folders above them.
        f"--confcutdir={claims}",
    ]


def run_claims(root: Path, arguments: Sequence[str]) -> int:
    """Run all claims in this process.

    Neither the settings nor the plugins of the caller's own tests apply: pytest reads one file of this
    package, and no environment variable adds options to it. Plugins that `arguments` name are loaded.

    Claims are judged on one thread, unless OMP_NUM_THREADS is set: the others train meanwhile. What is judged
    is small, and threads of torch and OpenBLAS that wait for each other do not sleep.

    Parameters
    ----------
    root
        The folder that owns baselines/, replication/ and .cache/.
    arguments
        Further arguments for pytest.

    Returns
    -------
    int
        The exit code of pytest.
    """
    import pytest

    with _environment_of_claims():
        return int(pytest.main([*pytest_arguments(root), *arguments]))


def run_benchmarks(root: Path, arguments: Sequence[str]) -> int:
    """Run the benchmarks of a checkout in a separate process.

    Parameters
    ----------
    root
        Folder of the checkout.
    arguments
        Further arguments for pytest.

    Returns
    -------
    int
        The exit code of pytest.

    Raises
    ------
    MisuseError
        If the folder is no checkout.
    """
    folder = root / "tests" / "benchmarks"
    if not folder.is_dir():
        raise MisuseError(
            f"tms bench needs a checkout of tms-replication as the current folder; {folder} is missing."
        )
    # The conftest.py of the other tests would check types at run time, which takes time.
    settings = ["--confcutdir=tests/benchmarks", "-o", "python_files=bench_*.py", "--benchmark-quiet"]
    command = [sys.executable, "-m", "pytest", "tests/benchmarks", *settings, *arguments]
    return subprocess.run(command, cwd=root, check=False).returncode


@contextmanager
def _environment_of_claims() -> Iterator[None]:
    """Hide pytest's variables of the caller, turn plugins of other packages off, and judge on one thread."""
    former = dict(os.environ)
    for name in _FOREIGN:
        os.environ.pop(name, None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.setdefault(_THREADS, "1")
    try:
        yield
    finally:
        for name in (*_FOREIGN, _THREADS):
            os.environ.pop(name, None)
        os.environ.update({name: former[name] for name in (*_FOREIGN, _THREADS) if name in former})


def claims_command() -> list[str]:
    """Return the command line that runs all claims in a separate process; options can be appended.

    The folder in which it is started owns baselines/, replication/ and .cache/, but none of its modules takes
    the place of an installed one.
    """
    return [sys.executable, "-P", "-m", "tms_replication", "replicate"]


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
        with subprocess.Popen([*claims_command(), *arguments], cwd=root) as process:
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
