"""The matrix in the terminal."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from claims.harness.falsification.terminal import mark, show, verdict
from claims.harness.records.falsification_matrix import Cell, Matrix, State
from tests.helpers.matrices import BLURRED, BROKE, CAUGHT, DRIFTED, REPLICATED, WITHHELD, matrix_of, with_junk


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=200)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_row_has_a_mark_for_each_control(console: Console) -> None:
    show(matrix_of({"one": CAUGHT, "two": DRIFTED}, {"one": BROKE}), console)
    lines = [line.split() for line in printed(console).splitlines()]
    assert ["DEMO-1", "holds", "#~"] in lines
    assert ["DEMO-2", "documented", "!"] in lines


def test_every_outcome_has_a_mark_of_its_own() -> None:
    marks = [mark(Cell(state)).plain for state in State] + [mark(DRIFTED).plain]
    assert len(set(marks)) == len(State) + 1


def test_list_of_controls_counts_their_outcomes(console: Console) -> None:
    show(matrix_of({"one": CAUGHT, "two": DRIFTED}, {"one": BROKE, "two": BLURRED}), console)
    lines = [line.split() for line in printed(console).splitlines()]
    assert ["1", "one", "It", "is", "wrong.", "1", "0", "0", "0", "1", "0", "2"] in lines
    assert ["2", "two", "It", "is", "wrong.", "0", "0", "1", "1", "0", "0", "2"] in lines


def test_list_of_controls_counts_withheld_verdicts_apart(console: Console) -> None:
    show(matrix_of({"one": WITHHELD}, {"one": CAUGHT}), console)
    lines = [line.split() for line in printed(console).splitlines()]
    assert ["1", "one", "It", "is", "wrong.", "1", "1", "0", "0", "0", "0", "2"] in lines


@pytest.fixture
def uncovered() -> Matrix:
    """A matrix in which no claim catches "two", and DEMO-2 catches no control."""
    return matrix_of({"one": CAUGHT}, {"one": BROKE})


def test_uncovered_claims_and_controls_are_named_and_fail(uncovered: Matrix, console: Console) -> None:
    assert verdict(uncovered, console, every_control=True, every_claim=True) == 1
    assert "No claim catches two" in printed(console)
    assert "DEMO-2 (test_documented) catches no control" in printed(console)


def test_coverage_that_was_not_asked_for_does_not_fail(uncovered: Matrix, console: Console) -> None:
    assert verdict(uncovered, console, every_control=False, every_claim=False) == 0
    assert "1 of 2 controls caught, 1 of 2 claims catch one; cells: 1 broke, 1 caught" in printed(console)


def test_statement_that_junk_replicates_is_named_and_fails_whatever_was_asked_for(console: Console) -> None:
    replicated = with_junk(REPLICATED, CAUGHT)
    assert verdict(replicated, console, every_control=False, every_claim=False) == 1
    assert "DEMO-1 (test_holds) is replicated by two." in printed(console)
    show(replicated, console)
    lines = [line.split() for line in printed(console).splitlines()]
    assert ["DEMO-1", "holds", "#R"] in lines
    assert ["2", "two", "It", "is", "wrong.", "1", "0", "0", "0", "0", "1", "2"] in lines


def test_junk_that_replicates_nothing_passes(console: Console) -> None:
    assert verdict(with_junk(CAUGHT, BLURRED), console, every_control=True, every_claim=True) == 0
    assert "replicated by" not in printed(console)
    assert "2 of 2 controls caught, 2 of 2 claims catch one" in printed(console)


def test_controls_are_numbered_by_digits_above_each_other(console: Console) -> None:
    matrix = matrix_of({}, {})
    names = [f"control {n}" for n in range(1, 13)]
    show(replace(matrix, controls=dict.fromkeys(names, matrix.controls["one"])), console)
    tens, ones = printed(console).splitlines()[:2]
    start = ones.index("1")
    assert ones[start:].rstrip() == "123456789012"
    assert tens[start:].rstrip() == " " * 9 + "111"
