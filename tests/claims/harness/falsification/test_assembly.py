"""Assembling the matrix: what counts as caught, survived, broken and not applicable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from claims.harness.baselines.baseline import Key
from claims.harness.errors import MisuseError
from claims.harness.falsification.assembly import assemble, cell_of
from claims.harness.falsification.controls import named
from claims.harness.judging.outcomes import Verdict
from claims.harness.records.falsification_matrix import Cell, State
from tests.helpers.matrices import DOCUMENTED, HOLDS

Entry = dict[str, Any]


def quantity(
    name: str = "norm", values: Sequence[float] = (1.0, 1.1), accepted: bool = True, drift: str = "steady"
) -> Entry:
    return {"name": name, "values": list(values), "accepted": accepted, "drift": {"status": drift}}


def entry(
    verdict: str, *quantities: Entry, key: Key = HOLDS, baseline: str = "steady", error: str | None = None
) -> Entry:
    return {
        "id": key.claim,
        "test": key.test,
        "verdict": verdict,
        "baseline": baseline,
        "error": error,
        "quantities": list(quantities),
    }


RIGHT = entry("replicated", quantity())
MISS = entry("not replicated", quantity(accepted=False), key=DOCUMENTED)


def document(*entries: Entry) -> Entry:
    return {"claims": list(entries), "environment": {"seconds": 2.0}}


def test_claim_that_fails_catches_by_the_first_quantity_not_accepted() -> None:
    under = entry(
        "failed", quantity(values=[2, 2]), quantity("angle", accepted=False), quantity("x", accepted=False)
    )
    assert cell_of(RIGHT, under) == Cell(State.CAUGHT, by="angle")


def test_documented_claim_that_holds_after_all_catches() -> None:
    under = entry("failed", quantity(values=[2, 2]), key=DOCUMENTED)
    assert cell_of(MISS, under) == Cell(State.CAUGHT, by="every quantity is accepted")


def test_claim_that_still_holds_survives_and_names_what_drifted() -> None:
    under = entry(
        "replicated", quantity(values=[1, 1]), quantity("angle", drift="drifted"), baseline="drifted"
    )
    assert cell_of(RIGHT, under) == Cell(State.SURVIVED, drifted=True, by="angle")
    assert cell_of(RIGHT, entry("replicated", quantity(values=[1, 1]))) == Cell(State.SURVIVED)


def test_values_equal_to_the_last_bit_are_not_applicable() -> None:
    assert cell_of(RIGHT, entry("replicated", quantity())) == Cell(State.NOT_APPLICABLE)
    changed = entry("replicated", quantity(values=[1.0, 1.1 + 1e-15]))
    assert cell_of(RIGHT, changed).state is State.SURVIVED


def test_error_is_no_judgement_but_a_failure_that_the_claim_raises_is() -> None:
    broken = entry("failed", error="IndexError: index 7 is out of bounds\nmore")
    assert cell_of(RIGHT, broken) == Cell(State.BROKE, by="IndexError: index 7 is out of bounds")
    judged = entry("failed", error="Failed: no model represents any feature")
    assert cell_of(RIGHT, judged) == Cell(State.CAUGHT, by="no model represents any feature")


def test_claim_that_did_not_run_is_not_run() -> None:
    assert cell_of(RIGHT, entry("not run")).state is State.NOT_RUN


def test_matrix_keeps_what_ran_and_the_description_of_each_control() -> None:
    control = named("bias-frozen")
    under = document(entry("failed", quantity(values=[3, 3], accepted=False)), MISS)
    matrix = assemble(document(RIGHT, MISS), {control.name: under}, [control], {"seed": 0})
    assert matrix.claims == {HOLDS: Verdict.REPLICATED, DOCUMENTED: Verdict.NOT_REPLICATED}
    assert matrix.cell(HOLDS, control.name).state is State.CAUGHT
    assert matrix.cell(DOCUMENTED, control.name).state is State.NOT_APPLICABLE
    record = matrix.controls[control.name]
    assert (record.mistake, record.kind, record.against) == (control.mistake, control.kind, control.claims)
    assert record.seconds == 2.0


def test_claim_that_fails_without_any_mistake_cannot_be_falsified() -> None:
    with pytest.raises(MisuseError, match="DEMO-1 failed without any mistake"):
        assemble(document(entry("failed", quantity(accepted=False))), {}, [], {})
