"""The command writes pages, and says which do not show what is stored."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from claims.harness.documentation import record
from claims.harness.documentation.command import main, stale_pages
from tests.helpers.paths import ROOT
from tests.helpers.reports import document

PAGES = ("arithmetic.md", "claims.md", "departures.md", "mistakes.md", "settings.md", "throughput.md")
STORED = ("arithmetic", "falsification", "replication", "throughput-cpu", "throughput-cuda")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the pages are generated from, in which the command runs."""
    (tmp_path / "baselines").mkdir()
    for name in STORED:
        shutil.copy(ROOT / "baselines" / f"{name}.json", tmp_path / "baselines")
    shutil.copy(ROOT / "README.md", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_pages_of_this_repository_show_what_is_stored() -> None:
    assert stale_pages(ROOT) == []


def test_missing_pages_are_named_with_the_command_that_writes_them(project: Path) -> None:
    del project
    result = CliRunner().invoke(main, [])
    assert result.exit_code == 1
    for name in PAGES:
        assert str(Path("docs/generated") / name) in result.output
    assert "nox -s docs -- --write" in result.output


def test_written_pages_show_what_is_stored_until_it_changes(project: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(main, ["--write"]).exit_code == 0
    assert runner.invoke(main, []).exit_code == 0
    path = record.path_of(project)
    stored = json.loads(path.read_text("utf-8"))
    [entry] = stored["claims"]["INTRO-1"].values()
    entry["sentence"] = "Another sentence."
    record.write(path, stored)
    result = runner.invoke(main, [])
    assert result.exit_code == 1
    assert "claims.md" in result.output
    assert "settings.md" not in result.output


def test_results_of_a_run_become_the_record(project: Path) -> None:
    written = document(words="a new processor")
    (project / "results.json").write_text(json.dumps(written))
    result = CliRunner().invoke(main, ["--write", "--results", "results.json"])
    assert result.exit_code == 0, result.output
    assert record.read(record.path_of(project)).environment["device_name"] == "a new processor"
    assert "a new processor" in (project / "README.md").read_text("utf-8")


def test_results_of_an_unfinished_run_are_refused_and_change_nothing(project: Path) -> None:
    before = record.path_of(project).read_bytes()
    (project / "results.json").write_text(json.dumps({**document(), "complete": False}))
    result = CliRunner().invoke(main, ["--write", "--results", "results.json"])
    assert result.exit_code == 1
    assert "complete runs only" in result.output
    assert record.path_of(project).read_bytes() == before


def test_results_without_write_are_a_wrong_use(project: Path) -> None:
    del project
    assert CliRunner().invoke(main, ["--results", "results.json"]).exit_code == 2
