"""The view model of a report holds everything that templates show, as text."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claims.harness.baselines.drift import Drift, Steadiness
from claims.harness.judging.outcomes import Verdict
from claims.harness.judging.statistics import Interval
from claims.harness.judging.unmeasured import Unmeasured
from claims.harness.records.measured import Measured
from claims.harness.records.results import Document, Outcome
from claims.harness.report import text
from claims.harness.report.build import build
from claims.harness.report.view import ClaimView
from claims.harness.report.view_parts import UnmeasuredView
from tests.helpers.reports import PIXEL, document, inconclusive, measured, noted, outcome


def only(written: Document) -> ClaimView:
    [claim] = build(written, Path()).claims
    return claim


def drifted(*values: float, name: str = "norm") -> Measured:
    drift = Drift(status=Steadiness.DRIFTED, p_value=1e-9, alpha=1e-6, effect=3.14, relative=0.25)
    return dataclasses.replace(measured(*values, name=name), drift=drift)


def test_every_setting_of_a_run_has_a_field_of_its_own() -> None:
    written = document(outcome(seconds=0.26))
    written["environment"] |= {
        "profile": "paper", "device": "cuda", "device_name": "a GPU", "engine": "reference", "seed": 7,
        "seconds": 4321.4, "implementation": "model.py:factory", "baseline": None,
    }  # fmt: skip
    report = build(written, Path())
    assert (report.profile, report.device, report.device_name) == ("paper", "cuda", "a GPU")
    assert (report.engine, report.seed, report.started) == ("reference", 7, "2025-01-01 00:00 UTC")
    assert (report.implementation, report.baseline) == ("model.py:factory", "")
    assert (report.seconds, report.claims[0].seconds) == ("4321", "0.3 s")
    assert ("git commit", "none") in report.environment
    own = build(document(), Path())
    assert (own.implementation, own.baseline) == ("", "baselines/cpu-quick.json")


def test_every_verdict_and_comparison_has_a_sign_of_its_own() -> None:
    signs = [text.SYMBOLS[name.value] for name in (*Verdict, *Steadiness)]
    assert len(set(signs)) == len(signs)


def test_headline_counts_what_always_matters_and_what_is_not_zero() -> None:
    plain = build(document(outcome()), Path())
    assert plain.headline == "1 replicated, 0 contradicted, 0 inconclusive, 0 failed, 0 drifted"
    written = document(
        outcome(verdict=Verdict.FAILED, baseline=Steadiness.MISSING),
        outcome(verdict=Verdict.NOT_RUN),
        outcome(verdict=Verdict.CONTRADICTED, passes=False),
        inconclusive(passes=True),
        noted(),
        noted(),
    )
    written["figure_errors"] = [{"claim": "DEMO-1", "test": "test_it", "figure": "a", "error": "E: no"}]
    written["summary"] |= {"drifted_losses": 2, "missing_losses": 1}
    assert build(written, Path()).headline == (
        "0 replicated, 1 contradicted, 1 inconclusive, 1 failed, 0 drifted, 1 figure not drawn, "
        "1 not as documented, 2 experiments with drifted losses, 1 without baseline, "
        "1 experiment without baseline losses, 1 not run, 2 robustness notes"
    )


@pytest.mark.parametrize(
    ("quantities", "main"),
    [
        ((measured(1.0, 1.01, 1.02, name="first"), measured(1.0, 1.01, 1.02, name="second")), "first"),
        ((measured(1.0, 1.01, 1.02, name="first"), drifted(1.0, 1.01, 1.02, name="drifted")), "drifted"),
        ((drifted(1.0, 1.01, 1.02, name="drifted"), measured(1.9, 2.0, name="undecided")), "undecided"),
        ((measured(1.9, 2.0, name="undecided"), measured(5.0, 5.1, 5.0, name="outside")), "outside"),
    ],
)
def test_main_quantity_is_one_without_a_value_else_outside_else_undecided_else_drifted_else_the_first(
    quantities: tuple[Measured, ...], main: str
) -> None:
    shown = only(document(outcome(measured=quantities))).main
    assert shown is not None
    assert shown.name == main
    assert only(document(outcome(measured=()))).main is None
    lacking = Unmeasured(name="lacking", why="no model has one")
    assert only(document(outcome(measured=quantities, unmeasured=(lacking,)))).main == UnmeasuredView(
        name="lacking",
        because="",
        measured="not measured: no model has one",
        paper="",
        position=None,
        acceptance="",
    )


def test_a_quantity_that_the_models_lack_is_outside_its_region_beside_the_papers_value() -> None:
    lacking = Unmeasured(
        name="angle", why="no model is a pentagon", paper=72.0, acceptance=Interval(70, 74), because="so"
    )
    [shown] = only(document(outcome(unmeasured=(lacking,)))).unmeasured
    assert (shown.paper, shown.acceptance, shown.because) == ("72", "70 to 74", "so")
    assert shown.position is not None
    assert shown.position.word == "outside"


def test_change_is_shown_for_a_quantity_that_drifted_alone() -> None:
    moved = drifted(1.0, 1.1, name="b")
    same = dataclasses.replace(moved.drift, status=Steadiness.STEADY, detectable=0.2)
    both = (dataclasses.replace(measured(1.0, 1.1), drift=same), moved)
    steady, changed = only(document(outcome(measured=both))).quantities
    assert (steady.change, changed.change) == ("", "+25%, +3.1 sd")
    assert (steady.power, changed.power) == ("would detect ±0.2", "would detect no change: too few seeds")


def test_tests_of_one_claim_have_different_anchors() -> None:
    first, second = build(document(outcome("a"), outcome("b")), Path()).claims
    assert (first.anchor, second.anchor) == ("DEMO-1", "DEMO-1.2")


def test_a_reason_is_expected_only_if_the_claim_documents_a_contradiction() -> None:
    def shown(**settings: Any) -> bool:
        return only(document(outcome(reason="missed", **settings))).is_expected

    assert shown(verdict=Verdict.CONTRADICTED)
    assert not shown(verdict=Verdict.CONTRADICTED, passes=False)
    assert not shown(verdict=Verdict.CONTRADICTED, baseline=Steadiness.DRIFTED)
    assert not shown(verdict=Verdict.INCONCLUSIVE)
    assert not shown(verdict=Verdict.FAILED)


@pytest.mark.parametrize(
    ("written", "mark", "fails"),
    [
        (outcome(), None, False),
        (outcome(verdict=Verdict.CONTRADICTED), None, False),
        (outcome(verdict=Verdict.CONTRADICTED, passes=False), "not as documented", True),
        (inconclusive(), "not as documented", True),
        (outcome(verdict=Verdict.FAILED), None, True),
        (outcome(baseline=Steadiness.DRIFTED), None, True),
        (noted(), None, False),
    ],
)
def test_a_verdict_that_is_not_documented_is_marked(written: Outcome, mark: str | None, fails: bool) -> None:
    claim = only(document(written))
    assert (claim.unexpected and claim.unexpected.word) == mark
    assert claim.fails == fails


def test_claims_are_chosen_by_every_status_that_is_worth_it_with_its_number() -> None:
    written = document(
        outcome(baseline=Steadiness.STEADY), inconclusive(), outcome(baseline=Steadiness.DRIFTED), noted()
    )
    assert [(status.word, number) for status, number in build(written, Path()).filters] == [
        ("replicated", 2),
        ("inconclusive", 1),
        ("noted", 1),
        ("not as documented", 1),
        ("drifted", 1),
    ]


def test_sections_count_statements_and_not_notes() -> None:
    [section] = build(document(outcome(), noted(), inconclusive()), Path()).sections
    assert [claim.is_note for claim in section.claims] == [False, True, False]
    assert (section.replicated, section.statements) == (1, 2)


def test_positions_have_signs_of_their_own_and_notes_have_none() -> None:
    quantities = (
        measured(1.0, 1.01, 1.02),
        measured(1.9, 2.0, 1.8, name="b"),
        measured(5.0, 5.1, 5.0, name="c"),
    )
    shown = only(document(outcome(measured=quantities))).quantities
    assert [(q.position.word, q.position.symbol) for q in shown if q.position] == [
        *(("inside", "✓"), ("undecided", "±"), ("outside", "✗"))
    ]
    [of_note] = only(document(noted())).quantities
    assert (of_note.position, of_note.acceptance, of_note.paper, of_note.bar.region) == (None, "", "", None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in ("figures/demo/a.png", "before/demo/a.png"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_bytes(PIXEL)
    return tmp_path


def test_a_figure_that_an_earlier_claim_shows_is_marked_as_repeated(folder: Path) -> None:
    figure = outcome(figures=("figures/demo/a.png",))
    first, second = build(document(figure, figure), folder).claims
    assert [claim.figures[0].repeated for claim in (first, second)] == [False, True]
    assert second.figures[0].picture == first.figures[0].picture


def test_the_figure_of_an_earlier_run_is_found_for_a_figure(folder: Path) -> None:
    both = outcome(figures=("figures/demo/a.png",), before=("before/demo/a.png",))
    [claim] = build(document(both), folder).claims
    assert [old.link for old in claim.figures[0].earlier] == ["before/demo/a.png"]


def test_a_figure_without_a_file_has_no_picture(folder: Path) -> None:
    [claim] = build(document(outcome(figures=("figures/absent.png",))), folder).claims
    assert claim.figures[0].picture is None
    absent = outcome(figures=("figures/demo/a.svg",), before=("before/demo/a.png",))
    first, second = build(document(absent, outcome(figures=("figures/demo/a.png",))), folder).claims
    assert (first.figures[0].picture, first.figures[0].earlier) == (None, ())
    assert second.figures[0].picture is not None
    assert not second.figures[0].repeated


@pytest.mark.parametrize(
    ("acceptance", "words"),
    [((0.5, None), "at least 0.5"), ((None, 2.0), "at most 2"), ((1, 2), "1 to 2"), ((3, 3), "exactly 3")],
)
def test_acceptance_region_is_written_in_words(
    acceptance: tuple[float | None, float | None], words: str
) -> None:
    assert text.acceptance({"acceptance": acceptance}) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, ""),
        (2, "2 of the deliberate mistakes: m0, m1."),
        (4, "4 of the deliberate mistakes: m0, m1, m2, m3."),
        (5, "5 of the deliberate mistakes, such as m0, m1, m2, m3."),
    ],
)
def test_at_most_four_mistakes_that_a_claim_catches_are_named(count: int, words: str) -> None:
    assert text.catches([f"m{k}" for k in range(count)]) == words


def reused(written: Document) -> None:
    written["experiments"][0]["reused"] = True


@pytest.mark.parametrize(
    ("change", "seconds", "rate"), [(lambda _: None, "1.0", "1,000,000"), (reused, "", "")]
)
def test_a_reused_experiment_has_no_times(
    change: Callable[[Document], None], seconds: str, rate: str
) -> None:
    written = document()
    change(written)
    [experiment] = build(written, Path()).experiments
    assert (experiment.seconds, experiment.rate) == (seconds, rate)


def test_every_fact_about_an_experiment_has_a_field_of_its_own() -> None:
    written = document()
    [trained] = written["experiments"]
    trained |= {"name": "demo/tiny", "description": "n = 5", "engine": "reference", "device": "cuda"}
    trained |= {"difference": "its outputs differ", "peak_bytes": 12_345_678}
    trained["drift"] |= {"status": "drifted"}
    [shown] = build(written, Path()).experiments
    assert (shown.name, shown.description, shown.engine, shown.device) == (
        *("demo/tiny", "n = 5", "reference", "cuda"),
    )
    assert (shown.difference, shown.memory, shown.drift.word) == ("its outputs differ", "12", "drifted")


def test_failing_inconclusive_and_drifted_claims_are_listed() -> None:
    written = document(
        outcome("a"),
        outcome("b", verdict=Verdict.FAILED),
        outcome("contradicted", verdict=Verdict.CONTRADICTED, passes=False),
        outcome("as documented", verdict=Verdict.CONTRADICTED),
        inconclusive("d"),
        inconclusive("e", passes=True),
        outcome("c", baseline=Steadiness.DRIFTED),
    )
    report = build(written, Path())
    assert [claim.sentence for claim in report.failing] == ["b", "contradicted", "d"]
    assert [claim.sentence for claim in report.inconclusive] == ["d", "e"]
    assert [claim.sentence for claim in report.drifted] == ["c"]
