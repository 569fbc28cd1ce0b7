"""The command runs, or ends in one sentence, in environments that others have: one row for each."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from claims.harness.command_line import MISUSE
from claims.harness.records import results
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


# A file that may not grow fails like one on a full disk, with another number. It needs no rights.
LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))
"""


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
    """An environment, a command, and what comes of it; `room` is the number of bytes left on the disk."""

    command: list[str] = field(default_factory=lambda: RUN)
    variables: dict[str, str] = field(default_factory=dict)
    prepare: Callable[[Path], object] = nothing
    code: int = pytest.ExitCode.OK
    words: str = "2 replicated, 0 contradicted"
    cwd: Path | None = None
    room: int | None = None


def simulated(text: str, words: str = Case.words, code: int = pytest.ExitCode.OK, *more: str) -> Case:
    """Make a case whose environment a module simulates, which Python imports before anything else."""
    return Case([*RUN, *more], prepare=write("sitecustomize.py", text), words=words, code=code)


def limited(size: int, words: str, code: int, *more: str) -> Case:
    """Make a case in which no file can grow beyond a size in bytes."""
    return simulated(LIMITED.format(size), f"{words} File too large", code, *more)


def full(room: int, words: str, code: int, *more: str) -> Case:
    """Make a case with little room on the disk."""
    return Case([*RUN, *more], words=f"{words} No space left on device.", code=code, room=room)


USAGE = pytest.ExitCode.USAGE_ERROR
ENDED, FAILED = pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.TESTS_FAILED
LISTING, RESULTS, JUNIT, PAGE = (
    f"replication/{name} cannot be written:"
    for name in (".figures", "results.json", "junit.xml", "report.html")
)
BASELINE = "baselines/cpu-smoke.json cannot be written:"
FIGURE = "The figure correlated/critical_density of CORR-7 could not be drawn: OSError: [Errno 27]"
UPDATE = "--update-baselines"
CASES = {
    "no temporary files": simulated(
        LIMITED.format(0), "A temporary file cannot be written: No usable", MISUSE
    ),
    "no list of figures": limited(8, LISTING, USAGE),
    "no results": limited(1000, RESULTS, USAGE),
    "no results of later claims": limited(3000, RESULTS, ENDED),
    "no page": limited(20_000, PAGE, FAILED),
    "no figures": limited(25_000, FIGURE, FAILED, "-k=CORR-7"),
    "no baseline": limited(150_000, BASELINE, FAILED, UPDATE),
    "a disk without room": full(0, LISTING, USAGE),
    "a disk with room for the first results": full(8192, JUNIT, USAGE),
    "a disk that fills while claims run": full(12_288, RESULTS, ENDED),
    "a disk that fills before the reports": full(65_536, PAGE, FAILED),
    "a disk without room for a baseline": full(204_800, BASELINE, FAILED, UPDATE),
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


@contextmanager
def disk(folder: Path) -> Iterator[None]:
    """Mount a disk of 2 MiB on a folder, which takes the rights of an administrator."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path, room: int) -> None:
    """Fill the disk of a folder up to some bytes."""
    (folder / "ballast").write_bytes(bytes(shutil.disk_usage(folder).free - room))


def check_files(folder: Path) -> None:
    """Check that no file that a run wrote was cut short."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"):
        match path.suffix:
            case ".json" if path.name == "results.json":
                results.read(path)
            case ".json":
                json.loads(path.read_text("utf-8"))
            case ".xml" | ".svg":
                ElementTree.parse(path)
            case ".png":
                Image.open(path).load()
            case ".html":
                assert path.read_text("utf-8").rstrip().endswith("</html>")
            case ".md":
                assert path.read_text("utf-8").endswith("\n")
            case _:
                assert path.name == ".figures", path


@pytest.mark.parametrize("name", CASES)
def test_command_runs_or_ends_in_one_sentence(name: str, tmp_path: Path) -> None:
    with nullcontext() if CASES[name].room is None else disk(tmp_path):
        check(CASES[name], tmp_path)


def check(case: Case, tmp_path: Path) -> None:
    """Run the command of a case, and check what it says, its exit code, and the files that it leaves."""
    baseline = (ROOT / "baselines" / "cpu-smoke.json").read_bytes()
    (tmp_path / "baselines").mkdir()
    (tmp_path / "baselines" / "cpu-smoke.json").write_bytes(baseline)
    case.prepare(tmp_path)
    if case.room is not None:
        fill(tmp_path, case.room)
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
    assert (tmp_path / "baselines" / "cpu-smoke.json").read_bytes() == baseline
    has_page = (tmp_path / "replication" / "report.html").exists()
    assert ("report: replication/report.html" in output) == has_page
    check_files(tmp_path / "replication")
