"""Annotations are few, escaped and ordered, and a job summary grows by the summary of the run."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from claims.harness.baselines.drift import Steadiness
from claims.harness.judging.claim import Claim
from claims.harness.judging.outcomes import Verdict
from claims.harness.report.github import MOST_ANNOTATIONS, append_to_job_summary, error_commands
from tests.helpers.reports import document, inconclusive, noted, outcome

FAILED = outcome(verdict=Verdict.FAILED, reason="KeyError: 1")
DRIFTED = outcome(baseline=Steadiness.DRIFTED, reason="It moved.")


def test_failed_claims_come_before_drifted_ones_and_the_rest_is_not_annotated() -> None:
    passing = [outcome(), noted(), inconclusive(passes=True), outcome(verdict=Verdict.CONTRADICTED)]
    commands = error_commands(document(*passing, DRIFTED, FAILED, inconclusive("It may hold.", reason="a")))
    assert commands == [
        "::error title=DEMO-1 failed::It holds.%0AKeyError: 1",
        "::error title=DEMO-3 inconclusive::It may hold.%0Aa",
        "::error title=DEMO-1 drifted::It holds.%0AIt moved.",
    ]
    missing = outcome(baseline=Steadiness.MISSING, reason="Not in the baseline: norm.")
    assert error_commands(document(*passing, missing)) == []


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("100%\r\n::error::no", "100%25%0A::error::no"),
        ("\x1b[31mred\x00\ud800", "[31mred"),
        ("a\rb", "a%0Ab"),
        ("x" * 790, "x" * 790),
        ("x" * 791, "x" * 790 + "..."),
        ("x" * 5000, "x" * 790 + "..."),
    ],
)
def test_whatever_a_reason_says_stays_in_one_line(reason: str, shown: str) -> None:
    [command] = error_commands(document(dataclasses.replace(FAILED, reason=reason)))
    assert command == f"::error title=DEMO-1 failed::It holds.%0A{shown}"
    assert "\n" not in command


def test_a_title_cannot_end_its_command() -> None:
    run = document()
    run["experiments"][0] |= {"name": "a::b,c=%d"}
    run["experiments"][0]["drift"] |= {"status": "drifted"}
    [command] = error_commands(run)
    assert command.startswith("::error title=a%3A%3Ab%2Cc=%25d drifted::")


def test_what_exceeds_the_limit_is_named_in_the_last_annotation() -> None:
    failed = [
        dataclasses.replace(FAILED, claim=Claim(id=f"DEMO-{n}", sentence="It holds.", source=""))
        for n in range(1, MOST_ANNOTATIONS + 3)
    ]
    exactly = error_commands(document(*failed[:MOST_ANNOTATIONS]))
    assert len(exactly) == MOST_ANNOTATIONS
    assert exactly[-1].startswith("::error title=DEMO-10 failed::")
    last = error_commands(document(*failed))[-1]
    assert last == "::error title=More::3 more results: DEMO-10, DEMO-11, DEMO-12"
    commands = error_commands(document(*failed, failed[-1]))
    assert len(commands) == MOST_ANNOTATIONS
    assert commands[-1] == "::error title=More::4 more results: DEMO-10, DEMO-11, DEMO-12"


def test_summary_is_appended_to_what_a_job_has_written(tmp_path: Path) -> None:
    summary, job = tmp_path / "summary.md", tmp_path / "job"
    summary.write_text("é\n", "utf-8")
    job.write_text("before\n", "utf-8")
    assert append_to_job_summary(summary, job) is None
    assert append_to_job_summary(summary, job) is None
    assert job.read_text("utf-8") == "before\né\n\né\n\n"


def test_a_summary_that_cannot_be_appended_is_explained(tmp_path: Path) -> None:
    summary, job = tmp_path / "summary.md", tmp_path / "job"
    assert append_to_job_summary(summary, job) == (
        "The summary could not be added to the job summary: No such file or directory."
    )
    summary.write_text("x")
    job.write_text("x" * (2**20 - 1))
    assert "no room" in str(append_to_job_summary(summary, job))
    assert job.stat().st_size == 2**20 - 1


def test_a_job_summary_is_filled_to_the_byte(tmp_path: Path) -> None:
    summary, job = tmp_path / "summary.md", tmp_path / "job"
    summary.write_text("é\n", "utf-8")
    job.write_text("x" * (2**20 - 3))
    assert "no room" in str(append_to_job_summary(summary, job))
    job.write_text("x" * (2**20 - 4))
    assert append_to_job_summary(summary, job) is None
    assert job.stat().st_size == 2**20
