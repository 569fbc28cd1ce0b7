"""The floor of a run adds up its experiments and divides by the time that they took."""

from __future__ import annotations

import pytest

from claims.harness.floor.ceilings_file import MeasuredCeilings
from claims.harness.floor.counting import floor_of
from claims.harness.floor.training import TrainingFloor
from claims.harness.records.throughput import Ceilings
from tests.helpers.small import small

LIMITS = MeasuredCeilings(Ceilings(1e3, 1e2, 1e9), "2025-01-01T00:00:00+00:00", 3)


def test_share_is_the_least_time_over_the_time_taken() -> None:
    once = small(n_features=2, n_hidden=1, density=0.5, seeds=3, batch_size=4, steps=10)
    twice = small(n_features=2, n_hidden=1, density=0.5, seeds=3, batch_size=4, steps=20)
    step = floor_of(once).sparse / 1e3 + floor_of(once).draws / 1e2
    floor = TrainingFloor.of([(once, 20.0), (twice, 40.0)], ["other/loop"], LIMITS)
    assert floor.seconds == pytest.approx(30 * step)
    assert floor.trained_seconds == 60
    assert floor.share == pytest.approx(step / 2)
    entry = floor.entry()
    assert entry["share"] == pytest.approx(step / 2, rel=1e-3)
    assert entry["not_counted"] == ["other/loop"]
    assert entry["ceilings"] == {"operations": 1e3, "draws": 1e2, "bytes": 1e9}
    assert (entry["measured"], entry["measurements"]) == ("2025-01-01T00:00:00+00:00", 3)
