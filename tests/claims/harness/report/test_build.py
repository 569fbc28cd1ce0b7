"""The view model of a report holds everything that templates show, as text."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claims.harness.baselines.drift import Drift, Steadiness
from claims.harness.judging.outcomes import Verdict
from claims.harness.records.measured import Measured
from claims.harness.records.results import Document
from claims.harness.report import text
from claims.harness.report.build import build
from claims.harness.report.view import ClaimView
from tests.helpers.reports import PIXEL, document, measured, outcome


def only(written: Document) -> ClaimView:
    [claim] = build(written, Path()).claims
    return claim


def drifted(*values: float, name: str = "norm") -> Measured:
    drift = Drift(status=Steadiness.DRIFTED, p_value=1e-9, alpha=1e-6, effect=3.14, relative=0.25)
    return dataclasses.replace(measured(*values, name=name), drift=drift)


def test_every_verdict_and_comparison_has_a_sign_of_its_own() -> None:
    signs = [text.SYMBOLS[name.value] for name in (*Verdict, *Steadiness)]
    assert len(set(signs)) == len(signs)


def test_headline_counts_what_always_matters_and_what_is_not_zero() -> None:
    plain = build(document(outcome()), Path())
    assert plain.headline == "1 replicated, 0 not replicated, 0 failed, 0 drifted"
    written = document(
        outcome(verdict=Verdict.FAILED, baseline=Steadiness.MISSING), outcome(verdict=Verdict.NOT_RUN)
    )
    written["figure_errors"] = [{"claim": "DEMO-1", "test": "test_it", "figure": "a", "error": "E: no"}]
    written["summary"] |= {"drifted_losses": 2, "missing_losses": 1}
    assert build(written, Path()).headline == (
        "0 replicated, 0 not replicated, 1 failed, 0 drifted, 1 figure not drawn, "
        "2 experiments with drifted losses, 1 without baseline, 1 experiment without baseline losses, "
        "1 not run"
    )


@pytest.mark.parametrize(
    ("quantities", "main"),
    [
        ((measured(1.0, 1.01, 1.02, name="first"), measured(1.0, 1.01, 1.02, name="second")), "first"),
        ((measured(1.0, 1.01, 1.02, name="first"), drifted(1.0, 1.01, 1.02, name="drifted")), "drifted"),
        ((drifted(1.0, 1.01, 1.02, name="drifted"), measured(5.0, 5.1, name="missed")), "missed"),
    ],
)
def test_main_quantity_is_one_that_missed_else_one_that_drifted_else_the_first(
    quantities: tuple[Measured, ...], main: str
) -> None:
    shown = only(document(outcome(measured=quantities))).main
    assert shown is not None
    assert shown.name == main
    assert only(document(outcome(measured=()))).main is None


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


def test_an_error_is_expected_only_if_the_claim_documents_it() -> None:
    def shown(**settings: Any) -> bool:
        return only(document(outcome(error="missed", **settings))).is_expected

    assert shown(verdict=Verdict.NOT_REPLICATED)
    assert not shown(verdict=Verdict.NOT_REPLICATED, baseline=Steadiness.DRIFTED)
    assert not shown(verdict=Verdict.FAILED)


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


def test_failed_and_drifted_claims_are_listed() -> None:
    written = document(
        outcome("a"),
        outcome("b", verdict=Verdict.FAILED),
        outcome("c", baseline=Steadiness.DRIFTED),
    )
    report = build(written, Path())
    assert [claim.sentence for claim in report.failed] == ["b"]
    assert [claim.sentence for claim in report.drifted] == ["c"]
