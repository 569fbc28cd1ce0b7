"""The verdicts of a run in the terminal: totals, the table of claims, and characters that are not there."""

import contextlib
import dataclasses
import io
import sys
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from claims.harness.baselines.drift import Drift, Steadiness
from claims.harness.judging.claim import Claim
from claims.harness.judging.outcomes import Verdict
from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import Interval
from claims.harness.judging.unmeasured import Unmeasured
from claims.harness.records.measured import Measured
from claims.harness.records.results import Outcome
from claims.harness.report.terminal import Display, inconclusive, is_interactive, thinnest, total
from tests.helpers.reports import document, measured, noted, outcome
from tests.helpers.reports import inconclusive as unsure


@pytest.fixture
def display() -> Display:
    return Display(contextlib.nullcontext)


def test_total_names_what_is_wrong_and_leaves_out_what_is_not() -> None:
    counts = {
        "replicated": 41,
        "contradicted": 2,
        "inconclusive": 1,
        "noted": 0,
        "unexpected": 0,
        "failed": 0,
        "not_run": 0,
        "drifted": 0,
        "missing": 0,
        "drifted_losses": 0,
        "missing_losses": 0,
        "not_converged": 0,
        "convergence_not_shown": 0,
    }
    assert (
        total(counts, 0, 214.2)
        == "41 replicated, 2 contradicted, 1 inconclusive, 0 failed, 0 drifted in 214 s"
    )
    counts |= {"missing": 3, "not_run": 1, "unexpected": 5, "noted": 7}
    assert total(counts, 2, 1).endswith(
        "0 drifted, 5 not as documented, 3 without baseline, 1 not run, figures not drawn: 2, "
        "robustness notes: 7 in 1 s"
    )


def judged(claim: str, lo: float, expected: Verdict = Verdict.REPLICATED, **settings: Any) -> Outcome:
    """Make an outcome that passes, of values with the interval [0.91, 1.09]."""
    values = tuple(np.linspace(0.9, 1.1, 8))
    quantity = Quantity(
        name="q", kind=Kind.MEAN, values=values, paper=None, acceptance=Interval(lo, 2), because="of theory"
    )
    documented: dict[str, Any] = {} if expected is Verdict.REPLICATED else {expected.value: "so"}
    stated = Claim(id=claim, sentence="It holds.", source="", **documented)
    shown = Measured(quantity, None, Drift(status=Steadiness.NOT_COMPARED))
    return Outcome(claim=stated, test="test_it", measured=(shown,), **{"verdict": expected, **settings})


def test_claims_that_may_fail_with_other_seeds_are_named_the_likeliest_first() -> None:
    outcomes = [
        judged("DEMO-1", 0.1),
        judged("DEMO-2", 0.88),
        judged("DEMO-3", 0.9),
        judged("DEMO-4", 1.9, Verdict.CONTRADICTED),
        judged("DEMO-5", 0.9, verdict=Verdict.FAILED, passes=False),
        judged("DEMO-6", 1.0, Verdict.INCONCLUSIVE),
        judged("DEMO-7", 1.11, Verdict.CONTRADICTED),
        judged("DEMO-8", 1.11, verdict=Verdict.CONTRADICTED, passes=False),
    ]
    said = thinnest(outcomes)
    assert said.startswith("estimated chance to fail with other seeds, where above 0.1%: DEMO-3 ")
    assert {"DEMO-2", "DEMO-6", "DEMO-7"} <= set(said.split())
    assert not {"DEMO-1", "DEMO-4", "DEMO-5", "DEMO-8"} & set(said.replace(",", "").split())
    assert thinnest([judged("DEMO-1", 0.1), judged("DEMO-4", 1.9, Verdict.CONTRADICTED)]) == ""


def test_in_a_lenient_run_only_the_opposite_verdict_is_a_risk() -> None:
    outcomes = [judged("DEMO-3", 0.9), judged("DEMO-7", 1.11, Verdict.CONTRADICTED)]
    assert thinnest(outcomes) != ""
    assert thinnest(outcomes, lenient=True) == ""


def test_no_chance_is_estimated_for_a_verdict_that_does_not_follow_from_the_quantities() -> None:
    assert thinnest([judged("DEMO-2", 0.1, Verdict.INCONCLUSIVE)]) == ""


def test_inconclusive_statements_are_listed_with_all_of_their_reasons() -> None:
    [line] = inconclusive([outcome(), unsure("It may hold.", "demo/tiny did not converge."), noted()])
    assert line.startswith("DEMO-3 is inconclusive: demo/tiny did not converge; undecided norm: 1.9 [")


