"""Where the claims are, and how runs of them are started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from claims.harness import suite
from tests.helpers.paths import ROOT


def test_claims_are_found_in_their_package() -> None:
    assert suite.claims_folder() == ROOT / "claims"


def test_run_belongs_to_the_callers_folder_and_reads_the_settings_of_the_claims_alone(tmp_path: Path) -> None:
    claims = ROOT / "claims"
    assert suite.pytest_arguments(tmp_path) == [
        str(claims),
        "-p",
        "claims.harness.session.plugin",
        f"--config-file={claims / 'harness' / 'session' / 'pytest.ini'}",
        f"--rootdir={tmp_path}",
        f"--confcutdir={claims}",
    ]


def test_nothing_of_the_callers_own_tests_reaches_the_claims(tmp_path: Path) -> None:
    """In the folder above, in the folder, in the one that an option names, and in the environment."""
    project = tmp_path / "project"
    for folder in (tmp_path, project, project / "out", project / "tests"):
        folder.mkdir(exist_ok=True)
        (folder / "conftest.py").write_text("raise RuntimeError('this conftest.py was imported')\n")
        (folder / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (project / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '--no-such-option'\n")
    (project / "figures.py").write_text("raise RuntimeError('this figures.py was imported')\n")
    hostile = {"PYTEST_ADDOPTS": "-n auto --cov", "PYTEST_PLUGINS": "no_such_plugin", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [
            *suite.claims_command(),
            "--collect-only",
            "-q",
            "-k",
            "INTRO-1",
            "--output",
            "out",
            "--before",
            "out",
        ],
        cwd=project,
        env={**os.environ, **hostile},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 selected" in done.stdout or "1/" in done.stdout
    assert not (project / ".pytest_cache").exists()


@pytest.mark.parametrize(("set_by_caller", "threads"), [(None, "1"), ("3", "3")])
def test_variables_are_set_for_a_run_and_as_before_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, set_by_caller: str | None, threads: str
) -> None:
    seen: list[dict[str, str]] = []

    def run(_: list[str]) -> int:
        seen.append(dict(os.environ))
        return 0

    monkeypatch.setattr(pytest, "main", run)
    monkeypatch.setenv("PYTEST_ADDOPTS", "-x")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if set_by_caller:
        monkeypatch.setenv("OMP_NUM_THREADS", set_by_caller)
    before = dict(os.environ)
    assert suite.run_claims(tmp_path, ["-k", "GEO"]) == 0
    [during] = seen
    assert "PYTEST_ADDOPTS" not in during
    assert during["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] == "1"
    assert during["OMP_NUM_THREADS"] == threads
    assert dict(os.environ) == before


def test_claims_are_judged_on_one_thread(tmp_path: Path) -> None:
    """The variable is set before anything imports torch, which reads it only then."""
    probe = "def pytest_sessionfinish():\n    import torch\n    print('threads:', torch.get_num_threads())\n"
    (tmp_path / "probe.py").write_text(probe)
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    done = subprocess.run(
        [*suite.claims_command(), "-p", "probe", "--collect-only", "-q", "-k", "INTRO-1"],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "threads: 1\n" in done.stdout


@pytest.fixture
def _logging_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace pytest by a program that appends its first argument to log.txt, and exits with the second."""
    program = "import sys; open('log.txt', 'a').write(sys.argv[1]); sys.exit(int(sys.argv[2]))"
    monkeypatch.setattr(suite, "claims_command", lambda: [sys.executable, "-c", program])


@pytest.mark.usefixtures("_logging_runs")
def test_runs_in_turn_are_made_in_the_callers_folder(tmp_path: Path) -> None:
    assert suite.run_in_turn(tmp_path, [["a", "0"], ["b", "0"]]) == 0
    assert (tmp_path / "log.txt").read_text() == "ab"


@pytest.mark.usefixtures("_logging_runs")
def test_run_that_fails_ends_the_others(tmp_path: Path) -> None:
    assert suite.run_in_turn(tmp_path, [["a", "0"], ["b", "3"], ["c", "0"]]) == 3
    assert (tmp_path / "log.txt").read_text() == "ab"


def test_interrupted_run_may_store_what_it_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float | None] = []

    class Process:
        def __init__(self, *_: object, **__: object) -> None:
            pass

        def __enter__(self) -> Process:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def wait(self, timeout: float | None = None) -> int:
            waits.append(timeout)
            if timeout is None:
                raise KeyboardInterrupt
            return 2

    monkeypatch.setattr("subprocess.Popen", Process)
    assert suite.run_in_turn(tmp_path, [["a"], ["b"]]) == 2
    assert waits == [None, suite.SECONDS_TO_STORE]
