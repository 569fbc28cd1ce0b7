"""The packages import only what lies below them, and their folders hold only what belongs there."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

import grimp
import pytest
from importlinter import cli

from tests.helpers.paths import ROOT

PYPROJECT: Final = ROOT / "pyproject.toml"
CONTRACTS: Final = [
    contract["id"]
    for contract in tomllib.loads(PYPROJECT.read_text("utf-8"))["tool"]["importlinter"]["contracts"]
]
MOST_LINES: Final = 300
LONGER: Final = ("tms/engines/cpu/", "tms/engines/cuda/", "companion/app.py")
"""Compiled kernels and the notebook, which has a few cells for each chapter."""
CODE: Final = [
    path.relative_to(ROOT).as_posix()
    for package in ("tms", "figures", "companion", "claims", "tests")
    for path in sorted((ROOT / package).rglob("*.py"))
]


@cache
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("tms", "figures", "companion", "claims", "tests", cache_dir=None)


def is_test(module: str) -> bool:
    return module.rpartition(".")[2].startswith(("test_", "bench_"))


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_import_keeps_the_order_of_the_packages(
    contract: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    code = cli.lint_imports(str(PYPROJECT), limit_to_contracts=(contract,), cache_dir=None, no_cache=True)
    assert code == cli.EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_claim_files_import_only_the_names_of_the_harness_the_science_and_the_figures() -> None:
    claims = [module for module in imports().modules if module.startswith("claims.test_")]
    assert claims
    for module in claims:
        for imported in imports().find_modules_directly_imported_by(module):
            package = imported.partition(".")[0]
            assert imported == "claims.harness" or package != "claims", f"{module} imports {imported}"
            assert package != "tests", f"{module} imports {imported}"


def test_the_notebook_imports_nothing_but_the_companion_and_so_holds_no_science_and_no_drawing() -> None:
    imported = imports().find_modules_directly_imported_by("companion.app")
    assert imported
    assert {module.partition(".")[0] for module in imported} == {"companion"}


def test_no_test_module_imports_another() -> None:
    for module in filter(is_test, imports().modules):
        for imported in imports().find_modules_directly_imported_by(module):
            # Claims are tests, and the code that tests/claims tests.
            under_test = imported.startswith("claims.") and module.startswith("tests.claims.")
            assert under_test or not is_test(imported), f"{module} imports {imported}"


def test_the_folder_of_the_claims_holds_nothing_but_claims_and_the_harness() -> None:
    names = {path.name for path in (ROOT / "claims").iterdir() if path.is_file() or any(path.glob("*.py"))}
    claims = {name for name in names if Path(name).match("test_*.py")}
    assert claims
    assert names - claims == {"README.md", "__init__.py", "conftest.py", "harness"}


def test_no_module_but_a_kernel_or_the_notebook_has_more_than_300_lines() -> None:
    lengths = {path: len((ROOT / path).read_text("utf-8").splitlines()) for path in CODE}
    assert lengths
    assert {path: n for path, n in lengths.items() if n > MOST_LINES and not path.startswith(LONGER)} == {}
