"""results.json satisfies its schema whatever a run found; reports show it whole, and trust nothing in it."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.harness.baselines.drift import Steadiness
from claims.harness.files import FileError
from claims.harness.judging.claim import Claim
from claims.harness.judging.statistics import Interval
from claims.harness.judging.verdict import Verdict
from claims.harness.records import results
from claims.harness.records.results import Outcome
from claims.harness.report import pictures as figures
from claims.harness.report import text
from claims.harness.report.__main__ import main
from claims.harness.report.bars import WIDTH, bar_of
from claims.harness.report.render import (
    TABLES,
    departures,
    html,
    markdown,
    markers,
    rewrite_readme,
    table,
    write_reports,
)
from tests.helpers.reports import HOSTILE, PIXEL, Page, document, measured, outcome

FINITE = st.floats(-1e90, 1e90)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("figures/a.png", "figures/a.svg"):
        path = tmp_path / "run" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PIXEL if name.endswith("png") else PIXEL + b" " * 100)
    (tmp_path / "secret.png").write_bytes(b"secret")
    results.write(tmp_path / "run" / "results.json", document())
    return tmp_path / "run"


def test_schema_is_a_schema_and_describes_every_field_of_a_claim() -> None:
    jsonschema.Draft202012Validator.check_schema(results.SCHEMA)
    described = results.SCHEMA["$defs"]["claim"]["properties"]
    assert set(described) == set(document()["claims"][0])


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
            error="why" if verdict is Verdict.FAILED else None,
            measured=(measured(*values, paper=paper, acceptance=acceptance),),
        ),
        Outcome(claim=Claim(id="DEMO-2", sentence="It was not reached.", source=""), test="test_it"),
    )
    jsonschema.validate(written, results.SCHEMA)
    json.dumps(written, allow_nan=False)
    assert verdict.value in html(written, Path())
    assert verdict.value in markdown(written, Path())


def test_what_is_written_is_read_back(folder: Path) -> None:
    assert results.read(folder / "results.json") == document()


def test_reports_say_what_training_took() -> None:
    for report in (html(document(), Path()), markdown(document(), Path())):
        assert "12 s in all, of which 1 s training, on 2 cores" in report
        assert "peak memory, mb" in report.lower()
        assert "all of them" in report
    assert "| 1,000,000 | 12 |" in markdown(document(), Path())


def test_results_of_programs_that_did_not_measure_memory_are_read_and_reported(folder: Path) -> None:
    older = document()
    del older["environment"]["cores"], older["experiments"][0]["peak_bytes"]
    results.write(folder / "results.json", older)
    assert main([str(folder / "results.json")]) == 0
    assert "12 s in all, of which 1 s training" in (folder / "report.md").read_text()


def test_summary_counts_both_axes() -> None:
    counted = document(
        outcome(baseline=Steadiness.DRIFTED),
        outcome(baseline=Steadiness.MISSING, verdict=Verdict.FAILED),
        outcome(verdict=Verdict.NOT_REPLICATED),
    )["summary"]
    expected = {"replicated": 1, "not_replicated": 1, "failed": 1, "not_run": 0, "drifted": 1, "missing": 1}
    assert counted == {**expected, "drifted_losses": 0, "missing_losses": 0}


def changed(path: str, value: Any) -> str:
    whole: Any = document()
    *outer, last = path.split("/")
    block = whole
    for name in outer:
        block = block[int(name)] if name.isdigit() else block[name]
    block[last] = value
    return json.dumps(whole)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (None, "is missing"),
        ("", "is not valid JSON"),
        (json.dumps(document())[:-50], "is not valid JSON"),
        ("[]", "does not fit its schema"),
        ("{}", "has schema version None"),
        (changed("schema_version", 1), "has schema version 1; this program reads version 3"),
        (changed("schema_version", "x" * 1000), "has schema version"),
        (changed("environment/seconds", math.nan), "NaN is not a finite number"),
        (changed("claims/0/verdict", "fine"), "does not fit its schema at claims/0/verdict"),
        (changed("claims/0/source", {"anchor": "", "url": "javascript:alert(1)"}), "claims/0/source/url"),
        (changed("claims/0/quantities/0/values", ["1"]), "claims/0/quantities/0/values/0"),
        (changed("claims/0/quantities/0/interval", [0]), "claims/0/quantities/0/interval"),
        (changed("claims/0/surprise", 1), "does not fit its schema at claims/0"),
    ],
)
def test_bad_results_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], written: str | None, words: str
) -> None:
    path = tmp_path / "results.json"
    if written is not None:
        path.write_text(written)
    with pytest.raises(FileError, match=words.replace("$", r"\$")) as caught:
        results.read(path)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 500
    assert main([str(path)]) == 2
    assert capsys.readouterr().err == f"{caught.value}\n"
    assert not (tmp_path / "report.html").exists()


def test_page_is_self_contained_and_runs_nothing(folder: Path) -> None:
    page = Page(html(document(outcome(figures=("figures/a.png", "figures/a.svg"))), folder))
    assert not {"script", "iframe", "object", "embed", "form"} & set(page.tags)
    loaded = [value for name, value in page.attributes if name in ("src", "srcset", "data")]
    assert loaded
    assert all(address.startswith("data:image/") for address in loaded)
    linked = [value for name, value in page.attributes if name == "href"]
    assert all(address.startswith(("#", "data:,", "https://transformer-circuits.pub/")) for address in linked)


def test_hostile_texts_are_shown_and_not_obeyed_in_the_page(folder: Path) -> None:
    hostile = document(outcome(HOSTILE, error=HOSTILE, verdict=Verdict.FAILED), words=HOSTILE)
    calm = Page(html(document(outcome("x", error="x\ny", verdict=Verdict.FAILED), words="x"), folder))
    page = Page(html(hostile, folder))
    assert page.tags == calm.tags
    assert [name for name, _ in page.attributes] == [name for name, _ in calm.attributes]
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7 * 7 }}" in page.text


def test_hostile_texts_are_shown_and_not_obeyed_in_markdown(folder: Path) -> None:
    written = markdown(document(outcome(HOSTILE), words=HOSTILE), folder)
    assert "<script" not in written
    assert "<img" not in written
    assert not re.search(r"(?<!\\)\]\(javascript", written)
    assert "\n# c" not in written
    calm = markdown(document(outcome("x"), words="x"), folder)
    unescaped = [line.replace("\\|", "").count("|") for line in written.splitlines()]
    assert unescaped == [line.count("|") for line in calm.splitlines()]


@pytest.mark.parametrize(
    "path", ["../secret.png", "/tmp/secret.png", "figures/../../secret.png", "figures/a.html", "absent.png"]
)
def test_figures_outside_the_folder_are_never_opened(folder: Path, path: str) -> None:
    path = path.replace("/tmp", str(folder.parent))
    written = document(outcome(figures=(path,)))
    assert "is not there" in Page(html(written, folder)).text
    assert figures.files_of(figures.stems([path])[0], [path], folder) == []
    assert "![" not in markdown(written, folder)


def test_link_that_leaves_the_folder_is_not_followed(folder: Path) -> None:
    (folder / "figures" / "b.png").symlink_to(folder.parent / "secret.png")
    assert figures.files_of("figures/b", ["figures/b.png"], folder) == []


def test_figure_is_embedded_once_from_its_smaller_file(folder: Path) -> None:
    both = ("figures/a.png", "figures/a.svg")
    page = html(document(outcome(figures=both), outcome(figures=both)), folder)
    assert page.count("data:image/png;base64,") == 1
    assert "data:image/svg" not in page
    assert "shown with another claim" in page


def test_run_that_was_cut_short_says_so(folder: Path) -> None:
    short = {**document(), "complete": False}
    assert "cut short" in html(short, folder)
    assert "cut short" in markdown(short, folder)


def test_verdicts_are_told_by_a_sign_as_well_as_by_colour() -> None:
    signs = [text.SYMBOLS[name.value] for name in (*Verdict, *Steadiness)]
    assert len(set(signs)) == len(signs)


@given(st.lists(FINITE, min_size=2, max_size=5), st.one_of(st.none(), FINITE), FINITE, st.floats(0, 1e90))
def test_bar_holds_all_its_parts_in_order(
    values: list[float], paper: float | None, lo: float, width: float
) -> None:
    acceptance = Interval(lo, lo + width)
    shown = measured(*values, paper=paper, acceptance=acceptance)
    bar = bar_of(document(outcome(measured=(shown,)))["claims"][0]["quantities"][0])
    places = [bar.region[0], *bar.interval, bar.mean, bar.paper, bar.baseline]
    assert all(0 <= place <= WIDTH for place in places if place is not None)
    assert bar.interval[0] <= bar.mean <= bar.interval[1]
    assert bar.region[1] > 0


def test_open_end_of_an_acceptance_region_reaches_the_edge() -> None:
    def region(acceptance: Interval) -> tuple[float, float]:
        shown = document(outcome(measured=(measured(1.0, 2.0, acceptance=acceptance),)))
        return bar_of(shown["claims"][0]["quantities"][0]).region

    assert sum(region(Interval(0.5, math.inf))) == pytest.approx(WIDTH)
    assert region(Interval(-math.inf, 0.5))[0] == 0


@pytest.mark.parametrize(
    ("acceptance", "words"),
    [((0.5, None), "at least 0.5"), ((None, 2.0), "at most 2"), ((1, 2), "1 to 2"), ((3, 3), "exactly 3")],
)
def test_acceptance_region_is_written_in_words(acceptance: tuple, words: str) -> None:
    assert text.acceptance({"acceptance": acceptance}) == words


def test_table_shows_the_quantity_that_missed() -> None:
    missed = measured(5.0, 5.1, name="bias", paper=None)
    row = table(document(outcome(verdict=Verdict.FAILED, measured=(measured(1.0, 1.01, 1.02), missed))))
    assert "bias: 5.05" in row
    assert "✗ failed" in row


def test_departures_are_what_did_not_replicate_and_what_only_under_a_reading_with_the_numbers() -> None:
    def stated(sentence: str, **settings: str | None) -> Outcome:
        claim = Claim(id="DEMO-1", sentence=sentence, source="demo", **settings)
        missing = measured(5.0, 5.1, name="bias", paper=None)
        verdict = Verdict.NOT_REPLICATED if claim.not_replicated else Verdict.REPLICATED
        return Outcome(claim=claim, test=sentence, verdict=verdict, measured=(measured(1.0, 1.01), missing))

    shown = departures(
        document(
            stated("Plainly so."),
            stated("Not so.", not_replicated="It differs."),
            stated("If so.", reading="Our way."),
        )
    )
    wrong, read = shown.split("Replicated only under a reading")
    assert "Plainly so." not in shown
    assert r"Not so. | It differs. | bias: 5.05 \[1.867, 8.233\] | 0 to 2 |" in wrong
    assert "If so." in read
    assert "Our way. | bias: 5.05" in read


def test_many_quantities_that_missed_are_counted_and_some_of_them_shown() -> None:
    claim = Claim(id="DEMO-1", sentence="So.", source="demo", not_replicated="Not so.")
    many = tuple(measured(5.0, 5.1, name=f"bias {k}") for k in range(9))
    shown = departures(
        document(Outcome(claim=claim, test="t", verdict=Verdict.NOT_REPLICATED, measured=many))
    )
    assert [f"bias {k}:" in shown for k in range(9)] == [k in (0, 4, 8) for k in range(9)]
    assert "and 6 more" in shown


def test_readme_changes_between_its_markers_only(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    places = [f"{begin}\nwhat was there\n{end}" for begin, end in map(markers, TABLES)]
    readme.write_text("before\n" + "\nbetween\n".join(places) + "\nafter\n")
    rewrite_readme(readme, document())
    once = readme.read_text()
    assert once.startswith(f"before\n{markers('claims')[0]}\n\n| Claim |")
    assert f"{markers('claims')[1]}\nbetween\n{markers('departures')[0]}\n\n**Not replicated**" in once
    assert once.endswith(f"{markers('departures')[1]}\nafter\n")
    assert "what was there" not in once
    rewrite_readme(readme, document())
    assert readme.read_text() == once


BOTH = "\n".join(line for name in TABLES for line in markers(name))


@pytest.mark.parametrize(
    "content",
    [
        "none",
        markers("claims")[0],
        "\n".join(markers("claims")),
        "\n".join(reversed(BOTH.splitlines())),
        f"{BOTH}\n{BOTH}",
        None,
    ],
)
def test_readme_without_its_markers_is_left_alone(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    readme = tmp_path / "README.md"
    if content is not None:
        readme.write_text(content)
    assert main([str(folder / "results.json"), "--readme", str(readme)]) == 2
    assert str(readme) in capsys.readouterr().err
    assert (readme.read_text() if readme.exists() else None) == content


def test_command_renders_reports_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder / "results.json")]) == 0
    assert "report.html" in capsys.readouterr().out
    before = (folder / "report.html").read_bytes()
    assert write_reports(results.read(folder / "results.json"), folder)[1].read_bytes() == before
