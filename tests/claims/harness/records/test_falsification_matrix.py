"""The falsification matrix: which claims catch a control, and what is left uncovered."""

from __future__ import annotations

import dataclasses

import pytest

from claims.harness.judging.outcomes import Verdict
from claims.harness.records.falsification_matrix import NOT_RUN, Cell, State
from tests.helpers.matrices import (
    BLURRED,
    BROKE,
    CAUGHT,
    DOCUMENTED,
    DRIFTED,
    HOLDS,
    REPLICATED,
    WITHHELD,
    matrix_of,
    with_junk,
)


def test_claim_that_should_hold_is_covered_by_its_verdict_alone() -> None:
    assert matrix_of({"one": CAUGHT}, {"one": CAUGHT}).unfalsified == []
    assert matrix_of({"one": DRIFTED, "two": BROKE}, {"one": CAUGHT}).unfalsified == [HOLDS]


def test_documented_claim_is_covered_by_drift_from_its_baseline_too() -> None:
    assert matrix_of({"one": CAUGHT}, {"one": DRIFTED}).unfalsified == []
    survived = Cell(State.SURVIVED)
    assert matrix_of({"one": CAUGHT}, {"one": BROKE, "two": survived}).unfalsified == [DOCUMENTED]


def test_control_is_caught_by_a_verdict_alone() -> None:
    assert matrix_of({"one": CAUGHT, "two": CAUGHT}, {}).unnoticed == []
    assert matrix_of({"one": CAUGHT}, {"two": DRIFTED}).unnoticed == ["two"]


def test_a_claim_that_is_only_inconclusive_catches_nothing_and_is_listed_apart() -> None:
    matrix = matrix_of({"one": BLURRED}, {"one": BLURRED, "two": CAUGHT})
    assert (matrix.catches(HOLDS), matrix.unfalsified, matrix.unnoticed) == ([], [HOLDS], ["one"])
    assert matrix.blurred_by("one") == [HOLDS, DOCUMENTED]
    assert matrix.blurred_by("two") == matrix.missed_by("one") == []


def test_quantities_of_models_that_did_not_converge_catch_without_a_verdict() -> None:
    matrix = matrix_of({"one": WITHHELD}, {"two": CAUGHT})
    assert (matrix.catches(HOLDS), matrix.unfalsified, matrix.unnoticed) == (["one"], [], [])
    assert matrix.withheld_by("one") == [HOLDS]
    assert matrix.caught_by("one") == matrix.withheld_by("two") == []


@pytest.mark.parametrize("verdict", [Verdict.CONTRADICTED, Verdict.INCONCLUSIVE, Verdict.NOTED])
def test_a_claim_that_is_not_replicated_catches_by_drift_too(verdict: Verdict) -> None:
    matrix = dataclasses.replace(matrix_of({"one": DRIFTED}, {}), claims={HOLDS: verdict})
    assert matrix.catches(HOLDS) == ["one"]


def test_control_is_missed_by_claims_that_neither_fail_nor_drift() -> None:
    matrix = matrix_of({"one": Cell(State.SURVIVED)}, {"one": DRIFTED})
    assert matrix.missed_by("one") == [HOLDS]


def test_cell_that_was_not_run_is_empty() -> None:
    assert matrix_of({}, {}).cell(HOLDS, "one") is NOT_RUN


def test_statements_that_junk_replicates_are_listed() -> None:
    matrix = with_junk(REPLICATED, CAUGHT)
    assert matrix.junk == ["two"]
    assert matrix.replicated_by("two") == [HOLDS]
    assert with_junk(BLURRED, Cell(State.SURVIVED)).replicated_by("two") == []


def test_a_claim_that_catches_junk_alone_catches_no_mistake() -> None:
    junk_alone = dataclasses.replace(with_junk(CAUGHT, DRIFTED), cells={HOLDS: {"two": CAUGHT}})
    assert junk_alone.catches(HOLDS) == []
    assert junk_alone.caught_by("two") == [HOLDS]
    assert junk_alone.unfalsified == [HOLDS, DOCUMENTED]
