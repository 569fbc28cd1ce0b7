"""The record of a run holds what the pages show, and nothing else may be recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from claims.harness.documentation import record
from claims.harness.files import FileError
from claims.harness.judging.claim import PAPER
from claims.harness.judging.unmeasured import Unmeasured
from tests.helpers.reports import document, inconclusive, measured, noted, outcome


def run(*outcomes: Any, **environment: Any) -> dict[str, Any]:
    written = document(*outcomes, words="a processor")
    written["environment"] |= environment
    return written


def test_a_record_keeps_verdicts_means_and_intervals(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    quantity = measured(1.0, 1.1, 0.9, acceptance=(0, 2), paper=1.0, name="norm")
    record.write(path, record.document_of(run(outcome("It holds.", measured=(quantity,)))))
    [claim] = record.read(path).claims
    assert (claim["id"], claim["section"], claim["verdict"]) == ("DEMO-1", "DEMO", "replicated")
    assert claim["url"] == f"{PAPER}#demo"
    [found] = claim["quantities"]
    assert found["interval"] == pytest.approx([0.427, 1.573], abs=1e-3)
    assert (found["name"], found["n"], found["mean"]) == ("norm", 3, 1.0)
    assert (found["acceptance"], found["paper"], found["position"]) == ([0, 2], 1.0, "inside")


def test_a_record_keeps_notes_after_the_statements_of_their_id(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    record.write(path, record.document_of(run(noted(), outcome("It holds."), inconclusive())))
    claims = record.read(path).claims
    assert [(c["id"], c["note"], c["verdict"], c["passes"]) for c in claims] == [
        ("DEMO-1", False, "replicated", True),
        ("DEMO-1", True, "noted", True),
        ("DEMO-3", False, "inconclusive", False),
    ]
    assert (claims[1]["quantities"][0]["acceptance"], claims[1]["quantities"][0]["position"]) == (None, None)


def test_a_record_keeps_no_values_of_single_seeds_and_six_digits(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    quantity = measured(1 / 3, 1 / 3 + 1e-3, 1 / 3 - 1e-3)
    record.write(path, record.document_of(run(outcome(measured=(quantity,)))))
    text = path.read_text()
    assert "0.333333," in text
    assert "0.3333333" not in text
    assert "0.334333" not in text
    [claim] = record.read(path).claims
    interval = claim["quantities"][0]["interval"]
    assert interval == [float(f"{end:.6g}") for end in interval]


def test_claims_are_read_in_the_order_of_the_paper() -> None:
    stored = record.document_of(run())
    [tests] = stored["claims"].values()
    stored["claims"] = dict.fromkeys(("PHASE-2", "DEMO-10", "DEMO-9", "INTRO-1"), tests)
    ids = [claim["id"] for claim in record.record_of(stored).claims]
    assert ids == ["INTRO-1", "DEMO-9", "DEMO-10", "PHASE-2"]


def test_run_that_could_not_measure_a_quantity_is_not_recorded() -> None:
    lacking = Unmeasured(name="angle", why="no model is a pentagon")
    with pytest.raises(FileError, match=r"^The run could not measure every quantity of DEMO-1"):
        record.document_of(run(outcome(unmeasured=(lacking,)), outcome(), inconclusive()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"environment": {"implementation": {"seam": "model"}}}, "another implementation"),
        ({"complete": False}, "complete runs only"),
        ({"summary": {"not_run": 1}}, "complete runs only"),
    ],
)
def test_only_a_complete_run_of_this_packages_models_is_recorded(
    change: dict[str, Any], message: str
) -> None:
    written = run()
    for name, value in change.items():
        written[name] = {**written[name], **value} if isinstance(value, dict) else value
    with pytest.raises(FileError, match=message):
        record.document_of(written)


@pytest.mark.parametrize("content", [None, "{", "{}"])
def test_a_missing_or_damaged_record_names_the_command_that_writes_it(
    content: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "record.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(FileError, match=f"record.json.*{record.UPDATE_COMMAND}"):
        record.read(path)


def test_a_claim_of_no_section_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    stored = record.document_of(run())
    stored["claims"] = {"OTHER-1": stored["claims"]["DEMO-1"]}
    path.write_text(json.dumps(stored))
    with pytest.raises(FileError, match="OTHER-1 is the name of no claim"):
        record.read(path)
