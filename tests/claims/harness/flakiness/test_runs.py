"""Runs count claim by claim: as long as code repeats their numbers and their baseline stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from claims.harness.files import FileError
from claims.harness.flakiness.summary import Rate, summarize
from tests.helpers.flakes import COMPARED, DEMO_1, DEMO_2, IDENTITY, replicated, run, together


def test_changed_code_that_repeats_a_seed_digit_for_digit_adds_to_the_runs() -> None:
    new = replace(IDENTITY, code="new")
    lines = [
        run(1, replicated()),
        run(1, replicated(), identity=new),
        run(2, replicated(), identity=new),
        run(3, replicated()),
    ]
    summary = summarize(together(lines))
    assert (summary.seeds, summary.codes) == ((1, 2, 3), ("c0de", "new"))


def test_changed_code_that_repeats_a_seed_with_another_last_digit_is_refused() -> None:
    changed = run(1, replicated(1.0, 1.10001), identity=replace(IDENTITY, code="new"))
    with pytest.raises(FileError, match="DEMO-2 has another outcome at seed 1"):
        together([run(1, replicated(1.0, 1.1)), changed])


def test_claim_whose_baseline_was_rewritten_starts_again_and_no_other() -> None:
    both = [replicated(of=name) for name in ("DEMO-1", "DEMO-2")]
    rewritten = replace(COMPARED, claims={DEMO_1: "ba5e", DEMO_2: "new"})
    lines = [run(seed, *both) for seed in (1, 2, 3)]
    lines[0]["claims"][1] |= {"verdict": "contradicted", "passes": False}
    lines.append(run(2, both[1], identity=replace(IDENTITY, code="new"), compared=rewritten))
    runs = together(lines, rewritten)
    summary = summarize(runs)
    assert [claim.failed for claim in summary.claims] == [Rate(0, 3), Rate(0, 1)]
    assert (summary.seeds, summary.parts) == ((2,), (1, 3))
    assert summary.failed == Rate(0, 1)
    assert summarize(together(lines, COMPARED)).failed == Rate(1, 3)
    assert runs.lacking(1, rewritten.claims) == [DEMO_2]
    assert runs.unproven("new", rewritten.claims) == [DEMO_1]
