"""Where the claims are, and how runs of them are started."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from claims.harness import suite
from tests.helpers.paths import ROOT


def test_claims_are_found_in_their_package() -> None:
    assert suite.claims_folder() == ROOT / "claims"


def test_run_belongs_to_the_callers_folder_and_loads_only_the_conftest_of_the_claims(tmp_path: Path) -> None:
    claims = ROOT / "claims"
    assert suite.pytest_arguments(tmp_path) == [
        str(claims), f"--rootdir={tmp_path}", f"--confcutdir={claims}"
    ]  # fmt: skip


@pytest.fixture
def _logging_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace pytest by a program that appends its first argument to log.txt, and exits with the second."""
    program = "import sys; open('log.txt', 'a').write(sys.argv[1]); sys.exit(int(sys.argv[2]))"
    monkeypatch.setattr(suite, "pytest_command", lambda _: [sys.executable, "-c", program])


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
