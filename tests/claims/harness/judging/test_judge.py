"""A verdict follows from where the quantities of a claim lie, and from doubts about convergence alone."""

from __future__ import annotations

import pytest

from claims.harness.judging.claim import Claim
from claims.harness.judging.judge import correction, judge
from claims.harness.judging.outcomes import Verdict
from claims.harness.judging.quantity import Quantity
from tests.helpers.quantities import BECAUSE, quantity

VALUES = (1.0, 1.1, 0.9)  # interval [0.427, 1.573]
INSIDE, OUTSIDE, UNDECIDED = quantity(*VALUES, lo=0), quantity(*VALUES, lo=2), quantity(*VALUES, lo=0.99)
FREE = quantity(*VALUES)
DOUBT = "demo/tiny: training twice as long changes the loss by 3%."
STATEMENT = Claim(id="DEMO-1", sentence="It holds.", source="")
CONTRADICTED = Claim(id="DEMO-1", sentence="It holds.", source="", contradicted="it is not so")
INCONCLUSIVE = Claim(id="DEMO-1", sentence="It holds.", source="", inconclusive="it takes more seeds")
NOTE = Claim(id="DEMO-1", sentence="It holds elsewhere.", source="", is_note=True)


@pytest.mark.parametrize("claim", [STATEMENT, CONTRADICTED, INCONCLUSIVE], ids=["plain", "not", "unsure"])
@pytest.mark.parametrize(
    ("quantities", "verdict"),
    [
        ([INSIDE, INSIDE], Verdict.REPLICATED),
        ([INSIDE, OUTSIDE], Verdict.CONTRADICTED),
        ([UNDECIDED, OUTSIDE], Verdict.CONTRADICTED),
        ([INSIDE, UNDECIDED], Verdict.INCONCLUSIVE),
        ([], Verdict.FAILED),
    ],
)
def test_verdict_follows_from_the_quantities_whatever_is_documented(
    quantities: list[Quantity], verdict: Verdict, claim: Claim
) -> None:
    judged, reason = judge(claim, quantities)
    assert judged is verdict
    assert (reason is None) == (verdict is Verdict.REPLICATED)


@pytest.mark.parametrize("quantities", [[INSIDE], [OUTSIDE], [UNDECIDED]])
def test_statement_about_models_that_may_not_have_converged_is_inconclusive(
    quantities: list[Quantity],
) -> None:
    verdict, reason = judge(STATEMENT, quantities, [DOUBT])
    assert verdict is Verdict.INCONCLUSIVE
    assert reason is not None
    assert reason.splitlines()[0] == DOUBT


@pytest.mark.parametrize("doubts", [[], [DOUBT]])
def test_note_is_noted_whatever_it_measures(doubts: list[str]) -> None:
    assert judge(NOTE, [FREE], doubts) == (Verdict.NOTED, "\n".join(doubts) or None)
    assert judge(NOTE, [])[0] is Verdict.FAILED


def test_reason_lists_every_quantity_that_is_outside_or_undecided_on_one_line_each() -> None:
    _, reason = judge(STATEMENT, [OUTSIDE, INSIDE, UNDECIDED])
    assert reason is not None
    outside, undecided = reason.splitlines()
    assert "lies outside [2, inf]" in outside
    assert "crosses an edge of [0.99, inf]" in undecided
    assert BECAUSE in outside


@pytest.mark.parametrize(
    ("claim", "verdict", "words"),
    [
        (
            CONTRADICTED,
            Verdict.REPLICATED,
            "Documented as contradicted (it is not so), but the statement",
        ),
        (CONTRADICTED, Verdict.REPLICATED, "remove contradicted=."),
        (CONTRADICTED, Verdict.INCONCLUSIVE, "write inconclusive= in place of contradicted=."),
        (INCONCLUSIVE, Verdict.CONTRADICTED, "write contradicted= in place of inconclusive=."),
        (INCONCLUSIVE, Verdict.REPLICATED, "remove inconclusive=."),
    ],
)
def test_correction_says_how_the_documentation_must_change(
    claim: Claim, verdict: Verdict, words: str
) -> None:
    assert words in (correction(claim, verdict) or "")


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (STATEMENT, Verdict.CONTRADICTED),
        (CONTRADICTED, Verdict.CONTRADICTED),
        (CONTRADICTED, Verdict.FAILED),
        (NOTE, Verdict.NOTED),
    ],
)
def test_nothing_is_to_be_corrected_where_nothing_is_documented_or_the_verdict_fits(
    claim: Claim, verdict: Verdict
) -> None:
    assert correction(claim, verdict) is None
