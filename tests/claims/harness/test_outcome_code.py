"""Which code decides outcomes: everything that a run imports, except for what only shows them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from claims.harness import outcome_code
from tests.helpers.imports import path_of, reached_from
from tests.helpers.paths import ROOT

CLAIMS = ROOT / "claims"
LEFT_OUT = [CLAIMS / name for name in outcome_code.LEFT_OUT]


def is_left_out(path: Path) -> bool:
    return any(path.is_relative_to(left_out) for left_out in LEFT_OUT)


@pytest.fixture(scope="module")
def imported_by_a_run() -> set[Path]:
    plugins = [path_of(f"claims.harness.session.{name}") for name in ("plugin", "no_figures")]
    roots = [path for path in [*plugins, *CLAIMS.glob("*.py")] if path]
    return {path for path in reached_from(roots) if path.is_relative_to(CLAIMS)}


def test_every_module_that_a_run_imports_is_digested_or_left_out(imported_by_a_run: set[Path]) -> None:
    assert len(imported_by_a_run) > 40
    left_out = {path for path in imported_by_a_run if is_left_out(path)}
    assert imported_by_a_run - set(outcome_code.files()) == left_out


def test_of_what_a_run_imports_only_drawing_and_reports_are_left_out(imported_by_a_run: set[Path]) -> None:
    left_out = [path.relative_to(CLAIMS).parts for path in imported_by_a_run if is_left_out(path)]
    rooms = {("harness", "drawing"), ("harness", "floor"), ("harness", "report")}
    assert {parts[:2] for parts in left_out} == rooms


def test_what_is_left_out_exists() -> None:
    assert all(path.exists() for path in LEFT_OUT)


@pytest.mark.parametrize("room", ["judging", "baselines", "records"])
def test_what_judges_imports_nothing_that_is_left_out(room: str) -> None:
    reached = reached_from((CLAIMS / "harness" / room).glob("*.py"))
    assert not [path for path in reached if is_left_out(path)]


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project's sources, of which digests are taken."""
    for package in ("claims", "tms"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(outcome_code, "claims_folder", lambda: tmp_path / "claims")
    monkeypatch.setattr("tms.sources.PACKAGE", tmp_path / "tms")
    return tmp_path


def test_digest_depends_on_the_code_and_not_on_its_place(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_copy = outcome_code.digest()
    monkeypatch.undo()
    assert copied != ROOT
    assert outcome_code.digest() == of_copy


@pytest.mark.parametrize(
    "changed",
    [
        "tms/models.py",
        "tms/analysis/geometry.py",
        "tms/paper/phase.py",
        "tms/engines/cpu/adamw.py",
        "claims/test_phase.py",
        "claims/conftest.py",
        "claims/harness/files.py",
        "claims/harness/judging/statistics.py",
        "claims/harness/baselines/drift.py",
        "claims/harness/records/results.py",
        "claims/harness/session/trained_models.py",
        "claims/harness/a_new_room/a_new_module.py",
    ],
)
def test_change_of_deciding_code_changes_the_digest(copied: Path, changed: str) -> None:
    before = outcome_code.digest()
    path = copied / changed
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    assert outcome_code.digest() != before


def test_name_of_a_deciding_file_counts(copied: Path) -> None:
    before = outcome_code.digest()
    path = copied / "claims" / "harness" / "judging" / "statistics.py"
    path.rename(path.with_name("renamed.py"))
    assert outcome_code.digest() != before


@pytest.mark.parametrize(
    "changed",
    ["cli.py", "drawing/draw.py", "report/render.py", "falsification/running.py", "flakiness/table.py"],
)
def test_change_of_code_that_only_shows_outcomes_leaves_the_digest(copied: Path, changed: str) -> None:
    before = outcome_code.digest()
    with (copied / "claims" / "harness" / changed).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    assert outcome_code.digest() == before
