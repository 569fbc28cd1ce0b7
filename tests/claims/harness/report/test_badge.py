"""The badge has the format of shields.io, and its words and colour follow the verdict about the run."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from claims.harness.baselines.drift import Steadiness
from claims.harness.judging.outcomes import Verdict
from claims.harness.records import results
from claims.harness.records.results import Document, Outcome
from claims.harness.report.badge import badge, badge_text
from claims.harness.report.run_verdict import counts, run_verdict
from tests.helpers import reports
from tests.helpers.command import tms
from tests.helpers.reports import document, inconclusive, noted, outcome

SCHEMA = json.loads((Path(reports.__file__).parent / "shields_endpoint.schema.json").read_text("utf-8"))

FAILED = outcome(verdict=Verdict.FAILED, reason="KeyError: 1")
DRIFTED = outcome(baseline=Steadiness.DRIFTED)
MISSING = outcome(baseline=Steadiness.MISSING)
NOT_RUN = outcome(verdict=Verdict.NOT_RUN)
OTHER: dict[str, Any] = {"environment": {**reports.ENVIRONMENT, "implementation": "model.py:factory"}}
CUT: dict[str, Any] = {"complete": False}
UNDRAWN: dict[str, Any] = {
    "figure_errors": [{"claim": "DEMO-1", "test": "test_it", "figure": "a", "error": "ValueError"}]
}


@pytest.mark.parametrize(
    ("run", "verdict", "message", "color"),
    [
        (document(outcome(), noted()), "passed", "1 of 1 replicated", "brightgreen"),
        (document(outcome(), inconclusive(passes=True)), "passed", "1 of 2 replicated", "brightgreen"),
        (document(outcome(), FAILED), "failed", "1 of 2 replicated, 1 failed", "red"),
        (document(inconclusive(), DRIFTED), "failed", "1 of 2 replicated, 1 failed, 1 drifted", "red"),
        (document(DRIFTED), "drifted", "1 of 1 replicated, 1 drifted", "orange"),
        (document(MISSING), "missing", "1 of 1 replicated", "yellow"),
        ({**document(), **CUT}, "incomplete", "1 of 1 replicated, cut short", "lightgrey"),
        ({**document(FAILED), **CUT}, "incomplete", "0 of 1 replicated, 1 failed, cut short", "lightgrey"),
        ({**document(), **UNDRAWN}, "failed", "1 of 1 replicated", "red"),
        ({**document(NOT_RUN), **OTHER}, "failed", "0 of 1 replicated", "red"),
        ({**document(outcome(), NOT_RUN), **OTHER}, "passed", "1 of 2 replicated", "brightgreen"),
        ({**document(MISSING), **OTHER}, "passed", "1 of 1 replicated", "brightgreen"),
        ({**document(outcome()), **OTHER}, "passed", "1 of 1 replicated", "brightgreen"),
    ],
)
def test_badge_says_how_the_run_ended(run: Document, verdict: str, message: str, color: str) -> None:
    made = badge(run)
    jsonschema.validate(made, SCHEMA)
    assert json.loads(badge_text(run)) == made
    assert (run_verdict(run), made["message"], made["color"]) == (verdict, message, color)
    assert made["isError"] == (verdict in ("failed", "incomplete"))


def test_drifted_and_missing_losses_count() -> None:
    run = document()
    run["summary"]["missing_losses"] = 1
    assert run_verdict(run) == "missing"
    run["summary"]["drifted_losses"] = 1
    assert run_verdict(run) == "drifted"
    assert badge(run)["message"] == "1 of 1 replicated, 1 drifted"


def test_counts_of_a_stored_run_are_lines_that_a_shell_can_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one: Outcome = dataclasses.replace(outcome(), passes=False)
    results.write(tmp_path / "results.json", document(one, noted()))
    assert tms("counts", tmp_path / "results.json") == 0
    lines = capsys.readouterr().out.splitlines()
    values = dict(line.split("=") for line in lines)
    assert all(name.isidentifier() for name in values)
    assert values == counts(document(one, noted()))
    assert values["verdict"] == "failed"
    assert (values["claims"], values["statements"], values["replicated"], values["unexpected"]) == (
        "2", "1", "1", "1",
    )  # fmt: skip
    assert counts({**document(), **UNDRAWN})["figures_not_drawn"] == "1"
    assert tms("counts", tmp_path / "absent.json") == 2
    assert "absent.json is missing." in capsys.readouterr().err
