"""The summary of a run shows what needs attention first, and stays below its size whatever the run found."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from claims.harness.baselines.drift import Drift, Steadiness
from claims.harness.judging.claim import SECTIONS, Claim
from claims.harness.judging.outcomes import Verdict
from claims.harness.records.results import Document, Outcome
from claims.harness.report.build import build
from claims.harness.report.summary import Block, summary
from tests.helpers.reports import HOSTILE, document, inconclusive, measured, outcome

SUMMARY_BYTES = 60_000
"""GitHub refuses comments of more than 65,536 characters, and the file is promised to stay below 60 kB."""


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
        "| ✗ figure not drawn | 1 |",
        "## Failed claims (1)", "The sum fails.", "(≠ contradicted, documented as contradicted)",
        r"norm: 5 lies outside \[0, 2\]",
        "## Drifted claims (1)", "The norm moves.",
        "## Changes from the baseline (1)", "+25.00%",
        "## Inconclusive claims that pass (1)", "It may hold.", "undecided norm: 1.9",
        "## Figures that could not be drawn (1)", r"| DEMO-1 | test\_it | demo/a | ValueError: no axes |",
        "## Sections (1)",
        "<details><summary>Demonstrating superposition: 1 of 3 replicated</summary>",
    ]  # fmt: skip
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_a_run_without_trouble_has_no_sections_about_trouble() -> None:
    text = summary_of(document())
    for row in (
        "✓ replicated | 1",
        "≠ contradicted | 0",
        "± inconclusive | 0",
        "✗ failed | 0",
        "△ drifted | 0",
    ):
        assert f"| {row} |" in text
    assert re.findall("^## .*", text, re.MULTILINE) == ["## Sections (1)"]
    assert "left out" not in text


def headings(text: str) -> list[str]:
    return re.findall("^## (.*)", text, re.MULTILINE)


def test_a_claim_that_fails_is_listed_once_whatever_else_is_wrong_with_it() -> None:
    text = summary_of(
        document(
            inconclusive(),
            outcome("It lacks a baseline.", Verdict.FAILED, reason="no", baseline=Steadiness.MISSING),
        )
    )
    assert headings(text) == ["Failed claims (2)", "Sections (1)"]


def test_a_claim_without_a_baseline_is_listed() -> None:
    text = summary_of(document(outcome(baseline=Steadiness.MISSING, reason="Not in the baseline: norm.")))
    assert headings(text) == ["Claims without a baseline (1)", "Sections (1)"]
    assert "Not in the baseline: norm." in text


def test_a_long_reason_is_shortened_and_more_than_six_lines_are_counted() -> None:
    def failed(reason: str) -> str:
        return summary_of(document(outcome(verdict=Verdict.FAILED, reason=reason)))

    assert "x" * 290 in failed("x" * 2000)
    assert "x" * 301 not in failed("x" * 2000)
    assert "in report.md" not in failed("\n".join("abcdef"))
    assert "  - f\n" in failed("\n".join("abcdef"))
    assert "  - f\n  - 1 more line in report.md\n" in failed("\n".join("abcdefg"))
    assert "  - f\n  - 2 more lines in report.md\n" in failed("\n".join("abcdefgh"))


def test_no_text_of_a_run_becomes_markup() -> None:
    failed = outcome(HOSTILE, Verdict.FAILED, reason=HOSTILE, baseline=Steadiness.DRIFTED)
    written = document(failed, words=HOSTILE)
    written["environment"]["implementation"] = HOSTILE
    written["experiments"][0] |= {"difference": HOSTILE}
    written["figure_errors"] = [{"claim": "DEMO-1", "test": HOSTILE, "figure": HOSTILE, "error": HOSTILE}]
    text = summary_of(written)
    assert headings(text)[0] == "Failed claims (1)"
    for markup in ("<script", "<img", "</td", "[a](", "| `x`", "\n# c"):
        assert markup not in text
    tags = set(re.findall("<[^>]*>", text))
    assert tags == {"<details>", "<summary>", "</summary>", "</details>"}


def test_the_implementation_and_what_is_not_fused_or_not_converged_is_named() -> None:
    written = document()
    written["environment"]["implementation"] = "model.py:factory, a model"
    [trained] = written["experiments"]
    trained |= {"name": "demo/pair", "engine": "reference", "difference": "its outputs differ"}
    trained["convergence"] = {
        "standing": "not converged", "kind": "doubling", "value": 0.3, "allowed": 0.1,
        "sentence": "it still falls", "points": [0.3],
    }  # fmt: skip
    text = summary_of(written)
    assert "judged an external implementation: model.py:factory, a model.**" in text
    assert headings(text) == [
        "Models that are not what the fused engine trains (1)",
        "Experiments whose models are not shown to have converged (1)",
        "Sections (1)",
    ]
    assert "| demo/pair | reference engine | its outputs differ |" in text
    assert "| demo/pair | ✗ not converged |" in text


def test_every_section_is_a_folded_table() -> None:
    text = summary_of(document(*claims_of_all_sections(2)))
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    assert sum(token.type == "table_open" for token in tokens) == len(SECTIONS) + 1
    assert text.count("<details>") == text.count("</details>") == len(SECTIONS)


def test_summary_shows_no_images(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    failed = outcome(verdict=Verdict.FAILED, reason="no", figures=("a.png",))
    text = summary(build(document(outcome(figures=("a.png",)), failed), tmp_path))
    assert "![" not in text
    assert "a.png" not in text


def test_sections_whose_tables_do_not_fit_are_one_line_each_and_the_summary_says_so() -> None:
    text = summary_of(document(*claims_of_all_sections(30, "ü" * 150)))
    folded = text.count("<details>")
    assert 0 < folded == text.count("</details>") < len(SECTIONS)
    assert len(re.findall("^.*: 30 of 30 replicated$", text, re.MULTILINE)) == len(SECTIONS) - folded
    assert f"*{len(SECTIONS) - folded} sections are shown without their tables to stay below 60 kB;" in text
    assert SUMMARY_BYTES / 2 < len(text.encode()) <= SUMMARY_BYTES


HOSTILE_TEXTS = ["x" * 300, "ü" * 300, "*" * 70_000, "&" * 70_000, "\U0001f600 " * 5_000, "a\n" * 5_000]


@pytest.mark.parametrize("words", HOSTILE_TEXTS, ids=lambda words: words[:2].strip())
@pytest.mark.parametrize("each", [1, 15])
def test_a_run_in_which_everything_fails_with_long_texts_stays_below_the_limit(words: str, each: int) -> None:
    drift = Drift(status=Steadiness.DRIFTED, p_value=1e-9, alpha=1e-6, effect=3.0, relative=0.25)
    outcomes = [
        dataclasses.replace(
            one,
            verdict=Verdict.FAILED if number % 2 else Verdict.INCONCLUSIVE,
            passes=number % 4 == 0,
            baseline=Steadiness.DRIFTED,
            reason=words,
            measured=(dataclasses.replace(measured(1.0, 1.1, name=words), drift=drift),),
        )
        for number, one in enumerate(claims_of_all_sections(each, words))
    ]
    written = document(*outcomes, words=words)
    written["environment"]["implementation"] = words
    error = {"claim": "DEMO-1", "test": words, "figure": words, "error": words}
    written["figure_errors"] = [error] * 100
    text = summary_of(written)
    assert len(text.encode()) <= SUMMARY_BYTES
    assert text.count("<details>") == text.count("</details>")
    headings = re.findall("^## ([A-Z][a-z]+)", text, re.MULTILINE)
    assert headings == ["Failed", "Drifted", "Changes", "Inconclusive", "Figures", "Sections"]
    if each > 1:
        assert re.search(
            r"\*\d+ more claims are left out here to stay below 60 kB; report.md shows them.\*", text
        )


def test_what_is_left_out_is_counted() -> None:
    failed = [
        dataclasses.replace(one, verdict=Verdict.FAILED, passes=False, reason="word " * 60)
        for one in claims_of_all_sections(15, "word " * 60)
    ]
    text = summary_of(document(*failed))
    shown = len(re.findall(r"^- \*\*\[", text, re.MULTILINE))
    [left_out] = re.findall(r"\*(\d+) more claims are left out", text)
    assert shown > 20
    assert shown + int(left_out) == len(failed)


def test_what_fills_the_summary_leaves_room_for_what_follows() -> None:
    failed = [
        dataclasses.replace(one, verdict=Verdict.FAILED, passes=False, reason="word " * 60)
        for one in claims_of_all_sections(15, "word " * 60)
    ]
    text = summary_of(document(*failed, outcome("The norm moves.", baseline=Steadiness.DRIFTED)))
    assert "claims are left out" in text
    assert "The norm moves." in text[text.index("## Drifted claims (1)") : text.index("## Sections")]
    assert "sections are left out" not in text


def test_a_block_holds_as_many_items_as_fit_to_the_byte() -> None:
    item = f"- {'ü' * 20}\n"
    block = Block(title="Items", start="", items=[item] * 20, one="item", many="items", share=0)
    assert block.within(block.size) == block.within(None)
    assert block.within(block.size - 1).count(item) < 20
    part = block.within(block.size // 2)
    size = len(part.encode())
    assert block.within(size) == part
    assert block.within(size - 1).count(item) == part.count(item) - 1


def test_a_section_title_that_fills_the_summary_is_shortened() -> None:
    written = document()
    written["sections"] = {"DEMO": "x" * 70_000}
    assert len(summary_of(written).encode()) <= SUMMARY_BYTES


def test_more_sections_than_fit_are_left_out() -> None:
    written = document()
    [claim] = written["claims"]
    written["claims"] = [{**claim, "section": f"S{number}"} for number in range(5000)]
    text = summary_of(written)
    assert "## Sections (5000)" in text
    shown = len(re.findall(r"^S\d+: 1 of 1 replicated$", text, re.MULTILINE))
    assert 100 < shown < 5000
    assert f"*{5000 - shown} more sections are left out here to stay below 60 kB;" in text
    assert len(text.encode()) <= SUMMARY_BYTES
