"""Reports show all of a run, and obey nothing that its texts say."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.harness.baselines.drift import Steadiness
from claims.harness.judging.claim import Claim
from claims.harness.judging.outcomes import Verdict
from claims.harness.judging.statistics import Interval
from claims.harness.records import results
from claims.harness.records.results import Outcome
from claims.harness.report.render import write_reports
from tests.helpers.command import tms
from tests.helpers.reports import (
    HOSTILE,
    PIXEL,
    Page,
    document,
    html_of,
    inconclusive,
    markdown_of,
    measured,
    noted,
    outcome,
)

FINITE = st.floats(-1e90, 1e90)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run with a figure."""
    for name in ("figures/a.png", "figures/a.svg", "before/a.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PIXEL if name.endswith("png") else PIXEL + b" " * 100)
    results.write(tmp_path / "results.json", document())
    return tmp_path


@settings(max_examples=40)
@given(
    st.lists(FINITE, min_size=2, max_size=10),
    st.one_of(st.none(), FINITE),
    st.tuples(FINITE, st.floats(0, 1e90)),
    st.booleans(),
    st.sampled_from(list(Verdict)),
    st.sampled_from(list(Steadiness)),
)
def test_any_outcome_satisfies_the_schema_and_can_be_reported(
    values: list[float],
    paper: float | None,
    region: tuple[float, float],
    open_end: bool,
    verdict: Verdict,
    steadiness: Steadiness,
) -> None:
    acceptance = Interval(region[0], math.inf if open_end else region[0] + region[1])
    written = document(
        outcome(
            verdict=verdict,
            baseline=steadiness,
            reason="why" if verdict is Verdict.FAILED else None,
            measured=(measured(*values, paper=paper, acceptance=acceptance),),
        ),
        Outcome(claim=Claim(id="DEMO-2", sentence="It was not reached.", source=""), test="test_it"),
    )
    jsonschema.validate(written, results.SCHEMA)
    json.dumps(written, allow_nan=False)
    assert verdict.value in html_of(written, Path())
    assert verdict.value in markdown_of(written, Path())


def test_reports_say_what_training_took() -> None:
    for report in (html_of(document(), Path()), markdown_of(document(), Path())):
        assert "12 s in all, of which 1 s training, on 2 cores" in report
        assert "peak memory, mb" in report.lower()
        assert "all of them" in report
    assert "| 1,000,000 | 12 |" in markdown_of(document(), Path())


def test_results_of_programs_that_did_not_measure_memory_are_read_and_reported(folder: Path) -> None:
    older = document()
    del older["environment"]["cores"], older["experiments"][0]["peak_bytes"]
    results.write(folder / "results.json", older)
    assert tms("report", folder / "results.json") == 0
    assert "12 s in all, of which 1 s training" in (folder / "report.md").read_text()


def test_page_is_self_contained_and_runs_its_own_script_alone(folder: Path) -> None:
    page = Page(html_of(document(outcome(figures=("figures/a.png", "figures/a.svg"))), folder))
    assert page.runs_only_its_own_script
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "action"]
    loaded = [value for name, value in page.attributes if name in ("src", "srcset", "data")]
    assert loaded
    assert all(address.startswith("data:image/") for address in loaded)
    linked = [value for name, value in page.attributes if name == "href"]
    assert all(address.startswith(("#", "data:,", "https://transformer-circuits.pub/")) for address in linked)


def test_links_inside_the_page_lead_somewhere(folder: Path) -> None:
    figures = ("figures/a.png",)
    page = Page(html_of(document(outcome(figures=figures), outcome(figures=figures)), folder))
    targets = {value for name, value in page.attributes if name == "id"}
    links = {value[1:] for name, value in page.attributes if name == "href" and value.startswith("#")}
    assert links
    assert links <= targets


def test_hostile_texts_are_shown_and_not_obeyed_in_the_page(folder: Path) -> None:
    hostile = document(outcome(HOSTILE, reason=HOSTILE, verdict=Verdict.FAILED), words=HOSTILE)
    calm = Page(html_of(document(outcome("x", reason="x\ny", verdict=Verdict.FAILED), words="x"), folder))
    page = Page(html_of(hostile, folder))
    assert page.tags == calm.tags
    assert [name for name, _ in page.attributes] == [name for name, _ in calm.attributes]
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7 * 7 }}" in page.text


def test_hostile_texts_are_shown_and_not_obeyed_in_markdown(folder: Path) -> None:
    written = markdown_of(document(outcome(HOSTILE), words=HOSTILE), folder)
    assert "<script" not in written
    assert "<img" not in written
    assert not re.search(r"(?<!\\)\]\(javascript", written)
    assert "\n# c" not in written
    calm = markdown_of(document(outcome("x"), words="x"), folder)
    unescaped = [line.replace("\\|", "").count("|") for line in written.splitlines()]
    assert unescaped == [line.count("|") for line in calm.splitlines()]


