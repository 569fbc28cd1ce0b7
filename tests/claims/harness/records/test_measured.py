"""A measured quantity in results.json: every field holds its own number, and open ends are null."""

from __future__ import annotations

import dataclasses
import math

import pytest

from claims.harness.baselines.drift import Drift, Steadiness, Stored
from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import LEVEL, Interval, count_interval, mean_interval, share_interval
from claims.harness.records.measured import Measured

QUANTITY = Quantity(
    name="angle",
    kind=Kind.MEAN,
    values=(1.0, 2.0, 6.0),
    paper=2.5,
    acceptance=Interval(-math.inf, 7.0),
    because="so",
    unit="degrees",
    resolution=0.125,
)
DRIFT = Drift(
    status=Steadiness.STEADY, p_value=0.5, alpha=1e-6, effect=math.inf, relative=-0.25, detectable=0.75
)


def test_every_field_holds_its_own_number() -> None:
    stored = Stored(Kind.MEAN, "degrees", (3.0, 4.0, 5.0, 8.0))
    assert Measured(QUANTITY, stored, DRIFT).entry() == {
        "name": "angle",
        "kind": "mean",
        "unit": "degrees",
        "n": 3,
        "values": [1.0, 2.0, 6.0],
        "mean": 3.0,
        "sd": pytest.approx(7**0.5),
        "interval": pytest.approx(mean_interval([1.0, 2.0, 6.0])),
        "level": LEVEL,
        "paper": 2.5,
        "acceptance": [None, 7.0],
        "because": "so",
        "resolution": 0.125,
        "position": "undecided",
        "baseline": {
            "mean": 5.0,
            "sd": pytest.approx((14 / 3) ** 0.5, rel=1e-5),
            "n": 4,
            "interval": pytest.approx(mean_interval([3.0, 4.0, 5.0, 8.0])),
        },
        "drift": {
            "status": "steady",
            "p_value": 0.5,
            "alpha": 1e-6,
            "effect": None,
            "relative": -0.25,
            "detectable": 0.75,
        },
    }


@pytest.mark.parametrize(
    ("stored", "interval"),
    [
        (Stored(Kind.SHARE, "", (1.0, 1.0, 0.0, 1.0)), share_interval(3, 4)),
        (Stored(Kind.SHARE, "", (1.0,)), share_interval(1, 1)),
        (Stored(Kind.COUNT, "", (0.0, 0.0, 0.0)), count_interval(0, 3)),
        (Stored(Kind.COUNT, "", (3.0,)), count_interval(3, 1)),
        (Stored(Kind.EXACT, "", (3.0,)), (3.0, 3.0)),
        (Stored(Kind.MEAN, "", (3.0, 4.0)), mean_interval([3.0, 4.0])),
    ],
)
def test_the_interval_of_a_baseline_is_of_its_kind(stored: Stored, interval: tuple[float, float]) -> None:
    assert Measured(QUANTITY, stored, DRIFT).entry()["baseline"]["interval"] == pytest.approx(interval)


def test_a_ratio_that_is_too_large_to_be_stored_is_null() -> None:
    drift = dataclasses.replace(DRIFT, effect=-1e301, relative=math.inf)
    written = Measured(QUANTITY, None, drift).entry()["drift"]
    assert (written["effect"], written["relative"]) == (None, None)
    largest = dataclasses.replace(DRIFT, effect=1e300, relative=-1e300)
    written = Measured(QUANTITY, None, largest).entry()["drift"]
    assert (written["effect"], written["relative"]) == (1e300, -1e300)


def test_what_has_no_baseline_has_null() -> None:
    missing = Measured(QUANTITY, None, Drift(status=Steadiness.MISSING)).entry()
    assert missing["baseline"] is None
    assert missing["drift"]["p_value"] is missing["drift"]["detectable"] is None
