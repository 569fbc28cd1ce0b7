"""Generated pages show the record, whatever its texts hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from claims.harness.documentation import pages, record
from claims.harness.files import FileError
from claims.harness.judging.outcomes import Verdict
from claims.harness.records import throughput_file
from tests.helpers.reports import HOSTILE, Page, document, inconclusive, measured, noted, outcome
from tests.helpers.throughput_reports import LOOP, report, row

R, C, U = Verdict.REPLICATED, Verdict.CONTRADICTED, Verdict.INCONCLUSIVE
OUTCOMES = (R, R, C, C, C, U)


def recorded(*outcomes: Any) -> record.Record:
    written = document(*outcomes, words="a processor")
    return record.record_of(record.document_of(written))


def rows(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("|")]


def test_the_page_of_claims_shows_the_quantity_that_is_outside() -> None:
    unsure = measured(1.9, 2.0, 1.8, name="undecided")
    missed = measured(5.0, 5.1, 5.2, name="missed")
    found = recorded(
        outcome(verdict=Verdict.CONTRADICTED, measured=(measured(1.0, 1.1, 0.9), unsure, missed))
    )
    [shown] = [line for line in rows(pages.claims_page(found)) if "DEMO-1" in line]
    assert "≠&nbsp;contradicted | missed: 5.1 " in shown
    assert "norm" not in shown


def test_the_page_of_claims_shows_the_undecided_quantity_if_none_is_outside() -> None:
    [shown] = [line for line in rows(pages.claims_page(recorded(inconclusive()))) if "DEMO-3" in line]
    assert "±&nbsp;inconclusive | undecided norm: 1.9 " in shown


def test_the_page_of_claims_lists_a_note_after_its_statement_and_does_not_count_it() -> None:
    page = pages.claims_page(recorded(noted(), outcome("It holds.")))
    statement, note = [line for line in rows(page) if "DEMO-1" in line]
    assert "| It holds. | ✓&nbsp;replicated |" in statement
    assert "| Note: It holds elsewhere. | †&nbsp;noted | norm of others: 1.55 " in note
    assert "judged 1 statements" in page
    assert "1 statements are replicated, 0 contradicted and 0 inconclusive; 0 tests failed" in page


def test_the_page_of_claims_shows_the_first_quantity_if_all_were_accepted() -> None:
    found = recorded(outcome(measured=(measured(1.0, 1.1, 0.9, name="a"), measured(1.0, 1.1, 0.9, name="b"))))
    [shown] = [line for line in rows(pages.claims_page(found)) if "DEMO-1" in line]
    assert "| a: 1 " in shown
    assert "b: " not in shown


def test_departures_show_three_quantities_spread_over_those_outside() -> None:
    quantities = tuple(measured(5.0, 5.1, 5.2, acceptance=(0, 2), name=f"number {k}") for k in range(5))
    found = recorded(outcome(verdict=Verdict.CONTRADICTED, measured=quantities))
    shown = [line for line in rows(pages.departures_page(found)) if "number" in line]
    assert [line.split(" | ")[0] for line in shown] == ["| number 0", "| number 2", "| number 4"]
    assert "| and 2 more | | | |" in pages.departures_page(found)


def test_a_claim_with_a_reading_is_no_departure() -> None:
    found = recorded(outcome())
    [claim] = found.claims
    read = record.Record(found.environment, ({**claim, "reading": "As we read it."},))
    departed, _, readings = pages.departures_page(read).partition("## Replicated under a reading of ours")
    assert "DEMO-1" not in departed
    assert "### DEMO-1: It holds." in readings
    assert "As we read it." in readings


def test_departures_list_contradictions_what_is_inconclusive_and_notes_apart() -> None:
    missed = measured(5.0, 5.1, 5.2, name="missed")
    page = pages.departures_page(
        recorded(
            outcome("It is not so.", verdict=Verdict.CONTRADICTED, measured=(missed,)),
            inconclusive(),
            noted(),
        )
    )
    parts = [
        "## Contradicted", "### DEMO-1: It is not so.", "| missed |", "| outside | 0 to 2 |",
        "## Inconclusive", "### DEMO-3: It may hold.", "This verdict is not documented yet.",
        "| undecided norm |", "| undecided | 0 to 2 |",
        "## Replicated under a reading of ours",
        "## Robustness notes", "It holds elsewhere. Measured: norm of others, 1.55",
    ]  # fmt: skip
    places = [page.index(part) for part in parts]
    assert places == sorted(places)


def test_a_statement_that_is_inconclusive_for_lack_of_convergence_says_so() -> None:
    found = recorded(outcome(verdict=Verdict.INCONCLUSIVE))
    assert "it is not shown that the models converged" in pages.departures_page(found)


@pytest.mark.parametrize("page", [pages.claims_page, pages.departures_page])
def test_no_text_of_a_record_becomes_markup(page: Any) -> None:
    found = recorded(outcome(HOSTILE))
    parsed = Page(MarkdownIt("commonmark").enable("table").render(page(found)))
    assert not {"script", "img"} & set(parsed.tags)
    assert all(value.startswith(("https://transformer-circuits.pub/", "departures.md", "../contradicted.md"))
               for name, value in parsed.attributes if name == "href")  # fmt: skip


def project(folder: Path, text: str) -> Path:
    (folder / "README.md").write_text(text)
    throughput_file.write(throughput_file.path_of(folder, "cpu"), report(LOOP, row()))
    return folder


def test_the_readme_changes_between_its_lines_only_and_once(tmp_path: Path) -> None:
    root = project(tmp_path, f"before\n{pages.BEGIN}\nold\n{pages.END}\nafter\n")
    found = recorded(
        *(replace(outcome(), test=f"t{k}", verdict=verdict) for k, verdict in enumerate(OUTCOMES)), noted()
    )
    once = pages.readme(root, found)
    assert once.startswith(
        f"before\n{pages.BEGIN}\n\n**2 of 6 statements are replicated, 3 contradicted, 1 inc"
    )
    assert "| Demonstrating superposition | 6 | 2 | 3 | 1 | 1 |" in once
    assert "| **All** | **6** | **2** | **3** | **1** | **1** |" in once
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
        f"{pages.BEGIN}\n{pages.END}\n{pages.END}",
    ],
)
def test_a_readme_without_its_lines_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"README\.md must hold the lines"):
        pages.readme(project(tmp_path, text), recorded())
