"""Assembling the matrix: what counts as caught, survived, broken and not applicable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from claims.harness.baselines.baseline import Key
from claims.harness.errors import MisuseError
from claims.harness.falsification.assembly import assemble, cell_of, joined
from claims.harness.falsification.controls import named
from claims.harness.judging.outcomes import Verdict
from claims.harness.records.falsification_matrix import Cell, Matrix, State
from tests.helpers.matrices import DOCUMENTED, HOLDS
from tests.helpers.matrices import control as control_record

Entry = dict[str, Any]


def quantity(
    name: str = "norm",
    values: Sequence[float] = (1.0, 1.1),
    position: str | None = "inside",
    drift: str = "steady",
) -> Entry:
    return {"name": name, "values": list(values), "position": position, "drift": {"status": drift}}


def entry(
    verdict: str,
    *quantities: Entry,
    key: Key = HOLDS,
    baseline: str = "steady",
    reason: str | None = None,
    unmeasured: Sequence[str] = (),
) -> Entry:
    return {
        "id": key.claim,
        "test": key.test,
        "verdict": verdict,
        "passes": verdict != "failed",
        "baseline": baseline,
        "reason": reason,
        "experiments": ["demo/tiny"],
        "quantities": list(quantities),
        "unmeasured": [{"name": name} for name in unmeasured],
    }


OTHER = (2.0, 2.0)
RIGHT = entry("replicated", quantity())
MISS = entry("contradicted", quantity(position="outside"), key=DOCUMENTED)
UNSURE = entry("inconclusive", quantity(position="undecided"), key=DOCUMENTED)
NOTED = entry("noted", quantity(position=None))
DOUBT = "demo/tiny: the loss is 30% above the optimum."


def document(*entries: Entry) -> Entry:
    return {"claims": list(entries), "environment": {"seconds": 2.0}}


@pytest.mark.parametrize("plain", [RIGHT, UNSURE])
def test_statement_that_is_contradicted_catches_by_the_first_quantity_outside(plain: Entry) -> None:
    under = entry(
        "contradicted",
        quantity(values=OTHER),
        quantity("blurred", OTHER, "undecided"),
        quantity("angle", OTHER, "outside"),
        quantity("x", OTHER, "outside"),
    )
    assert cell_of(plain, under) == Cell(State.CAUGHT, by="angle")


@pytest.mark.parametrize("plain", [MISS, UNSURE])
def test_statement_that_is_replicated_only_with_the_mistake_catches(plain: Entry) -> None:
    under = entry("replicated", quantity(values=OTHER), key=DOCUMENTED)
    assert cell_of(plain, under) == Cell(State.CAUGHT, by="every quantity is inside its region")


@pytest.mark.parametrize("plain", [RIGHT, MISS])
def test_statement_that_is_only_inconclusive_catches_nothing(plain: Entry) -> None:
    under = entry("inconclusive", quantity(values=OTHER), quantity("angle", OTHER, "undecided"))
    assert cell_of(plain, under) == Cell(State.BLURRED, by="angle")


def test_statement_about_models_that_did_not_converge_is_only_inconclusive() -> None:
    under = entry("inconclusive", quantity(values=OTHER), reason=f"{DOUBT}\nmore")
    assert cell_of(RIGHT, under) == Cell(State.BLURRED, by=DOUBT)


def test_verdict_is_withheld_where_quantities_of_models_in_doubt_are_the_opposite() -> None:
    outside = entry(
        "inconclusive",
        quantity("blurred", OTHER, "undecided"),
        quantity("angle", OTHER, "outside"),
        reason=DOUBT,
    )
    assert cell_of(RIGHT, outside) == Cell(State.WITHHELD, by="angle")
    assert cell_of(MISS, outside) == Cell(State.BLURRED, by="blurred")
    inside = entry("inconclusive", quantity(values=OTHER), quantity("angle", OTHER), reason=DOUBT)
    assert cell_of(MISS, inside) == Cell(State.WITHHELD, by="every quantity is inside its region")
    assert cell_of(RIGHT, inside) == Cell(State.BLURRED, by=DOUBT)


def test_nothing_is_withheld_where_one_quantity_is_undecided_or_unmeasured() -> None:
    undecided = entry(
        "inconclusive", quantity(values=OTHER), quantity("angle", OTHER, "undecided"), reason=DOUBT
    )
    assert cell_of(MISS, undecided) == Cell(State.BLURRED, by="angle")
    lacking = entry("inconclusive", quantity("angle", OTHER, "outside"), reason=DOUBT, unmeasured=["x"])
    assert cell_of(RIGHT, lacking) == Cell(State.BLURRED, by=DOUBT)


@pytest.mark.parametrize("plain", [RIGHT, MISS, UNSURE, NOTED], ids=lambda entry: str(entry["verdict"]))
def test_claim_with_the_same_verdict_survives_and_names_what_drifted(plain: Entry) -> None:
    position = plain["quantities"][0]["position"]
    under = entry(
        plain["verdict"],
        quantity(values=OTHER, position=position),
        quantity("angle", position=position, drift="drifted"),
        baseline="drifted",
    )
    assert cell_of(plain, under) == Cell(State.SURVIVED, drifted=True, by="angle")
    steady = entry(plain["verdict"], quantity(values=OTHER, position=position))
    assert cell_of(plain, steady) == Cell(State.SURVIVED)


def test_values_equal_to_the_last_bit_are_not_applicable() -> None:
    assert cell_of(RIGHT, entry("replicated", quantity())) == Cell(State.NOT_APPLICABLE)
    changed = entry("replicated", quantity(values=[1.0, 1.1 + 1e-15]))
    assert cell_of(RIGHT, changed).state is State.SURVIVED


LACKS = "angle cannot be measured on these models: no model is a pentagon."


def test_error_is_no_judgement_but_a_quantity_that_cannot_be_measured_is() -> None:
    broken = entry("failed", reason="IndexError: index 7 is out of bounds\nmore")
    assert cell_of(RIGHT, broken) == Cell(State.BROKE, by="IndexError: index 7 is out of bounds")
    judged = entry("failed", reason=f"{LACKS}\nmore", unmeasured=["angle"])
    for plain in (MISS, NOTED):
        assert cell_of(plain, judged) == Cell(State.CAUGHT, by=LACKS)


@pytest.mark.parametrize("plain", [RIGHT, UNSURE])
def test_statement_whose_quantity_cannot_be_measured_catches_by_it(plain: Entry) -> None:
    under = entry("contradicted", quantity(values=OTHER), unmeasured=["angle"])
    assert cell_of(plain, under) == Cell(State.CAUGHT, by="angle")


def test_statement_about_models_in_doubt_that_cannot_be_measured_is_blurred_and_does_not_survive() -> None:
    under = entry("inconclusive", quantity(values=OTHER), reason=LACKS, unmeasured=["angle"])
    assert cell_of(UNSURE, under) == Cell(State.BLURRED, by=LACKS)


def test_claim_that_did_not_run_is_not_run() -> None:
    assert cell_of(RIGHT, entry("not run")).state is State.NOT_RUN


@pytest.mark.parametrize("plain", [RIGHT, MISS, UNSURE], ids=["replicated", "contradicted", "inconclusive"])
def test_statement_that_junk_replicates_says_so_whatever_it_is_without(plain: Entry) -> None:
    same = {**plain, "verdict": "replicated"}  # equal to the last bit, as a share of all seeds may be
    other = {**plain, "verdict": "replicated", "quantities": [quantity(values=OTHER)]}
    for under in (same, other):
        assert cell_of(plain, under, is_junk=True) == Cell(State.REPLICATED)
        assert cell_of(plain, under).state is not State.REPLICATED


def test_statement_that_asks_for_no_models_cannot_tell_them_from_junk() -> None:
    exact = {**RIGHT, "experiments": []}
    assert cell_of(exact, exact, is_junk=True) == Cell(State.NOT_APPLICABLE)


def test_statement_that_junk_does_not_replicate_is_judged_as_under_any_mistake() -> None:
    miss = entry("contradicted", quantity(values=OTHER, position="outside"))
    for plain, under in ((RIGHT, miss), (MISS, miss), (RIGHT, NOTED), (RIGHT, entry("failed", reason="x"))):
        assert cell_of(plain, under, is_junk=True) == cell_of(plain, under)


@pytest.mark.parametrize(
    ("under", "state"),
    [
        (entry("contradicted", quantity(values=OTHER, position="outside"), baseline="drifted"), State.CAUGHT),
        (
            entry("inconclusive", quantity(values=OTHER, position="outside"), baseline="drifted"),
            State.WITHHELD,
        ),
        (entry("inconclusive", quantity(values=OTHER), baseline="drifted"), State.BLURRED),
        (entry("failed", baseline="drifted", reason="IndexError: 7"), State.BROKE),
        (entry("failed", baseline="drifted", reason="no angle", unmeasured=["angle"]), State.CAUGHT),
    ],
)
def test_every_outcome_says_whether_the_baseline_drifted(under: Entry, state: State) -> None:
    cell, steady = cell_of(RIGHT, under), cell_of(RIGHT, under | {"baseline": "steady"})
    assert (cell.state, cell.drifted) == (state, True)
    assert (steady.state, steady.drifted) == (state, False)
    replicated = entry("replicated", quantity(values=OTHER), baseline="drifted")
    assert cell_of(RIGHT, replicated, is_junk=True) == Cell(State.REPLICATED, drifted=True)


def test_the_same_values_with_another_verdict_are_an_outcome() -> None:
    assert cell_of(RIGHT, entry("contradicted", quantity())).state is State.CAUGHT


def test_matrix_has_neither_rows_nor_columns_nor_cells_of_what_did_not_run() -> None:
    control, other = named("bias-frozen"), named("junk-ones")
    skipped, unknown = Key("DEMO-3", "test_skipped"), Key("DEMO-4", "test_unknown")
    plain = document(RIGHT, MISS, entry("not run", key=skipped))
    under = document(entry("not run"), MISS, entry("replicated", key=skipped), entry("failed", key=unknown))
    matrix = assemble(plain, {control.name: under}, [control, other], "c0de", {"seed": 0}, 2)
    assert list(matrix.controls) == [control.name]
    assert list(matrix.claims) == [HOLDS, DOCUMENTED]
    assert matrix.cells == {HOLDS: {}, DOCUMENTED: {control.name: Cell(State.NOT_APPLICABLE)}}


def test_matrix_applies_the_rule_for_junk_to_controls_that_are_junk_alone() -> None:
    replicated = document(entry("replicated", quantity(values=OTHER)))
    controls = [named("bias-frozen"), named("junk-ones")]
    under = {control.name: replicated for control in controls}
    matrix = assemble(document(RIGHT), under, controls, "c0de", {}, 2)
    assert matrix.cell(HOLDS, "bias-frozen").state is State.SURVIVED
    assert matrix.cell(HOLDS, "junk-ones").state is State.REPLICATED


def test_matrix_keeps_what_ran_and_the_description_of_each_control() -> None:
    control = named("bias-frozen")
    under = document(entry("contradicted", quantity(values=[3, 3], position="outside")), MISS)
    plain = document(RIGHT, MISS) | {"environment": {"seconds": 9.0}}
    matrix = assemble(plain, {control.name: under}, [control], "c0de", {"seed": 0}, 2)
    assert (matrix.code, matrix.environment) == ("c0de", {"seed": 0})
    assert matrix.claims == {HOLDS: Verdict.REPLICATED, DOCUMENTED: Verdict.CONTRADICTED}
    assert matrix.cell(HOLDS, control.name).state is State.CAUGHT
    assert matrix.cell(DOCUMENTED, control.name).state is State.NOT_APPLICABLE
    record = matrix.controls[control.name]
    assert (record.mistake, record.kind, record.against) == (control.mistake, control.kind, control.claims)
    assert (record.because, record.seconds) == (control.because, 2.0)


def test_claim_that_does_not_pass_without_any_mistake_cannot_be_falsified() -> None:
    for failing in (entry("failed"), entry("contradicted") | {"passes": False}):
        with pytest.raises(MisuseError, match="DEMO-1 do not pass without any mistake"):
            assemble(document(failing), {}, [], "c0de", {}, 2)


def part(cells: dict[str, Cell]) -> Matrix:
    controls = {name: control_record(words=f"{name} of {cell.by}") for name, cell in cells.items()}
    return Matrix(
        code="c0de",
        environment={},
        controls=controls,
        claims={HOLDS: Verdict.REPLICATED},
        cells={HOLDS: cells},
        planned=3,
    )


def test_parts_of_a_matrix_are_joined_in_the_order_of_controls_and_the_new_one_counts() -> None:
    stored = part({"a": Cell(State.CAUGHT, by="before"), "c": Cell(State.CAUGHT, by="before")})
    now = part({"b": Cell(State.SURVIVED, by="now"), "c": Cell(State.SURVIVED, by="now")})
    whole = joined(stored, now, ["a", "b", "c", "d"])
    assert [control.mistake for control in whole.controls.values()] == ["a of before", "b of now", "c of now"]
    assert [(name, cell.by) for name, cell in whole.cells[HOLDS].items()] == [
        ("a", "before"),
        ("b", "now"),
        ("c", "now"),
    ]
    assert whole.left == 0
    assert now.left == 1
