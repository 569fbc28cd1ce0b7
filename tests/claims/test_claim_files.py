"""What a claim file may hold, and that the README of the claims names each of them beside its section."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from claims.harness.judging.claim import SECTIONS
from tests.helpers.paths import ROOT

FOLDER: Final = ROOT / "claims"
FILES: Final = sorted(FOLDER.glob("test_*.py"))
ROWS: Final = re.findall(
    r"^\| (.+?) \| ([A-Z]+) \| (.+?) \| .+ \|$", (FOLDER / "README.md").read_text("utf-8"), re.M
)


def functions(path: Path) -> list[ast.FunctionDef]:
    return [
        node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)
    ]


def sections_of(path: Path) -> set[str]:
    """Sections whose claims and notes a file holds, from the ids in its decorators."""
    return set(re.findall(r'^@(?:claim|note)\(\s*"([A-Z]+)-\d+"', path.read_text("utf-8"), re.M))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_helper_of_a_claim_file_is_annotated(path: Path) -> None:
    for function in functions(path):
        if function.name.startswith("test_"):
            continue
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        assert function.returns is not None, f"{path.name}: {function.name} has no return type"
        untyped = [argument.arg for argument in arguments if argument.annotation is None]
        assert not untyped, f"{path.name}: {function.name} has no type for {untyped}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_test_of_a_claim_file_is_a_claim_or_a_note_and_all_are_of_one_section(path: Path) -> None:
    for function in functions(path):
        if function.name.startswith("test_"):
            marks = [ast.unparse(decorator) for decorator in function.decorator_list]
            kinds = [mark.partition("(")[0] for mark in marks]
            assert kinds.count("claim") + kinds.count("note") == 1, (
                f"{path.name}: {function.name} is neither a claim nor a note"
            )
    assert len(sections_of(path)) == 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_cached_function_of_a_claim_file_asks_for_trained_models(path: Path) -> None:
    for function in functions(path):
        marks = {ast.unparse(decorator).partition("(")[0] for decorator in function.decorator_list}
        arguments = {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}
        assert not (marks & {"cache", "lru_cache"} and "trained" in arguments), (
            f"{path.name}: a later claim that calls {function.name} would not be seen to rest on its models"
        )


def test_the_readme_names_every_section_in_the_papers_order_with_its_claim_files() -> None:
    assert [(title, section) for title, section, _ in ROWS] == [(t, s) for s, t in SECTIONS.items()]
    named = {section: set(re.findall(r"`(test_\w+\.py)`", files)) for _, section, files in ROWS}
    there: dict[str, set[str]] = {section: set() for section in SECTIONS}
    for path in FILES:
        for section in sections_of(path):
            there[section].add(path.name)
    assert named == there


def test_the_readmes_example_is_a_claim() -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    names = re.findall(r"^def (test_\w+)", readme, re.M)
    known = {function.name for path in FILES for function in functions(path)}
    assert names
    assert set(names) <= known
