"""The falsification matrix: what counts as caught, what is left uncovered, and its file."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from claims.harness.falsification.showing import show, verdict
from rich.console import Console

from claims.harness.baselines.baseline import Key
from claims.harness.errors import MisuseError
from claims.harness.falsification.control import Kind
from claims.harness.falsification.controls import named
from claims.harness.files import FileError
from claims.harness.judging.verdict import Verdict
from claims.harness.records import falsification_matrix as matrices
from claims.harness.records import results
from claims.harness.records.falsification_matrix import Cell, Matrix, State, Told, assemble, cell_of

HOLDS, DOCUMENTED = Key("DEMO-1", "test_holds"), Key("DEMO-2", "test_documented")


def quantity(name="norm", values=(1.0, 1.1), accepted=True, drift="steady") -> dict[str, Any]:
    return {"name": name, "values": list(values), "accepted": accepted, "drift": {"status": drift}}


def entry(verdict="replicated", *quantities, key=HOLDS, baseline="steady", error=None) -> dict[str, Any]:
    return {
        "id": key.claim,
        "test": key.test,
        "verdict": verdict,
        "baseline": baseline,
        "error": error,
        "quantities": list(quantities),
    }


RIGHT = entry("replicated", quantity())
KNOWN = entry("not replicated", quantity(accepted=False), key=DOCUMENTED)


def test_claim_that_fails_catches_by_the_first_quantity_not_accepted():
    under = entry(
        "failed", quantity(values=[2, 2]), quantity("angle", accepted=False), quantity("x", accepted=False)
    )
    assert cell_of(RIGHT, under) == Cell(State.CAUGHT, by="angle")


def test_documented_claim_that_holds_after_all_catches():
    under = entry("failed", quantity(values=[2, 2]), key=DOCUMENTED)
    assert cell_of(KNOWN, under) == Cell(State.CAUGHT, by="every quantity is accepted")


def test_claim_that_still_holds_survives_and_tells_what_drifted():
    under = entry(
        "replicated", quantity(values=[1, 1]), quantity("angle", drift="drifted"), baseline="drifted"
    )
    assert cell_of(RIGHT, under) == Cell(State.SURVIVED, drifted=True, by="angle")
    assert cell_of(RIGHT, entry("replicated", quantity(values=[1, 1]))) == Cell(State.SURVIVED)


def test_the_same_values_to_the_last_bit_are_not_applicable():
    assert cell_of(RIGHT, entry("replicated", quantity())) == Cell(State.NOT_APPLICABLE)
    assert cell_of(RIGHT, entry("replicated", quantity(values=[1.0, 1.1 + 1e-15]))).state is State.SURVIVED


def test_error_is_not_a_judgement_but_a_claims_own_failure_is():
    broken = entry("failed", error="IndexError: index 7 is out of bounds\nmore")
    assert cell_of(RIGHT, broken) == Cell(State.BROKE, by="IndexError: index 7 is out of bounds")
    judged = entry("failed", error="Failed: no model represents any feature")
    assert cell_of(RIGHT, judged) == Cell(State.CAUGHT, by="no model represents any feature")


def test_claim_that_did_not_run_is_not_run():
    assert cell_of(RIGHT, entry("not run")).state is State.NOT_RUN


def told(kind=Kind.MODEL) -> Told:
    return Told(mistake="It is wrong.", kind=kind, against=("DEMO",), because="So.", seconds=1.5)


def a_matrix(holds: dict[str, Cell], documented: dict[str, Cell]) -> Matrix:
    return Matrix(
        environment={"engine": "fused", "seed": 0},
        controls={"one": told(), "two": told(Kind.THEORY)},
        claims={HOLDS: Verdict.REPLICATED, DOCUMENTED: Verdict.NOT_REPLICATED},
        cells={HOLDS: holds, DOCUMENTED: documented},
    )


CAUGHT, DRIFTED, BROKE = Cell(State.CAUGHT, by="norm"), Cell(State.SURVIVED, True, "norm"), Cell(State.BROKE)


def test_claim_that_should_hold_is_covered_by_its_verdict_alone():
    assert a_matrix({"one": CAUGHT}, {"one": CAUGHT}).unfalsified == []
    assert a_matrix({"one": DRIFTED, "two": BROKE}, {"one": CAUGHT}).unfalsified == [HOLDS]


def test_documented_claim_is_covered_by_drift_from_what_was_found_too():
    assert a_matrix({"one": CAUGHT}, {"one": DRIFTED}).unfalsified == []
    assert a_matrix({"one": CAUGHT}, {"one": BROKE, "two": Cell(State.SURVIVED)}).unfalsified == [DOCUMENTED]


def test_control_is_caught_by_a_verdict_alone():
    assert a_matrix({"one": CAUGHT, "two": CAUGHT}, {}).unnoticed == []
    assert a_matrix({"one": CAUGHT}, {"two": DRIFTED}).unnoticed == ["two"]


def test_matrix_reads_back_as_it_was_written(tmp_path):
    written = a_matrix({"one": CAUGHT, "two": DRIFTED}, {"two": BROKE})
    matrices.save(written, tmp_path / "falsification.json")
    assert matrices.load(tmp_path / "falsification.json") == written
    lines = (tmp_path / "falsification.json").read_text("utf-8").splitlines()
    assert any(line.strip().startswith('"one": ["caught", "steady", "norm"]') for line in lines)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d.pop("claims"), "claims"),
        (lambda d: d["controls"].pop("one"), "names a control that is not in the file: one"),
        (
            lambda d: d["claims"]["DEMO-1"]["test_holds"]["under"].update(one=["perhaps", "steady", ""]),
            "perhaps",
        ),
        (lambda d: d.update(schema_version=2), "schema_version"),
    ],
)
def test_damaged_matrix_is_refused_with_the_command_that_mends_it(tmp_path, change, reason):
    path = tmp_path / "falsification.json"
    matrices.save(a_matrix({"one": CAUGHT}, {}), path)
    document = json.loads(path.read_text("utf-8"))
    change(document)
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(FileError, match="nox -s falsify") as refused:
        matrices.load(path)
    assert reason in str(refused.value)


def document(*entries: dict[str, Any]) -> results.Document:
    return {"claims": list(entries), "environment": {"seconds": 2.0}}


def test_assembled_matrix_keeps_what_ran_and_what_each_control_is():
    control = named("bias-frozen")
    under = document(entry("failed", quantity(values=[3, 3], accepted=False)), KNOWN)
    found = assemble(document(RIGHT, KNOWN), {control.name: under}, [control], {"seed": 0})
    assert found.claims == {HOLDS: Verdict.REPLICATED, DOCUMENTED: Verdict.NOT_REPLICATED}
    assert found.cell(HOLDS, control.name).state is State.CAUGHT
    assert found.cell(DOCUMENTED, control.name).state is State.NOT_APPLICABLE
    assert found.controls[control.name].mistake == control.mistake


def test_claims_that_fail_without_any_mistake_cannot_be_falsified():
    with pytest.raises(MisuseError, match="DEMO-1 failed without any mistake"):
        assemble(document(entry("failed", quantity(accepted=False))), {}, [], {})


def test_uncovered_claims_and_controls_are_named_and_fail():
    out = io.StringIO()
    console = Console(file=out, width=200)
    found = a_matrix({"one": CAUGHT}, {"one": BROKE})
    show(found, console)
    assert verdict(found, console, every_control=True, every_claim=True) == 1
    text = out.getvalue()
    assert "No claim catches two" in text
    assert "DEMO-2 (test_documented) catches no control" in text
    assert verdict(found, console, every_control=False, every_claim=False) == 0


def test_schema_of_the_matrix_is_closed():
    assert matrices.SCHEMA["additionalProperties"] is False
    assert Path(matrices.__file__).with_suffix(".schema.json").is_file()
