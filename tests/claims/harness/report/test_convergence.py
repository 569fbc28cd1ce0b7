"""Reports show beside each experiment whether its models converged, those in doubt first."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from claims.harness.baselines.losses import Losses
from claims.harness.records import results
from claims.harness.records.convergence import Convergence, Standing
from claims.harness.records.results import Document, TrainedOnce
from claims.harness.report.build import build
from claims.harness.report.render import html, markdown
from claims.harness.report.summary import summary
from claims.harness.report.terminal import total
from claims.harness.schemas import schema
from tests.helpers.reports import HOSTILE, Page, document, outcome

EVIDENCE = {
    "fine": Convergence(
        standing=Standing.CONVERGED, kind="exact optimum", value=0.0042, allowed=0.01, sentence="It is near."
    ),
    "absent": Convergence.missing("doubling", "The baseline holds no test."),
    "moving": Convergence(
        standing=Standing.NOT_CONVERGED, kind="doubling", value=0.125, allowed=0.02, sentence="It changes."
    ),
    "later": None,
}


def experiment(name: str, convergence: Convergence | None) -> TrainedOnce:
    return TrainedOnce(
        name=name,
        description=name,
        seconds=1.0,
        instance_steps_per_second=1e6,
        engine="fused",
        device="cpu",
        reused=False,
        coordinates={},
        losses=Losses(0, 1, ((0.1, 0.11),)),
        convergence=convergence,
    )


def run() -> Document:
    written = document(outcome())
    trained = [experiment(name, convergence) for name, convergence in EVIDENCE.items()]
    return results.document_of(
        (outcome(),),
        complete=True,
        environment=written["environment"],
        sections=written["sections"],
        experiments=trained,
    )


def test_a_document_with_evidence_satisfies_the_schema_and_counts_it(tmp_path: Path) -> None:
    results.write(tmp_path / "results.json", run())
    read = results.read(tmp_path / "results.json")
    shown = {entry["name"]: entry["convergence"] for entry in read["experiments"]}
    assert shown["moving"]["value"] == 0.125
    assert shown["later"] is None
    assert (read["summary"]["not_converged"], read["summary"]["convergence_not_shown"]) == (1, 1)
    described = schema("results")["$defs"]["experiment"]["properties"]["convergence"]["properties"]
    assert described["standing"]["enum"] == [standing.value for standing in Standing]


def test_experiments_in_doubt_come_first_failed_ones_before_missing_ones() -> None:
    view = build(run(), Path())
    assert [e.name for e in view.experiments] == ["moving", "absent", "fine", "later"]
    assert [e.name for e in view.in_doubt] == ["moving", "absent"]
    assert view.headline.endswith("1 experiment not converged, 1 experiment without evidence of convergence")


def test_markdown_shows_kind_value_allowed_value_and_evidence_of_every_experiment() -> None:
    rows = [line for line in markdown(build(run(), Path())).splitlines() if line.startswith("| ")]
    assert "| moving | ✗ not converged | doubling | 0.125 | 0.02 | It changes. |" in rows
    assert "| fine | ✓ converged | exact optimum | 0.0042 | 0.01 | It is near. |" in rows
    assert "| absent | ? not shown | doubling |  |  | The baseline holds no test. |" in rows
    assert "| later | · not judged |  |  |  | No claim about its models was judged. |" in rows


def test_the_summary_lists_only_the_experiments_in_doubt() -> None:
    text = summary(build(run(), Path()))
    assert "| moving | ✗ not converged | doubling | 0.125 | 0.02 | It changes. |" in text
    assert "| absent |" in text
    assert "| fine |" not in text
    assert text.index("moving") < text.index("## Sections")


def test_the_page_shows_evidence_beside_each_experiment_and_doubts_near_the_top() -> None:
    page = html(build(run(), Path()))
    assert page.index("not shown to have converged</h2>") < page.index('id="DEMO"')
    table = page[page.index('<section id="experiments">') :]
    for words in ("doubling: 0.125, 0.02 allowed", "exact optimum: 0.0042, 0.01 allowed", "It is near."):
        assert words in table


def test_a_run_in_which_all_models_converged_lists_no_doubts() -> None:
    written = run()
    written["experiments"] = written["experiments"][:1]
    written["summary"] |= {"not_converged": 0, "convergence_not_shown": 0}
    view = build(written, Path())
    for text in (html(view), markdown(view), summary(view)):
        assert "not shown to have converged" not in text.replace(
            "or are <i>not shown</i> to have converged", ""
        )


def test_hostile_evidence_is_escaped() -> None:
    written = run()
    written["experiments"][2]["convergence"]["sentence"] = HOSTILE
    view = build(written, Path())
    assert Page(html(view)).runs_only_its_own_script
    assert "<script>" not in markdown(view)
    assert "<script>" not in summary(view)


@pytest.mark.parametrize(("failed", "missing"), [(0, 0), (3, 0), (0, 2)])
def test_the_terminal_counts_experiments_in_doubt(failed: int, missing: int) -> None:
    counts = run()["summary"] | {"not_converged": failed, "convergence_not_shown": missing}
    line = total(counts, 0, 1.0)
    assert ("models of 3 experiments not converged" in line) == (failed > 0)
    assert ("convergence of 2 experiments not shown" in line) == (missing > 0)


def test_evidence_is_a_part_of_an_experiments_entry() -> None:
    one = experiment("fine", EVIDENCE["fine"])
    assert one.entry["convergence"]["allowed"] == 0.01
    assert dataclasses.replace(one, convergence=None).entry["convergence"] is None
