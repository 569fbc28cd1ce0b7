"""The command `tms` starts only if Python finds this package's own modules, and says so otherwise."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import tms_replication
from tests.helpers.paths import ROOT


def help_of_tms(cwd: Path, *python_path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "tms_replication", "--help"],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (*python_path, ROOT)))},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["claims", "companion", "figures", "tms"])
def test_module_of_another_project_that_comes_first_is_named_in_one_sentence(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / f"{name}.py").write_text("1 / 0\n")
    done = help_of_tms(ROOT, tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"tms: the name {name!r} belongs to tms-replication, but Python finds ")
    assert str(tmp_path / f"{name}.py") in done.stderr
    assert done.stderr.count("\n") == 1


def test_modules_of_the_current_folder_do_no_harm(tmp_path: Path) -> None:
    for name in ("claims", "figures", "tms", "click", "pytest"):
        (tmp_path / f"{name}.py").write_text("1 / 0\n")
    done = help_of_tms(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "replicate" in done.stdout


def test_a_module_of_the_current_folder_is_named_where_python_finds_it_first(tmp_path: Path) -> None:
    (tmp_path / "figures.py").write_text("1 / 0\n")
    done = subprocess.run(
        [sys.executable, "-m", "claims.harness.cli", "replicate"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("tms: the name 'figures' belongs to tms-replication, but Python finds ")
    assert done.stderr.count("\n") == 1


def test_all_packages_that_the_command_needs_are_looked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = {line.partition(">")[0].lower() for line in project["optional-dependencies"]["replicate"]}
    distributions = importlib.metadata.packages_distributions()
    assert {name.lower() for module in tms_replication.NEEDED for name in distributions[module]} == needed


def test_lacking_packages_are_named_with_the_command_that_installs_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    find = importlib.util.find_spec

    def without_rich(name: str, *arguments: Any) -> Any:
        return None if name in ("rich", "PIL") else find(name, *arguments)

    assert tms_replication.obstacle() is None
    monkeypatch.setattr(importlib.util, "find_spec", without_rich)
    assert tms_replication.obstacle() == (
        "PIL, rich cannot be imported; install what is lacking: pip install 'tms-replication[replicate]'"
    )
