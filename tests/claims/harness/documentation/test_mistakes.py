"""The page of mistakes shows what is stored: who notices which, and what junk replicates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from claims.harness.documentation import mistakes, pages
from claims.harness.files import FileError
from claims.harness.records import falsification_file
from claims.harness.records.falsification_matrix import Kind, Matrix
from tests.helpers.matrices import (
    CAUGHT,
    DRIFTED,
    REPLICATED,
    WITHHELD,
    control,
    matrix_of,
    with_junk,
)
from tests.helpers.reports import HOSTILE


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "baselines").mkdir()
    return tmp_path


def page(root: Path, matrix: Matrix) -> str:
    falsification_file.save(matrix, falsification_file.path_of(root))
    return pages.mistakes_page(root)


def test_each_mistake_has_the_claims_that_notice_it_under_the_heading_of_its_kind(root: Path) -> None:
    shown = page(root, matrix_of({"one": CAUGHT, "two": WITHHELD}, {"one": WITHHELD, "two": CAUGHT}))
    models, theory = (shown.index(f"## {mistakes.TITLES[kind]}") for kind in (Kind.MODEL, Kind.THEORY))
    one, two = (
        shown.index(f"| **{name}**: It is wrong. | {verdicts} | {quantities} |")
        for name, verdicts, quantities in (("one", "DEMO-1", "DEMO-2"), ("two", "DEMO-2", "DEMO-1"))
    )
    assert models < one < theory < two
    assert "Each mistake was noticed" in shown
    assert "## Mistakes in data" not in shown
    assert "## Junk" not in shown


def test_each_test_of_a_claim_has_the_mistakes_that_it_notices(root: Path) -> None:
    shown = page(root, matrix_of({"one": CAUGHT, "two": DRIFTED}, {"one": DRIFTED, "two": CAUGHT}))
    assert "| DEMO-1 | test\\_holds | ✓&nbsp;replicated | 1 of the deliberate mistakes: one. |" in shown
    assert (
        "| DEMO-2 | test\\_documented | ≠&nbsp;contradicted | 2 of the deliberate mistakes: one, two. |"
        in shown
    )
    assert "2 tests were judged.\nEach noticed at least one mistake." in shown


def test_what_nothing_notices_is_named(root: Path) -> None:
    shown = page(root, matrix_of({"one": CAUGHT}, {}))
    assert "2 tests were judged.\nDEMO-2 noticed no mistake." in shown
    assert "No verdict or quantity noticed these mistakes: two." in shown
    assert "| DEMO-2 | test\\_documented | ≠&nbsp;contradicted | nothing |" in shown


def test_junk_has_the_statements_that_it_replicates_and_is_no_mistake(root: Path) -> None:
    shown = page(root, with_junk(REPLICATED, CAUGHT))
    assert "| **two**: It is wrong. | DEMO-1 |" in shown
    assert shown.count("**two**") == 1
    assert "| **two**: It is wrong. | none |" in page(root, with_junk(CAUGHT, CAUGHT))


def test_a_part_of_a_matrix_says_so(root: Path) -> None:
    part = replace(matrix_of({"one": CAUGHT}, {}), planned=7)
    assert "2 of 7 mistakes and kinds of junk" in page(root, part)


def test_no_text_of_a_matrix_becomes_markup(root: Path) -> None:
    matrix = replace(matrix_of({}, {}), controls={"one": control(words=HOSTILE)})
    shown = page(root, matrix)
    assert "<script" not in shown
    assert "<img" not in shown


def test_a_missing_matrix_is_named_with_the_command_that_writes_it(root: Path) -> None:
    with pytest.raises(FileError, match=r"falsification.json .* Write it anew: tms falsify"):
        pages.mistakes_page(root)
