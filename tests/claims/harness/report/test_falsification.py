"""The falsification matrix in a report: its figure, its table, and the mistakes that each claim catches."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import replace
from pathlib import Path

import pytest

from claims.harness.baselines.baseline import Key
from claims.harness.files import FileError
from claims.harness.judging.claim import Claim
from claims.harness.judging.outcomes import Verdict
from claims.harness.locks import lock_of, locked
from claims.harness.records import falsification_file, results
from claims.harness.records.falsification_matrix import Cell, State
from claims.harness.records.results import Outcome
from claims.harness.report.build import build
from claims.harness.report.heatmap import NAME, save_heatmap
from claims.harness.report.stored_run import MATRIX, write_again
from tests.helpers.matrices import (
    BLURRED,
    CAUGHT,
    DRIFTED,
    REPLICATED,
    WITHHELD,
    falsified,
    matrix_of,
    with_junk,
)
from tests.helpers.reports import ENVIRONMENT, html_of

HOSTILE = "<script>alert(1)</script>"


def document() -> results.Document:
    claim = Claim(id="DEMO-2", sentence="It holds.", source="demo")
    outcome = Outcome(claim=claim, test="test_it", verdict=Verdict.REPLICATED)
    return results.document_of(
        [outcome], complete=True, environment=ENVIRONMENT, sections={"DEMO": "Demo"}, experiments=[]
    )


def test_page_says_what_each_claim_would_catch_and_shows_the_matrix(tmp_path: Path) -> None:
    page = html_of(document(), tmp_path, falsified(), save_heatmap(falsified(), tmp_path))
    assert "<b>Catches</b> 1 of the deliberate mistakes: bias-frozen." in page
    assert 'id="figure-falsification"' in page
    assert page.count("data:image/") == 1
    assert (tmp_path / "figures" / f"{NAME}.svg").is_file()


def test_page_without_a_matrix_says_nothing_of_it(tmp_path: Path) -> None:
    page = html_of(document(), tmp_path)
    assert "<b>Catches</b>" not in page
    assert 'id="falsification"' not in page
    assert not (tmp_path / "figures" / f"{NAME}.svg").exists()


def test_texts_of_a_matrix_are_escaped(tmp_path: Path) -> None:
    page = html_of(document(), tmp_path, falsified(HOSTILE))
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)" in page


def test_stored_matrix_is_put_into_a_report_that_is_written_again(tmp_path: Path) -> None:
    results.write(tmp_path / "results.json", document())
    falsification_file.save(falsified(), tmp_path / "falsification.json")
    write_again(tmp_path / "results.json", tmp_path / "falsification.json")
    assert "<b>Catches</b>" in (tmp_path / "report.html").read_text("utf-8")
    with pytest.raises(FileError, match=r"absent.json is missing\. Write it anew: tms falsify"):
        write_again(tmp_path / "results.json", tmp_path / "absent.json")


def test_matrix_that_a_run_has_kept_is_shown_again_unless_another_one_is_named(tmp_path: Path) -> None:
    results.write(tmp_path / "results.json", document())
    falsification_file.save(falsified("It is kept."), tmp_path / MATRIX)
    falsification_file.save(falsified("It is named."), tmp_path / "named.json")
    assert write_again(tmp_path / "results.json")[-1].name == "badge.json"
    assert "It is kept." in (tmp_path / "report.html").read_text("utf-8")
    write_again(tmp_path / "results.json", tmp_path / "named.json")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "It is named." in page
    assert "It is kept." not in page


def test_reports_are_not_written_again_while_the_run_goes_on(tmp_path: Path) -> None:
    results.write(tmp_path / "results.json", document())
    with locked(lock_of(tmp_path), "busy"), pytest.raises(FileError, match="A run writes into"):
        write_again(tmp_path / "results.json")
    assert not (tmp_path / "report.html").exists()


def test_page_names_the_statements_that_junk_replicates(tmp_path: Path) -> None:
    page = " ".join(html_of(document(), tmp_path, with_junk(CAUGHT, REPLICATED)).split())
    assert '<strong>They replicate <span class="nowrap">DEMO-2</span>.</strong>' in page
    assert '<strong>Replicates <span class="nowrap">DEMO-2</span>.</strong>' in page


def test_page_lists_withheld_verdicts_beside_those_that_catch(tmp_path: Path) -> None:
    page = html_of(document(), tmp_path, matrix_of({"one": WITHHELD}, {"one": CAUGHT}))
    cells = re.search(r"<td>one</td>\s*<td>.*?</td>\s*<td>(.*?)</td>\s*<td>(.*?)</td>\s*<td>(.*?)</td>", page)
    assert cells
    found = [re.findall(r"[A-Z]+-\d+", cell) for cell in cells.groups()]
    assert found == [["DEMO-2"], ["DEMO-1"], []]


def test_claims_are_listed_once_under_what_a_mistake_does_to_them(tmp_path: Path) -> None:
    matrix = matrix_of({"one": CAUGHT, "two": BLURRED}, {"one": WITHHELD, "two": Cell(State.SURVIVED)})
    again = Key("DEMO-1", "test_again")
    matrix = dataclasses.replace(
        matrix,
        claims={**matrix.claims, again: Verdict.REPLICATED},
        cells={**matrix.cells, again: {"one": CAUGHT, "two": DRIFTED}},
    )
    view = build(document(), tmp_path, matrix).falsification
    assert view is not None
    one, two = view.controls
    assert (one.caught, one.withheld, one.blurred, one.missed) == (("DEMO-1",), ("DEMO-2",), (), ())
    assert (two.caught, two.withheld, two.blurred, two.missed) == ((), (), ("DEMO-1",), ("DEMO-2",))
    assert (view.profile, view.claims, view.junk) == ("quick", 3, 0)


def test_page_says_that_junk_replicates_nothing_and_speaks_of_junk_only_where_it_was_tried(
    tmp_path: Path,
) -> None:
    page = " ".join(html_of(document(), tmp_path, with_junk(CAUGHT, BLURRED)).split())
    assert "1 of them are junk" in page
    assert "They replicate none." in page
    assert "junk" not in html_of(document(), tmp_path, falsified())


def test_report_says_how_many_mistakes_a_part_of_the_matrix_leaves_out(tmp_path: Path) -> None:
    page = html_of(document(), tmp_path, replace(falsified(), planned=5))
    assert "3 more mistakes are not measured yet." in page
    assert "not measured yet" not in html_of(document(), tmp_path, falsified())
