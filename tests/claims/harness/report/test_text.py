"""Numbers in reports: each field shows its own number, in its unit, and nothing where there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from claims.harness.report import text
from claims.harness.report.bars import bar_of
from claims.harness.report.build import build
from claims.harness.report.quantities import quantity_view
from claims.harness.report.terminal import total
from tests.helpers.reports import document

DRIFT = {
    "status": "drifted",
    "p_value": 3e-9,
    "alpha": 1e-7,
    "effect": -4.25,
    "relative": -0.125,
    "detectable": 0.25,
}
QUANTITY: dict[str, Any] = {
    "name": "angle",
    "kind": "mean",
    "unit": "degrees",
    "n": 7,
    "values": [5.5],
    "mean": 5.5,
    "sd": 9.0,
    "interval": [4.0, 6.0],
    "level": 0.99,
    "paper": 8.0,
    "acceptance": [0.0, 10.0],
    "because": "so",
    "resolution": None,
    "position": "inside",
    "baseline": {"mean": 2.0, "sd": 0.75, "n": 3, "interval": [1.0, 3.0]},
    "drift": DRIFT,
}


def test_each_field_of_a_quantity_shows_its_own_number() -> None:
    shown = quantity_view(QUANTITY)
    assert (shown.mean, shown.interval, shown.n) == ("5.5 degrees", "[4, 6]", 7)
    assert shown.measured == "5.5 [4, 6] degrees"
    assert (shown.paper, shown.acceptance, shown.because) == ("8", "0 to 10", "so")
    assert (shown.baseline, shown.drift.word) == ("2 (sd 0.75, n 3)", "drifted")
    assert (shown.p_value, shown.change) == ("p = 3e-09", "-12%, -4.2 sd")
    assert shown.power == "would detect ±0.25 degrees"


def test_what_a_quantity_does_not_have_is_not_shown() -> None:
    untested = dict.fromkeys(DRIFT) | {"status": "missing"}
    changed = {"kind": "exact", "unit": "", "paper": None, "baseline": None, "drift": untested}
    shown = quantity_view(QUANTITY | changed)
    assert (shown.measured, shown.interval, shown.paper, shown.baseline) == ("5.5", "", "", "")
    assert (shown.p_value, shown.change, shown.power) == ("", "", "")


def test_a_change_from_0_has_no_percentage_and_one_without_spread_no_deviations() -> None:
    assert text.change(DRIFT | {"relative": None}) == ""
    assert text.change(DRIFT | {"effect": None}) == "-12%"


def test_each_part_of_a_bar_is_at_its_own_place() -> None:
    bar = bar_of(QUANTITY)

    def place(number: float) -> Any:
        return pytest.approx((number + 1.2) / 12.4 * 200, abs=0.006)

    assert (bar.mean, bar.paper, bar.baseline) == (place(5.5), place(8), place(2))
    assert bar.interval == (place(4), place(6))
    assert bar.region is not None
    assert bar.region[0] == place(0)
    assert bar.region[1] == pytest.approx(10 / 12.4 * 200, abs=0.011)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "-2.50%, p = 0.03, would detect ±0.01"),
        ({"detectable": None}, "-2.50%, p = 0.03"),
        ({"paired": False}, "-2.50%, p = 0.03, seeds other than the baseline's"),
        ({"p_value": None}, ""),
        ({"change": None}, ""),
    ],
)
def test_losses_are_compared_with_their_baseline(changed: dict[str, Any], words: str) -> None:
    drift = {"p_value": 0.03, "change": -0.025, "paired": True, "detectable": 0.01}
    assert text.losses({"drift": drift | changed}) == words


def test_memory_has_a_decimal_where_it_is_small() -> None:
    assert [text.megabytes(size) for size in (None, 9_876_543, 1_234_567_890)] == ["", "9.9", "1,235"]


def test_the_duration_is_that_of_the_run_and_of_the_training_of_all_experiments() -> None:
    run = {
        "environment": {"seconds": 20.4, "cores": 1},
        "experiments": [{"seconds": 1.6}, {"seconds": 2.1}],
    }
    assert text.duration(run) == "20 s in all, of which 4 s training, on 1 core"


def test_the_floor_of_training_stands_beside_the_time_that_training_took() -> None:
    floor = {
        "trained_seconds": 20.4, "seconds": 1.234, "share": 0.06, "not_counted": ["demo/own"],
        "measurements": 3, "measured": "2025-01-02T03:04:05+00:00",
    }  # fmt: skip
    assert text.training_floor({"training_floor": floor}) == (
        "training took 20 s; its counted floor is 1.23 s (6%) at the speed of this machine, measured "
        "2025-01-02 03:04 UTC, best of 3; not counted: demo/own"
    )
    once = floor | {"measurements": 1, "not_counted": []}
    assert text.training_floor({"training_floor": once}).endswith("measured 2025-01-02 03:04 UTC")
    assert text.training_floor({}) == ""


def test_a_time_that_is_not_in_iso_8601_is_shown_as_it_is() -> None:
    assert text.moment("yesterday") == "yesterday"


def test_a_text_that_is_too_long_is_cut_to_the_limit_with_its_ellipsis() -> None:
    assert text.short("x" * 120) == "x" * 120
    assert text.short("x" * 121) == "x" * 119 + "…"
    assert text.short("word  word\nword", most=11) == "word word…"


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (r"\`*_[]<>|#~$", r"\\\`\*\_\[\]&lt;&gt;\|\#\~\$"),
        ("a & b &lt; c", "a &amp; b &amp;lt; c"),
        ("two\n  lines", "two lines"),
        ("- a 1. b", r"\- a 1. b"),
        ("12. a", r"12\. a"),
        ("---", r"\---"),
        ("see https://a.b", r"see https\://a.b"),
        (text.Raw("[a](b)"), "[a](b)"),
    ],
)
def test_what_markdown_takes_for_markup_is_escaped(words: str, written: str) -> None:
    assert text.markdown(words) == written


COUNTS = {
    name: 11 + place
    for place, name in enumerate(
        (
            *("replicated", "contradicted", "inconclusive", "noted", "failed", "not_run", "unexpected"),
            *("drifted", "missing", "drifted_losses", "missing_losses", "not_converged"),
            "convergence_not_shown",
        )
    )
}


def test_each_number_of_the_total_stands_before_what_it_counts() -> None:
    assert total(COUNTS, 99, 5.4) == (
        "11 replicated, 12 contradicted, 13 inconclusive, 15 failed, 18 drifted, 17 not as documented, "
        "19 without baseline, losses of 20 experiments drifted, losses of 21 experiments without baseline, "
        "models of 22 experiments not converged, convergence of 23 experiments not shown, 16 not run, "
        "figures not drawn: 99, robustness notes: 14 in 5 s"
    )


def test_each_number_of_the_headline_stands_before_what_it_counts() -> None:
    written = document()
    written["summary"] = COUNTS
    assert build(written, Path()).headline == (
        "11 replicated, 12 contradicted, 13 inconclusive, 15 failed, 18 drifted, 17 not as documented, "
        "20 experiments with drifted losses, 19 without baseline, 21 experiments without baseline losses, "
        "22 experiments not converged, 23 experiments without evidence of convergence, 16 not run, "
        "14 robustness notes"
    )
