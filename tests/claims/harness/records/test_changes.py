"""Changes from a baseline: what is listed, in which order, and how a row is written."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from claims.harness.baselines.losses import from_json
from claims.harness.records.changes import Change, change_of_losses, changes_from_baseline

LOSSES = {"seed": 0, "best_of": 1, "twins": [], "values": [[0.1, 0.4], [0.2, 0.3], [0.5, 0.6]]}
DRIFT = {
    "status": "drifted",
    "p_value": 1e-9,
    "alpha": 1e-7,
    "change": -0.5,
    "points": [0.01, -0.2, 0.05],
}
EXPERIMENT = {
    "name": "demo/tiny",
    "coordinates": {"density": [0.1, 0.3, 1.0], "importance": [1.0, 0.9, 0.8]},
    "losses": LOSSES,
    "drift": DRIFT,
}


def quantity(status: str, mean: float = 3.0, **changed: Any) -> dict[str, Any]:
    drift = {"status": status, "p_value": 1e-8, "alpha": 1e-7, "effect": -4.0, "relative": -0.25}
    return {
        "name": status,
        "unit": "degrees",
        "mean": mean,
        "baseline": {"mean": 4.0},
        "drift": drift | changed,
    }


def claim(number: int, *quantities: dict[str, Any], experiments: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"id": f"DEMO-{number}", "quantities": list(quantities), "experiments": list(experiments)}


def test_a_change_of_losses_is_relative_to_the_earlier_ones_and_names_the_point_that_changed_most() -> None:
    claims = [
        claim(1),
        claim(3, experiments=("demo/tiny",)),
        claim(2, experiments=("demo/other", "demo/tiny")),
        claim(3, experiments=("demo/tiny",)),
    ]
    change = change_of_losses(EXPERIMENT, DRIFT, claims)
    now = from_json(LOSSES).mean
    assert (change.before, change.now) == pytest.approx((2 * now, now))
    assert change.claims == ("DEMO-3", "DEMO-2")
    assert (change.name, change.relative, change.effect) == ("trained loss of demo/tiny", -0.5, None)
    assert change.where == "-20.00% at density 0.3, importance 0.9"


def test_what_drifted_is_listed_quantities_first_and_nothing_else_is() -> None:
    steady = {**EXPERIMENT, "drift": {**DRIFT, "status": "steady"}}
    document = {
        "claims": [
            claim(2, quantity("steady"), quantity("drifted")),
            claim(1, quantity("missing", p_value=None, alpha=None), experiments=("demo/tiny",)),
        ],
        "experiments": [steady, EXPERIMENT],
    }
    first, second = changes_from_baseline(document)
    assert (first.claims, first.name, first.unit) == (("DEMO-2",), "drifted", "degrees")
    assert (first.before, first.now, first.relative, first.effect) == (4.0, 3.0, -0.25, -4.0)
    assert (second.claims, second.name) == (("DEMO-1",), "trained loss of demo/tiny")


def test_what_was_not_tested_is_no_change_whatever_its_status_says() -> None:
    untested = [
        quantity("drifted", p_value=None),
        quantity("drifted", alpha=None),
        quantity("drifted") | {"baseline": None},
    ]
    experiments = [EXPERIMENT | {"drift": DRIFT | {name: None}} for name in ("p_value", "alpha", "change")]
    assert changes_from_baseline({"claims": [claim(1, *untested)], "experiments": experiments}) == []


@pytest.mark.parametrize(
    ("points", "where"),
    [
        ([-0.2], ""),
        ([0.1, -0.2], "-20.00% at density 0.3, importance 0.9"),
        ([0.0, 0.0, 0.0, 0.2], "+20.00% at point 3"),
    ],
)
def test_the_point_that_changed_most_is_named_if_there_are_several(points: list[float], where: str) -> None:
    assert change_of_losses(EXPERIMENT, DRIFT | {"points": points}, []).where == where


def test_a_row_has_every_number_in_its_column() -> None:
    settings: dict[str, Any] = {"claims": ("DEMO-1", "DEMO-2"), "name": "angle", "unit": "degrees"}
    change = Change(
        **settings, before=4.0, now=3.0, relative=-0.25, effect=-4.0, p_value=2e-8, alpha=1e-7, where="there"
    )
    assert change.cells() == (
        *("DEMO-1, DEMO-2", "angle (there)", "4 degrees", "3 degrees", "-25.00%", "-4", "2e-08"),
    )
    grown = dataclasses.replace(change, claims=("DEMO-1",), unit="", relative=0.125, effect=0.5, where="")
    assert grown.cells() == ("DEMO-1", "angle", "4", "3", "+12.50%", "+0.5", "2e-08")
    bare = dataclasses.replace(grown, relative=None, effect=None)
    assert bare.cells()[4:6] == ("", "")
