"""A verdict follows from the quantities of a claim and from its documentation."""

from __future__ import annotations

import pytest

from claims.harness.judging.claim import Claim
from claims.harness.judging.quantity import Quantity
from claims.harness.judging.verdict import Verdict, judge
from tests.helpers.quantities import BECAUSE, quantity


def stated(not_replicated: str | None = None) -> Claim:
    return Claim(id="DEMO-1", sentence="It holds.", source="", not_replicated=not_replicated)


GOOD, BAD = quantity(1.0, 1.1, 0.9, lo=-10), quantity(1.0, 1.1, 0.9, lo=0.99)


@pytest.mark.parametrize(
    ("quantities", "not_replicated", "verdict"),
    [
        ([GOOD, GOOD], None, Verdict.REPLICATED),
        ([GOOD, BAD], None, Verdict.FAILED),
        ([GOOD, BAD], "it is not so", Verdict.NOT_REPLICATED),
        ([GOOD, GOOD], "it is not so", Verdict.FAILED),
        ([], None, Verdict.FAILED),
        ([], "it is not so", Verdict.FAILED),
    ],
)
def test_verdict_follows_from_the_quantities_and_the_documentation(
    quantities: list[Quantity], not_replicated: str | None, verdict: Verdict
) -> None:
    judged, reason = judge(stated(not_replicated), quantities)
    assert judged is verdict
    assert (reason is None) == (verdict is Verdict.REPLICATED)


def test_reason_lists_every_quantity_that_was_not_accepted_in_one_line_each() -> None:
    _, reason = judge(stated(), [BAD, GOOD, BAD])
    assert reason is not None
    assert len(reason.splitlines()) == 2
    assert "is not within [0.99, inf]" in reason
    assert BECAUSE in reason
