"""An output folder holds one run, whatever was in it before and whoever else wants to write into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from claims.harness.files import FileError
from claims.harness.locks import lock_of, locked
from claims.harness.records import results
from claims.harness.session.output_folder import OutputFolder
from tests.helpers.claim_suite import ALSO_HOLDS, FAILS, HOLDS, Suite, sentence
from tests.helpers.reports import document, outcome


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


DRAWS = FAILS.replace("near_one(1.0)", "near_one()")


@pytest.mark.usefixtures("without_workers")
def test_figures_of_a_former_run_are_gone_when_a_claim_passes_again(suite: Suite) -> None:
    suite.with_baseline_of(DRAWS)
    suite.write(FAILS)
    suite.run()
    output = suite.folder / "replication"
    assert (output / "failed" / "demo" / "figure.png").exists()
    suite.write(DRAWS)
    assert suite.run().ret == pytest.ExitCode.OK
    assert not (output / "failed").exists()
    assert (output / "figures" / "demo" / "figure.png").exists()
    suite.write(HOLDS)
    suite.run()
    assert not (output / "figures").exists()


@pytest.mark.usefixtures("without_workers")
def test_figures_of_a_former_run_in_the_same_folder_can_be_shown_beside_new_ones(suite: Suite) -> None:
    suite.with_baseline_of(DRAWS)
    suite.run()
    drawn = (suite.folder / "replication" / "figures" / "demo" / "figure.png").read_bytes()
    suite.write(FAILS)
    suite.run("--before=replication")
    assert suite.claim("DEMO-3")["before"] == ["before/demo/figure.png"]
    assert (suite.folder / "replication" / "before" / "demo" / "figure.png").read_bytes() == drawn
    suite.run()
    assert not (suite.folder / "replication" / "before").exists()


def test_figures_that_a_killed_run_did_not_report_are_gone_in_the_next(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    output = suite.folder / "replication"
    folder = OutputFolder(output)
    folder.clear()
    folder.list_figures(["demo/figure"])
    write(output, "failed/demo/figure.png", "failed/demo/figure.svg")
    assert suite.run().ret == pytest.ExitCode.OK
    assert not (output / "failed").exists()


def test_clearing_deletes_what_runs_write_and_nothing_else(tmp_path: Path) -> None:
    outside = tmp_path / "outside.png"
    outside.touch()
    folder = tmp_path / "run"
    listed = ("figures/a.png", "figures/a.svg", "failed/b/c.png", "before/a.png")
    mine = ("figures/mine.png", "figures/a.txt", "failed/b/notes.md", "notes.md", "other/a.png")
    reports = ("report.md", "report.html", "summary.md", "badge.json", "comparison.html", "comparison.md")
    write(folder, *listed, *mine, *reports)
    named = (*listed, "other/a.png", "../outside.png", str(outside), "figures/../notes.md", "figures/a.txt")
    results.write(folder / "results.json", document(outcome(figures=named)))
    OutputFolder(folder).clear([tmp_path / "elsewhere.xml"])
    assert files_in(folder) == {*mine, "figures", "failed", "failed/b", "other"}
    assert outside.exists()


def test_a_damaged_former_run_is_no_obstacle(tmp_path: Path) -> None:
    write(tmp_path, "results.json", "figures/a.png")
    (tmp_path / ".figures").write_bytes(b"\xff")
    OutputFolder(tmp_path).clear()
    assert files_in(tmp_path) == {"figures", "figures/a.png"}


def test_second_run_into_a_folder_ends_in_one_sentence_and_changes_nothing(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.run()
    output = suite.folder / "replication"
    before = {path: path.read_bytes() for path in output.iterdir()}
    suite.write(ALSO_HOLDS)
    with locked(lock_of(output), "busy"):
        second = suite.run()
    assert second.ret == pytest.ExitCode.USAGE_ERROR
    assert sentence(second) == (
        "ERROR: --output replication: another run writes into this folder; wait for it, or name another "
        "folder."
    )
    assert {path: path.read_bytes() for path in output.iterdir()} == before
    suite.run("--update-baselines")
    assert suite.claim("DEMO-2")["verdict"] == "replicated"


def test_a_run_holds_its_folder_until_it_ends(suite: Suite) -> None:
    suite.write(
        HOLDS,
        ALSO_HOLDS
        + "    import pathlib\n"
        + "    from claims.harness.files import FileError\n"
        + "    from claims.harness.locks import lock_of, locked\n"
        + "    with pytest.raises(FileError, match='busy'):\n"
        + "        with locked(lock_of(pathlib.Path('replication').resolve()), 'busy'):\n"
        + "            pass\n",
    )
    assert suite.run("--update-baselines").ret == pytest.ExitCode.OK
    with locked(lock_of(suite.folder / "replication"), "busy"):
        pass


def test_a_file_system_without_locks_locks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    import filelock

    def refuse(code: int) -> None:
        def acquire(*_: object, **__: object) -> None:
            raise OSError(code, "no locks")

        monkeypatch.setattr(filelock.FileLock, "acquire", acquire)

    refuse(errno.ENOLCK)
    with locked(tmp_path / "lock", "busy"):
        pass
    refuse(errno.EROFS)
    with (
        pytest.raises(FileError, match="lock cannot be written: no locks"),
        locked(tmp_path / "lock", "busy"),
    ):
        pass
