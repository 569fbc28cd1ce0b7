"""The table of a flake count."""

from __future__ import annotations

from claims.harness.flakiness.summary import summarize
from claims.harness.flakiness.table import is_thin, markdown
from claims.harness.judging.outcomes import Verdict
from tests.helpers.flakes import COMPARED, only_claim, outcome, replicated, run, together


def test_names_are_escaped_in_markdown() -> None:
    assert "no \\| rm" in markdown(summarize(together([run(1, replicated())])))


def test_infinite_margin_is_written_in_words() -> None:
    lines = [run(k, replicated(0.1, 0.1)) for k in (1, 2, 3)]
    assert "never varies" in markdown(summarize(together(lines)))


def test_margin_of_a_contradiction_is_positive_outside() -> None:
    lines = [
        run(seed, outcome(Verdict.CONTRADICTED, value, value, expected=Verdict.CONTRADICTED))
        for seed, value in enumerate((2.6, 2.7, 2.8))
    ]
    claims, _, _ = markdown(summarize(together(lines))).partition("## Quantities")
    assert "| 7.0 | 7.0 |" in claims


def test_thin_margin_is_named() -> None:
    lines = [run(k, outcome(Verdict.REPLICATED, 2 - k / 10, 2 - k / 10)) for k in (1, 2)]
    assert is_thin(only_claim(lines))
    assert "Margins below 4: DEMO-2 (2.1)." in markdown(summarize(together(lines)))


def test_incomplete_runs_and_claims_without_runs_are_named() -> None:
    table = markdown(summarize(together([run(5, replicated()), run(6, replicated())], COMPARED)))
    assert "0 complete runs" in table
    assert "2 more runs of some claims only, seeds 5 to 6" in table
    assert "Claims without runs: DEMO-1." in table
