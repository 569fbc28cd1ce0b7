"""The verdicts of a run in the terminal: totals, the table of claims, and characters that are not there."""

import contextlib
import io
import sys

import numpy as np
import pytest

from claims.harness.baselines.drift import Drift, Steadiness
from claims.harness.judging.claim import Claim
from claims.harness.judging.outcomes import Verdict
from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import Interval
from claims.harness.records.measured import Measured
from claims.harness.records.results import Outcome
from claims.harness.report.terminal import Display, thinnest, total


@pytest.fixture
def display() -> Display:
    return Display(contextlib.nullcontext)


def test_total_names_what_is_wrong_and_leaves_out_what_is_not() -> None:
    counts = {
        "replicated": 41,
        "not_replicated": 2,
        "failed": 0,
        "not_run": 0,
        "drifted": 0,
        "missing": 0,
        "drifted_losses": 0,
        "missing_losses": 0,
    }
    assert total(counts, 0, 214.2) == "41 replicated, 2 not replicated, 0 failed, 0 drifted in 214 s"
    counts |= {"missing": 3, "not_run": 1}
    assert total(counts, 2, 1).endswith(
        "0 drifted, 3 without baseline, 1 not run, figures not drawn: 2 in 1 s"
    )


def judged(claim: str, lo: float, verdict: Verdict = Verdict.REPLICATED) -> Outcome:
    values = tuple(np.linspace(0.9, 1.1, 8))
    quantity = Quantity(
        name="q", kind=Kind.MEAN, values=values, paper=None, acceptance=Interval(lo, 2), because="of theory"
    )
    stated = Claim(id=claim, sentence="It holds.", source="")
    measured = Measured(quantity, None, Drift(status=Steadiness.NOT_COMPARED))
    return Outcome(claim=stated, test="test_it", verdict=verdict, measured=(measured,))


def test_claims_that_may_fail_with_other_seeds_are_named_the_likeliest_first() -> None:
    outcomes = [
        judged("DEMO-1", 0.1),
        judged("DEMO-2", 0.88),
        judged("DEMO-3", 0.9),
        judged("DEMO-4", 1.9, Verdict.NOT_REPLICATED),
        judged("DEMO-5", 0.9, Verdict.FAILED),
    ]
    said = thinnest(outcomes)
    assert said.startswith("estimated chance to fail with other seeds, where above 0.1%: DEMO-3 ")
    assert "DEMO-2" in said
    assert not {"DEMO-1", "DEMO-4", "DEMO-5"} & set(said.replace(",", "").split())
    assert thinnest([judged("DEMO-1", 0.1), judged("DEMO-4", 1.9, Verdict.NOT_REPLICATED)]) == ""


def test_sign_that_a_terminal_lacks_becomes_a_question_mark(
    display: Display, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii", write_through=True))
    display.line("norm ≠ 1 …")
    assert written.getvalue() == b"norm ? 1 ?\n"
