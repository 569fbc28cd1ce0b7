"""Generated pages show the record, whatever its texts hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from claims.harness.documentation import pages, record
from claims.harness.files import FileError
from claims.harness.judging.outcomes import Verdict
from claims.harness.records import throughput_file
from tests.helpers.reports import HOSTILE, Page, document, measured, outcome
from tests.helpers.throughput_reports import LOOP, report, row


def recorded(*outcomes: Any) -> record.Record:
    written = document(*outcomes, words="a processor")
    return record.record_of(record.document_of(written))


def rows(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("|")]


def test_the_page_of_claims_shows_the_quantity_that_was_not_accepted() -> None:
    missed = measured(5.0, 5.1, 5.2, acceptance=(0, 2), name="missed")
    found = recorded(outcome(verdict=Verdict.NOT_REPLICATED, measured=(measured(1.0, 1.1, 0.9), missed)))
    [shown] = [line for line in rows(pages.claims_page(found)) if "DEMO-1" in line]
    assert "≠&nbsp;not&nbsp;replicated | missed: 5.1 " in shown
    assert "norm" not in shown


def test_the_page_of_claims_shows_the_first_quantity_if_all_were_accepted() -> None:
    found = recorded(outcome(measured=(measured(1.0, 1.1, 0.9, name="a"), measured(1.0, 1.1, 0.9, name="b"))))
    [shown] = [line for line in rows(pages.claims_page(found)) if "DEMO-1" in line]
    assert "| a: 1 " in shown
    assert "b: " not in shown


def test_departures_show_three_quantities_spread_over_those_not_accepted() -> None:
    quantities = tuple(measured(5.0, 5.1, 5.2, acceptance=(0, 2), name=f"number {k}") for k in range(5))
    found = recorded(outcome(verdict=Verdict.NOT_REPLICATED, measured=quantities))
    shown = [line for line in rows(pages.departures_page(found)) if "number" in line]
    assert [line.split(" | ")[0] for line in shown] == ["| number 0", "| number 2", "| number 4"]
    assert "| and 2 more |" in pages.departures_page(found)


def test_a_claim_with_a_reading_is_no_departure() -> None:
    found = recorded(outcome())
    [claim] = found.claims
    read = record.Record(found.environment, ({**claim, "not_replicated": None, "reading": "As we read it."},))
    departed, _, readings = pages.departures_page(read).partition("## Replicated under a reading of ours")
    assert "DEMO-1" not in departed
    assert "### DEMO-1: It holds." in readings
    assert "As we read it." in readings


@pytest.mark.parametrize("page", [pages.claims_page, pages.departures_page])
def test_no_text_of_a_record_becomes_markup(page: Any) -> None:
    found = recorded(outcome(HOSTILE))
    parsed = Page(MarkdownIt("commonmark").enable("table").render(page(found)))
    assert not {"script", "img"} & set(parsed.tags)
    assert all(value.startswith(("https://transformer-circuits.pub/", "departures.md"))
               for name, value in parsed.attributes if name == "href")  # fmt: skip


def project(folder: Path, text: str) -> Path:
    (folder / "README.md").write_text(text)
    throughput_file.write(throughput_file.path_of(folder, "cpu"), report(LOOP, row()))
    return folder


def test_the_readme_changes_between_its_lines_only_and_once(tmp_path: Path) -> None:
    root = project(tmp_path, f"before\n{pages.BEGIN}\nold\n{pages.END}\nafter\n")
    found = recorded(outcome("One."), outcome("Another.", verdict=Verdict.NOT_REPLICATED))
    once = pages.readme(root, found)
    assert once.startswith(f"before\n{pages.BEGIN}\n\n**1 of 2 claim tests replicate, 1 do not")
    assert "| Demonstrating superposition | 2 | 1 | 1 | 0 |" in once
    assert "20 to 20 times as fast as a PyTorch loop" in once
    assert once.endswith(f"{pages.END}\nafter\n")
    assert "old" not in once
    (root / "README.md").write_text(once)
    assert pages.readme(root, found) == once


@pytest.mark.parametrize(
    "text",
    [
        "",
        pages.BEGIN,
        f"{pages.END}\n{pages.BEGIN}",
        f"{pages.BEGIN}\n{pages.END}\n{pages.BEGIN}\n{pages.END}",
    ],
)
def test_a_readme_without_its_lines_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"README\.md must hold the lines"):
        pages.readme(project(tmp_path, text), recorded())