def test_table_shows_notes_as_such_and_verdicts_that_are_not_documented(
    display: Display, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = document(outcome(), noted(), unsure())["summary"]
    display.summary([outcome("It holds."), noted(), unsure()], counts, 0, 1.0)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert any(line.startswith("DEMO-1 It holds. replicated 1 [0.427") for line in lines)
    assert any(line.startswith("DEMO-1 note It holds elsewhere. noted 1.55 [") for line in lines)
    assert any("inconclusive, not as documented 1.9 [" in line for line in lines)
    assert any(line.startswith("DEMO-3 is inconclusive: undecided norm: 1.9") for line in lines)
    said = "1 replicated, 0 contradicted, 1 inconclusive, 0 failed, 0 drifted, 1 not as documented"
    assert any(line.startswith(said) for line in lines)


def test_line_of_a_claim_says_that_its_verdict_is_not_documented(
    display: Display, capsys: pytest.CaptureFixture[str]
) -> None:
    display.claim(unsure(), 3, 12)
    display.claim(unsure(passes=True), 4, 12)
    display.claim(outcome(baseline=Steadiness.MISSING, seconds=1.26), 12, 12)
    printed = capsys.readouterr().out.splitlines()
    assert [line[:6] for line in printed] == [" 3/12 ", " 4/12 ", "12/12 "]
    wrong, right, missing = (" ".join(line.split()) for line in printed)
    assert wrong == "3/12 DEMO-3 inconclusive not as documented 0.0 s It may hold."
    assert right == "4/12 DEMO-3 inconclusive 0.0 s It may hold."
    assert missing == "12/12 DEMO-1 replicated baseline missing 1.3 s It holds."


def test_a_verdict_that_does_not_pass_is_red(
    display: Display, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("FORCE_COLOR", "1"), ("TERM", "xterm"), ("COLUMNS", "140")):
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    display.claim(unsure(), 1, 2)
    display.claim(unsure(passes=True), 2, 2)
    wrong, right = capsys.readouterr().out.splitlines()
    assert "\x1b[1;31minconclusive" in wrong
    assert "\x1b[35minconclusive" in right


def row_of(display: Display, one: Outcome, capsys: pytest.CaptureFixture[str]) -> str:
    """The line of a claim in the table at the end of a run."""
    display.summary([one], document(one)["summary"], 0, 1.0)
    return " ".join(capsys.readouterr().out.splitlines()[1].split())


def test_table_shows_what_is_outside_else_undecided_else_drifted_beside_the_papers_value(
    display: Display, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = measured(1.0, 1.01, 1.02, name="drifted", paper=1.5)
    quantities = [
        measured(1.5, 1.51, 1.52, name="first"),
        dataclasses.replace(moved, drift=Drift(status=Steadiness.DRIFTED)),
        measured(1.9, 2.0, name="undecided", paper=2.25),
        measured(5.0, 5.1, 5.2, name="outside", paper=3.125),
    ]
    shown = [row_of(display, outcome(measured=tuple(quantities[:count])), capsys) for count in range(1, 5)]
    for row, mean, paper in zip(
        shown, ("1.51 ", "1.01 ", "1.95 ", "5.1 "), ("1", "1.5", "2.25", "3.125"), strict=True
    ):
        assert row.startswith(f"DEMO-1 It holds. replicated {mean}[")
        assert row.endswith(f"] {paper} not compared")
    lacking = Unmeasured(name="angle", why="no model is a pentagon", paper=72.0)
    row = row_of(display, outcome(measured=tuple(quantities), unmeasured=(lacking,)), capsys)
    assert row.endswith("replicated not measured: no model is a pentagon 72 not compared")


def test_models_that_are_not_what_the_fused_engine_trains_are_listed(
    display: Display, capsys: pytest.CaptureFixture[str]
) -> None:
    same = {"name": "demo/same", "engine": "fused", "difference": None}
    display.not_fused([same])
    assert capsys.readouterr().out == ""
    display.not_fused(
        [same, {"name": "demo/pair", "engine": "reference", "difference": "its outputs differ"}]
    )
    *_, row = capsys.readouterr().out.splitlines()
    assert " ".join(row.split()) == "demo/pair reference its outputs differ"


def test_a_file_that_is_treated_as_a_terminal_shows_no_bar() -> None:
    assert not is_interactive(Console(file=io.StringIO(), force_terminal=True))


def test_sign_that_a_terminal_lacks_becomes_a_question_mark(
    display: Display, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii", write_through=True))
    display.line("norm ≠ 1 …")
    assert written.getvalue() == b"norm ? 1 ?\n"
