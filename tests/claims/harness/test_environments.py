"""The command runs, or ends in one sentence, in environments that others have: one row for each."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.helpers.implementations import MODEL
from tests.helpers.paths import ROOT

COMMAND = [sys.executable, "-m", "claims.harness.cli", "replicate", "--profile=smoke", "--device=cpu"]
CLAIM = "-k=GEO-11"
"""A claim that needs no training."""
RUN = [*COMMAND, CLAIM]
MODEL_RUN = [*COMMAND, "--collect-only", "-q"]

DEPRECATED_NEIGHBOUR = """
import sys, warnings
class Warn:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "torch.cuda":
            warnings.warn("The pynvml package is deprecated.", FutureWarning)
sys.meta_path.insert(0, Warn)
"""
OLD_DRIVER = """
import warnings, torch
def is_available():
    warnings.warn("CUDA initialization: The NVIDIA driver on your system is too old")
    return False
torch.cuda.is_available = is_available
"""
NO_CACHE_FOLDER = """
import numba.core.caching as caching
for name in dir(caching):
    if name.endswith("CacheLocator") or name.endswith("FsAgnostic"):
        setattr(getattr(caching, name), "from_function", classmethod(lambda *_: None))
"""
NO_SEMAPHORES = "import _multiprocessing\ndel _multiprocessing.SemLock\n"
WARNS = '"""Invalid: \\ escapes."""\nimport warnings\nwarnings.warn("old", DeprecationWarning)\n'


def nothing(_: Path) -> None:
    """Leave the folder as it is."""


def write(name: str, text: str) -> Callable[[Path], object]:
    """Prepare a file of the folder."""
    return lambda folder: (folder / name).write_text(text, encoding="utf-8")


def refused_repository(folder: Path) -> None:
    """Make a repository; a variable of Git's own tests makes it another user's."""
    subprocess.run(["git", "init", "-q", folder], check=True)


@dataclass(frozen=True)
class Case:
    """An environment, a command, and what comes of it."""

    command: list[str] = field(default_factory=lambda: RUN)
    variables: dict[str, str] = field(default_factory=dict)
    prepare: Callable[[Path], object] = nothing
    code: pytest.ExitCode = pytest.ExitCode.OK
    words: str = "2 replicated, 0 contradicted"
    cwd: Path | None = None


def simulated(text: str, words: str = Case.words) -> Case:
    """Make a case whose environment a module simulates before anything else is imported."""
    return Case(prepare=write("sitecustomize.py", text), words=words)


USAGE = pytest.ExitCode.USAGE_ERROR
CASES = {
    "a notebook's backend": Case(variables={"MPLBACKEND": "module://matplotlib_inline.backend_inline"}),
    "a deprecated package beside torch": simulated(DEPRECATED_NEIGHBOUR),
    "a driver that is too old": simulated(OLD_DRIVER),
    "no folder for compiled code": simulated(NO_CACHE_FOLDER, "compiled code cannot be stored"),
    "no semaphores": simulated(NO_SEMAPHORES),
    "no compilation": Case(
        variables={"NUMBA_DISABLE_JIT": "1"}, code=USAGE, words="NUMBA_DISABLE_JIT is set, but judging needs"
    ),
    "options in PYTEST_ADDOPTS": Case(variables={"PYTEST_ADDOPTS": "-n 2 --no-such-option"}),
    "no capture of output": Case([*RUN, "-p", "no:capture"]),
    "no JUnit and no warnings": Case([*RUN, "-p", "no:junitxml", "-p", "no:warnings"]),
    "an unwritable cache of pytest": Case(prepare=write(".pytest_cache", "")),
    "the whole checkout given to pytest": Case(
        [sys.executable, "-m", "pytest", ".", "--ignore=tests", "-p", "no:cacheprovider"],
        cwd=ROOT,
        code=pytest.ExitCode.NO_TESTS_COLLECTED,
        words="no tests ran",
    ),
    "a commit that Git refuses to name": Case(
        prepare=refused_repository,
        variables={"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"},
        words="the commit is not recorded: fatal: detected dubious ownership",
    ),
    "a name that the locale cannot write": Case(
        [*MODEL_RUN, "--model=modèle.py:factory"],
        variables={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        prepare=write("modèle.py", MODEL),
        words="test_introduction.py",
    ),
    "a user's module that warns": Case(
        [*MODEL_RUN, "--model=warns.py:factory"],
        prepare=write("warns.py", WARNS + MODEL),
        words="test_introduction.py",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_command_runs_or_ends_in_one_sentence(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    (tmp_path / "baselines").mkdir()
    shutil.copy(ROOT / "baselines" / "cpu-smoke.json", tmp_path / "baselines")
    case.prepare(tmp_path)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        case.command,
        cwd=case.cwd or tmp_path,
        env={**inherited, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}", **case.variables},
        capture_output=True,
        check=False,
    )
    output = (done.stdout + done.stderr).decode(errors="replace")
    assert "Traceback" not in output, output
    assert "INTERNALERROR" not in output, output
    assert done.returncode == case.code, output
    assert case.words in " ".join(output.split())
