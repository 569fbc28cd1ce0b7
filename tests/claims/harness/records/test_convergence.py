"""Evidence of convergence as results.json holds it, and the doubts that follow from it."""

from __future__ import annotations

from claims.harness.records.convergence import Convergence, Standing
from tms.analysis.convergence import Evidence


def evidence(*, holds: bool) -> Evidence:
    return Evidence(
        kind="doubling", holds=holds, value=0.03, allowed=0.02, sentence="It changes.", points=(0.01, 0.03)
    )


def test_evidence_that_holds_leaves_no_doubt() -> None:
    shown = Convergence.of(evidence(holds=True))
    assert shown.standing is Standing.CONVERGED
    assert shown.doubt("demo/tiny") is None


def test_a_doubt_says_whether_evidence_fails_or_is_missing() -> None:
    failed = Convergence.of(evidence(holds=False))
    assert failed.doubt("demo/tiny") == "The models of demo/tiny did not converge: It changes."
    missing = Convergence.missing("doubling", "there is no test.")
    assert missing.doubt("demo/tiny") == (
        "The models of demo/tiny are not shown to have converged: there is no test."
    )


def test_an_entry_holds_all_that_was_measured() -> None:
    assert Convergence.of(evidence(holds=False)).entry() == {
        "standing": "not converged",
        "kind": "doubling",
        "value": 0.03,
        "allowed": 0.02,
        "sentence": "It changes.",
        "points": [0.01, 0.03],
    }