def test_figure_is_embedded_once_from_its_smaller_file(folder: Path) -> None:
    both = ("figures/a.png", "figures/a.svg")
    page = html_of(document(outcome(figures=both), outcome(figures=both)), folder)
    assert page.count("data:image/png;base64,") == 1
    assert "data:image/svg" not in page
    assert "shown with another claim" in page


def test_markdown_links_to_the_figure_and_to_that_of_an_earlier_run(folder: Path) -> None:
    written = markdown_of(document(outcome(figures=("figures/a.png",), before=("before/a.png",))), folder)
    earlier, now = (
        written.index("![before/a](<before/a.png>)"),
        written.index("![figures/a](<figures/a.png>)"),
    )
    assert written.index("Earlier run:") < earlier < written.index("This run:") < now


def test_figure_whose_file_is_missing_is_named(folder: Path) -> None:
    written = document(outcome(figures=("figures/absent.png",)))
    assert "The file of figure figures/absent is missing." in Page(html_of(written, folder)).text
    assert "![" not in markdown_of(written, folder)


def test_figures_that_could_not_be_drawn_are_shown_before_the_claims() -> None:
    written = document()
    written["figure_errors"] = [
        {"claim": "DEMO-1", "test": "test_it", "figure": "demo/norms", "error": "ValueError: no axes"}
    ]
    page, text = html_of(written, Path()), markdown_of(written, Path())
    assert page.index("Figures that could not be drawn") < page.index("<h2>All claims</h2>")
    assert page.index("ValueError: no axes") < page.index("<h2>All claims</h2>")
    assert '<span class="count">1</span>' in page
    assert text.index("ValueError: no axes") < text.index("| Claim | Statement")
    assert "1 figure not drawn" in text


def test_run_that_was_cut_short_says_so(folder: Path) -> None:
    short = {**document(), "complete": False}
    assert "cut short" in html_of(short, folder)
    assert "cut short" in markdown_of(short, folder)


def test_table_shows_the_quantity_that_missed() -> None:
    missed = measured(5.0, 5.1, 5.05, name="bias", paper=None)
    quantities = (measured(1.0, 1.01, 1.02), missed)
    contradicted = outcome(verdict=Verdict.CONTRADICTED, passes=False, measured=quantities)
    written = markdown_of(document(contradicted), Path())
    row = next(line for line in written.splitlines() if "| bias: 5.05" in line)
    assert "≠ contradicted, ! not as documented" in row
    assert "### DEMO-1 ≠ contradicted, ! not as documented" in written


def test_reports_show_notes_as_notes_and_without_regions() -> None:
    written = document(outcome("It holds."), noted("It holds elsewhere."))
    page, text = html_of(written, Path()), markdown_of(written, Path())
    assert page.index("It holds.</a>") < page.index("<b>Note.</b> <a")
    assert '<article class="claim is-note" id="DEMO-1.2" ' in page
    assert '<span class="of">1 of 1</span>' in page
    assert "| Note: It holds elsewhere. | † noted |" in text
    assert "\nNote: It holds elsewhere. (" in text
    of_note = page[page.index('id="DEMO-1.2"') :]
    assert 'class="region"' not in of_note[: of_note.index("</article>")]


def test_reports_say_what_is_inconclusive_and_why() -> None:
    written = document(outcome(), inconclusive("It may hold.", "demo/tiny did not converge."))
    page, text = html_of(written, Path()), markdown_of(written, Path())
    for report in (page, text):
        section = report[report.index("What is inconclusive, and why") :]
        assert section.index("It may hold.") < section.index("demo/tiny did not converge.")
        assert section.index("demo/tiny did not converge.") < section.index("undecided norm: 1.9")
    assert "inconclusive, and why" not in html_of(document(outcome()), Path())
    assert "inconclusive, and why" not in markdown_of(document(outcome()), Path())


def test_a_documented_verdict_is_shown_with_its_reason() -> None:
    written = document(outcome("It holds.", verdict=Verdict.CONTRADICTED))
    assert "<b>Documented as contradicted.</b> It holds." in html_of(written, Path())
    assert "Documented as contradicted: It holds." in markdown_of(written, Path())


def test_page_says_how_often_unchanged_code_drifts_by_chance(folder: Path) -> None:
    assert "reports any drift less often than once in 2,000 runs." in html_of(document(), folder)


def test_reports_are_written_beside_the_results(folder: Path) -> None:
    written = write_reports(document(), folder)
    assert [path.relative_to(folder).as_posix() for path in written] == [
        "report.md",
        "report.html",
        "summary.md",
        "badge.json",
    ]
    assert all(path.is_file() for path in written)


def test_command_renders_the_reports_of_a_stored_run_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tms("report", folder / "results.json") == 0
    assert "report.html" in capsys.readouterr().out
    before = (folder / "report.html").read_bytes()
    assert write_reports(results.read(folder / "results.json"), folder)[1].read_bytes() == before


def test_command_refuses_damaged_results_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "results.json").write_text("{}")
    assert tms("report", folder / "results.json") == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (folder / "report.html").exists()
