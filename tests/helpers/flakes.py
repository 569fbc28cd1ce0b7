"""Runs of made-up claims, as lines of a flake count."""

from __future__ import annotations

from typing import Any, Final

from claims.harness.baselines.baseline import Key
from claims.harness.flakiness.identity import Compared, Identity
from claims.harness.flakiness.record import line_of
from claims.harness.flakiness.runs import Runs
from claims.harness.flakiness.summary import ClaimFlakes, summarize
from claims.harness.judging.claim import Claim
from claims.harness.judging.outcomes import Verdict, passes
from claims.harness.records.results import Outcome
from tests.helpers.reports import document, measured

IDENTITY: Final = Identity("quick", "fused", "cpu", "1", "c0de")
DEMO_1, DEMO_2 = Key("DEMO-1", "test_it"), Key("DEMO-2", "test_it")
DOCUMENTED: Final = (Verdict.CONTRADICTED, Verdict.INCONCLUSIVE)
COMPARED: Final = Compared({DEMO_1: "ba5e", DEMO_2: "f00d"}, {"demo": "1055"})
"""A baseline of two claims."""
ALONE: Final = Compared({DEMO_2: "f00d"}, {"demo": "1055"})
"""A baseline of one claim."""


def outcome(
    verdict: Verdict,
    *values: float,
    of: str = "DEMO-2",
    expected: Verdict = Verdict.REPLICATED,
    **settings: Any,
) -> Outcome:
    """Make an outcome of a claim whose acceptance region is [0, 2]."""
    stated: dict[str, Any] = {expected.value: "so"} if expected in DOCUMENTED else {}
    claim = Claim(id=of, sentence="It | holds.", source="demo", is_note=expected is Verdict.NOTED, **stated)
    acceptance = None if claim.is_note else (0.0, 2.0)
    quantity = measured(*values, acceptance=acceptance, name="no | rm")
    ran = verdict is not Verdict.NOT_RUN
    settings = {"passes": not ran or passes(verdict, expected), **settings}
    return Outcome(claim=claim, test="test_it", verdict=verdict, measured=(quantity,), **settings)


def replicated(*values: float, of: str = "DEMO-2") -> Outcome:
    """Make an outcome of a claim that is replicated."""
    return outcome(Verdict.REPLICATED, *(values or (1.0, 1.1)), of=of)


def run(
    seed: int, *outcomes: Outcome, identity: Identity = IDENTITY, compared: Compared = COMPARED
) -> dict[str, Any]:
    """Make the line of a run."""
    results = document(*outcomes)
    results["environment"]["seed"] = seed
    return line_of(results, identity, compared)


def together(lines: list[dict[str, Any]], compared: Compared = ALONE) -> Runs:
    """Count lines in turn."""
    runs = Runs(compared)
    for number, line in enumerate(lines):
        runs.add(line, f"line {number}")
    return runs


def only_claim(lines: list[dict[str, Any]]) -> ClaimFlakes:
    """Summarize lines of one claim."""
    [claim] = summarize(together(lines)).claims
    return claim
