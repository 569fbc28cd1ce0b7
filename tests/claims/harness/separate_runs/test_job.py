"""A run of the claims as a job: where it runs, what it gives back, and what happens if something kills it."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest

from claims.harness.separate_runs import LOG, RESULTS, Ended, Job, packed, perform
from claims.harness.separate_runs import job as job_module

PROGRAM = """
import os, sys
from pathlib import Path
output = Path(next(a for a in sys.argv if a.startswith("--output="))[9:])
print(os.getcwd(), os.environ.get("OMP_NUM_THREADS"), os.environ.get("GITHUB_ACTIONS"), *sys.argv[1:-1])
print(*sorted(path.as_posix() for path in Path().rglob("*.json")))
(output / "results.json").write_text("[1]")
"""


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The program that runs instead of the claims; tests can append lines to it."""
    lines = [PROGRAM]
    monkeypatch.setattr(job_module, "claims_command", lambda: [sys.executable, "-c", "\n".join(lines)])
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    return lines


def written(ended: Ended, folder: Path) -> dict[str, str]:
    ended.write(folder)
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.mark.usefixtures("program")
def test_run_in_a_temporary_folder_sees_its_files_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "cpu-quick.json").write_text("{}" * 1000)
    file = packed(tmp_path / "cpu-quick.json")
    assert len(file) < 100
    job = Job(arguments=("-k", "GEO"), threads=3, files={"baselines/cpu-quick.json": file})
    ended = perform(pickle.loads(pickle.dumps(job)))
    files = written(pickle.loads(pickle.dumps(ended)), tmp_path / "copy")
    assert ended.code == 0
    assert ended.has_finished
    assert files[RESULTS] == "[1]"
    first, second = files[LOG].splitlines()
    folder, *told = first.split()
    assert told == ["3", "None", "-k", "GEO"]
    assert second == "baselines/cpu-quick.json"
    assert not Path(folder).parent.exists()


@pytest.mark.usefixtures("program")
def test_run_in_given_folders_leaves_its_output_and_nothing_of_an_earlier_run(tmp_path: Path) -> None:
    output = tmp_path / "output"
    output.mkdir()
    (output / "old.txt").touch()
    ended = perform(Job(arguments=(), folder=tmp_path, output=output))
    assert {path.name for path in output.iterdir()} == {RESULTS, LOG}
    assert written(ended, tmp_path / "copy")[LOG].split()[:2] == [str(tmp_path), "None"]


@pytest.mark.parametrize(("code", "finished"), [(0, True), (1, True), (2, False), (3, False), (4, False)])
def test_exit_code_says_whether_a_run_has_finished(program: list[str], code: int, finished: bool) -> None:
    program.append(f"sys.exit({code})")
    ended = perform(Job(arguments=()))
    assert (ended.code, ended.has_finished) == (code, finished)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not there")
@pytest.mark.parametrize("deaths", [1, 2])
def test_run_that_something_kills_is_repeated_once(program: list[str], tmp_path: Path, deaths: int) -> None:
    program += [
        f"file = Path({str(tmp_path)!r}, 'attempts')",
        "with file.open('a') as attempts: attempts.write('.')",
        f"if len(file.read_text()) <= {deaths}: os.kill(os.getpid(), 9)",
    ]
    ended = perform(Job(arguments=()))
    assert (tmp_path / "attempts").read_text() == ".."
    assert (ended.code, ended.has_finished) == ((0, True) if deaths == 1 else (-9, False))
    assert LOG in ended.files


def test_run_that_fails_by_itself_is_not_repeated(program: list[str], tmp_path: Path) -> None:
    program += [
        f"with Path({str(tmp_path)!r}, 'attempts').open('a') as attempts: attempts.write('.')",
        "sys.exit(3)",
    ]
    perform(Job(arguments=()))
    assert (tmp_path / "attempts").read_text() == "."
