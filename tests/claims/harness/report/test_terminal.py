"""The verdicts of a run in the terminal: totals, the table of claims, and characters that are not there."""

import contextlib
import io
import sys
from typing import Any

import numpy as np
import pytest

from claims.harness.baselines.drift import Drift, Steadiness
from claims.harness.judging.claim import Claim
from claims.harness.judging.outcomes import Verdict
from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import Interval
from claims.harness.records.measured import Measured
from claims.harness.records.results import Outcome
from claims.harness.report.terminal import Display, inconclusive, thinnest, total
from tests.helpers.reports import document, noted, outcome
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
    measured = Measured(quantity, None, Drift(status=Steadiness.NOT_COMPARED))
    return Outcome(claim=stated, test="test_it", measured=(measured,), **{"verdict": expected, **settings})


def test_claims_that_may_fail_with_other_seeds_are_named_the_likeliest_first() -> None:
    outcomes = [
        judged("DEMO-1", 0.1),
        judged("DEMO-2", 0.88),
        judged("DEMO-3", 0.9),
        judged("DEMO-4", 1.9, Verdict.CONTRADICTED),
        judged("DEMO-5", 0.9, verdict=Verdict.FAILED, passes=False),
        judged("DEMO-6", 1.0, Verdict.INCONCLUSIVE),
        judged("DEMO-7", 1.11, Verdict.CONTRADICTED),
    ]
    said = thinnest(outcomes)
    assert said.startswith("estimated chance to fail with other seeds, where above 0.1%: DEMO-3 ")
    assert {"DEMO-2", "DEMO-6", "DEMO-7"} <= set(said.split())
    assert not {"DEMO-1", "DEMO-4", "DEMO-5"} & set(said.replace(",", "").split())
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
    wrong, right = (" ".join(line.split()) for line in capsys.readouterr().out.splitlines())
    assert wrong == "3/12 DEMO-3 inconclusive not as documented 0.0 s It may hold."
    assert right == "4/12 DEMO-3 inconclusive 0.0 s It may hold."


def test_sign_that_a_terminal_lacks_becomes_a_question_mark(
    display: Display, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii", write_through=True))
    display.line("norm ≠ 1 …")
    assert written.getvalue() == b"norm ? 1 ?\n"
