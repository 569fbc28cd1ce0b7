"""The fingerprint of a run changes with everything that can change the run's outcome."""

from __future__ import annotations

import inspect
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from claims.harness import outcome_code
from claims.harness.falsification import fingerprint as fingerprints
from claims.harness.falsification.control import Control
from claims.harness.falsification.controls import CONTROLS, named
from claims.harness.records import environment
from tests.helpers.imports import imported_by, path_of
from tests.helpers.paths import ROOT
from tms import training

PACKAGE = ROOT / "claims" / "harness" / "falsification"
CONTROL = named("bias-frozen")


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of everything that is digested, in which files can be changed."""
    for package in ("claims", "tms"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "baselines").mkdir()
    (tmp_path / "baselines" / "cpu-quick.json").write_text("{}", "utf-8")
    monkeypatch.setattr(outcome_code, "claims_folder", lambda: tmp_path / "claims")
    monkeypatch.setattr("tms.sources.PACKAGE", tmp_path / "tms")
    monkeypatch.setattr(fingerprints, "_HERE", tmp_path / PACKAGE.relative_to(ROOT))
    monkeypatch.setattr(
        fingerprints,
        "_defined_in",
        lambda control: tmp_path / Path(inspect.getfile(control.apply)).relative_to(ROOT),
    )
    return tmp_path


def fingerprint(
    root: Path, control: Control | None = CONTROL, *, seed: int = 0, expression: str = "GEO"
) -> str:
    return fingerprints.fingerprint(root, control, seed=seed, expression=expression)


@pytest.mark.parametrize(
    "changed",
    [
        "tms/models.py",
        "tms/analysis/geometry.py",
        "claims/test_uniform.py",
        "claims/harness/judging/statistics.py",
        "claims/harness/baselines/drift.py",
        "claims/harness/session/plugin.py",
        "claims/harness/session/no_figures.py",
        "claims/harness/falsification/applying.py",
        "claims/harness/falsification/control.py",
        "claims/harness/falsification/plugin.py",
        "claims/harness/falsification/controls/model.py",
        "baselines/cpu-quick.json",
        "baselines/cuda-quick.json",
    ],
)
def test_changed_file_changes_the_fingerprint(copied: Path, changed: str) -> None:
    before = fingerprint(copied)
    with (copied / changed).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert fingerprint(copied) != before


@pytest.mark.parametrize(
    "changed",
    [
        "claims/harness/falsification/controls/theory.py",
        "claims/harness/falsification/terminal.py",
        "claims/harness/report/render.py",
        "baselines/cpu-paper.json",
    ],
)
def test_file_that_the_run_does_not_use_leaves_the_fingerprint(copied: Path, changed: str) -> None:
    before = fingerprint(copied)
    with (copied / changed).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert fingerprint(copied) == before


def test_settings_and_control_change_the_fingerprint(copied: Path) -> None:
    others = [
        fingerprint(copied, None),
        fingerprint(copied, replace(CONTROL, name="another")),
        fingerprint(copied, seed=1),
        fingerprint(copied, expression="GEO-1"),
    ]
    assert len({fingerprint(copied), *others}) == 5


def test_packages_engine_and_device_change_the_fingerprint(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {fingerprint(copied)}
    monkeypatch.setattr(training, "resolve", lambda *_: ("reference", "cpu"))
    found.add(fingerprint(copied))
    monkeypatch.setattr(environment, "versions", lambda _: {"torch": "0"})
    found.add(fingerprint(copied))
    assert len(found) == 3


def test_module_of_a_control_imports_no_other_module_of_controls() -> None:
    controls = PACKAGE / "controls"
    for control in CONTROLS:
        imported = imported_by(Path(inspect.getfile(control.apply)))
        assert {
            path for path in imported if path.is_relative_to(controls) and path.stem != "__init__"
        } == set()


def test_files_of_this_package_that_a_run_imports_are_digested() -> None:
    needed = {path_of("claims.harness.falsification.plugin")}
    for path in (PACKAGE / "controls").rglob("*.py"):
        needed |= imported_by(path)
    own = {path for path in needed if path and path.parent == PACKAGE and path.stem != "__init__"}
    assert own == {PACKAGE / name for name in fingerprints.DECIDING}
