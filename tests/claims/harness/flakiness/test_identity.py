"""What a run of a flake count depends on, and what it is compared with."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from claims.harness import outcome_code
from claims.harness.baselines import places
from claims.harness.baselines import store as baselines
from claims.harness.baselines.baseline import Baseline, Entry, LossEntry
from claims.harness.baselines.drift import Stored
from claims.harness.baselines.losses import Losses
from claims.harness.flakiness.identity import RULES_VERSION, Compared, compared_with, identity_of
from claims.harness.flakiness.record import path_of
from claims.harness.flakiness.runs import read
from claims.harness.judging.quantity import Kind
from tests.helpers.flakes import DEMO_1, DEMO_2
from tests.helpers.paths import ROOT

STORED: Final = sorted((ROOT / "baselines").glob("flakes*.jsonl"))


def test_identity_has_the_version_of_the_rules_and_the_digest_of_the_deciding_code() -> None:
    identity = identity_of(profile="quick", engine="fused", device="cpu")
    assert identity.rules == RULES_VERSION
    assert identity.code == outcome_code.digest()[:16]


@pytest.mark.parametrize("stored", STORED, ids=[path.name for path in STORED])
def test_stored_runs_can_be_read_and_follow_todays_rules(tmp_path: Path, stored: Path) -> None:
    lines = stored.read_text("utf-8").splitlines(keepends=True)
    shortened = tmp_path / "flakes.jsonl"
    shortened.write_text(lines[0] + lines[-1], "utf-8")
    runs = read(shortened, Compared({}, {}))
    for line in runs.lines:
        identity = line["identity"]
        assert identity["rules"] == RULES_VERSION
        assert path_of(ROOT, profile=identity["profile"], device=identity["device"]) == stored


def test_each_claim_and_each_experiment_is_compared_with_stored_values_of_its_own(tmp_path: Path) -> None:
    def stored(value: float, loss: float) -> Compared:
        baseline = Baseline(
            device="cpu",
            profile="quick",
            entries={
                DEMO_1: Entry({}, {"it": Stored(Kind.MEAN, "", (3.0,))}),
                DEMO_2: Entry({}, {"it": Stored(Kind.MEAN, "", (1.0, value))}),
            },
            losses={"demo": LossEntry({}, Losses(seed=0, best_of=1, values=((0.5, loss),), twins=()))},
        )
        baselines.save(baseline, places.path_of(tmp_path, "cpu", "quick"))
        return compared_with(tmp_path, profile="quick", device="cpu")

    assert compared_with(tmp_path, profile="quick", device="cpu") == Compared({}, {})
    first, other_value, other_loss = stored(2.0, 0.5), stored(2.1, 0.5), stored(2.1, 0.6)
    assert first.claims[DEMO_1] == other_value.claims[DEMO_1]
    assert first.claims[DEMO_2] != other_value.claims[DEMO_2]
    assert first.losses == other_value.losses
    assert other_value.claims == other_loss.claims
    assert other_value.losses != other_loss.losses
