"""The summary of a run shows what needs attention first, and stays below its size whatever the run found."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from claims.harness.baselines.drift import Drift, Steadiness
from claims.harness.judging.claim import SECTIONS, Claim
from claims.harness.judging.outcomes import Verdict
from claims.harness.records.results import Document, Outcome
from claims.harness.report.build import build
from claims.harness.report.render import SUMMARY_BYTES, summary
from tests.helpers.reports import document, inconclusive, measured, outcome


def summary_of(written: Document) -> str:
    return summary(build(written, Path()))


def claims_of_all_sections(each: int, words: str = "It holds.") -> list[Outcome]:
    return [
        Outcome(
            claim=Claim(id=f"{section}-{number}", sentence=words, source=""),
            test=f"test_{number}",
            verdict=Verdict.REPLICATED,
            measured=(measured(1.0, 1.1, name=words),),
        )
        for section in SECTIONS
        for number in range(1, each + 1)
    ]


def test_failures_changes_and_undrawn_figures_come_before_the_sections() -> None:
    drift = Drift(status=Steadiness.DRIFTED, p_value=1e-9, alpha=1e-6, effect=3.0, relative=0.25)
    changed = dataclasses.replace(measured(1.0, 1.1, name="norm"), drift=drift)
    written = document(
        outcome(
            "The sum fails.", verdict=Verdict.CONTRADICTED, passes=False, reason="norm: 5 lies outside [0, 2]"
        ),
        inconclusive("It may hold.", passes=True),
        outcome("The norm moves.", baseline=Steadiness.DRIFTED, measured=(changed,)),
    )
    written["figure_errors"] = [
        {"claim": "DEMO-1", "test": "test_it", "figure": "demo/a", "error": "ValueError: no axes"}
    ]
    text = summary_of(written)
    parts = [
        "1 figure not drawn",
        "## Claims without their documented verdict", "The sum fails.", "(≠ contradicted)",
        r"norm: 5 lies outside \[0, 2\]",
        "## Claims that drifted from their baseline", "The norm moves.",
        "## Changes from the baseline", "+25.00%",
        "## What is inconclusive, and why", "It may hold.", "undecided norm: 1.9",
        "## Figures that could not be drawn", "ValueError: no axes",
        "<details><summary>Demonstrating superposition: 1 of 3 replicated</summary>",
    ]  # fmt: skip
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_a_run_without_trouble_has_no_sections_about_trouble() -> None:
    text = summary_of(document())
    assert "1 replicated, 0 contradicted, 0 inconclusive, 0 failed, 0 drifted" in text
    assert "documented verdict" not in text
    assert "## What is inconclusive" not in text
    assert "## Changes" not in text
    assert "## Figures" not in text
    assert "left out" not in text


def test_every_section_is_a_folded_table() -> None:
    text = summary_of(document(*claims_of_all_sections(2)))
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    assert sum(token.type == "table_open" for token in tokens) == len(SECTIONS) + 1
    assert text.count("<details>") == text.count("</details>") == len(SECTIONS)


def test_summary_shows_no_images(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    text = summary(build(document(outcome(figures=("a.png",))), tmp_path))
    assert "![" not in text
    assert "a.png" not in text


def test_sections_that_do_not_fit_are_left_out_and_the_summary_says_so() -> None:
    text = summary_of(document(*claims_of_all_sections(30, "ü" * 150)))
    assert 0 < text.count("<details>") == text.count("</details>") < len(SECTIONS)
    assert "sections are left out to stay below 60 kB; report.md shows them." in text
    assert SUMMARY_BYTES / 2 < len(text.encode()) <= SUMMARY_BYTES


@pytest.mark.parametrize(("words", "each"), [("x" * 300, 15), ("ü" * 300, 15), ("x" * 70_000, 1)])
def test_failures_that_do_not_fit_are_cut_at_a_line_and_the_summary_says_so(words: str, each: int) -> None:
    failed = [
        dataclasses.replace(one, verdict=Verdict.FAILED, passes=False, reason=words)
        for one in claims_of_all_sections(each)
    ]
    text = summary_of(document(*failed))
    assert len(text.encode()) <= SUMMARY_BYTES
    assert text.endswith(
        "\n\n*The summary is cut here to stay below 60 kB; report.md shows the whole run.*\n"
    )
    assert "## Claims without their documented verdict" in text
    assert text.count("<details>") == text.count("</details>")
