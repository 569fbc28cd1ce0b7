"""Doubling tests are stored exactly, and belong to one description and one quantity."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from claims.harness.baselines import places, store
from claims.harness.baselines.baseline import Baseline, DoublingEntry, Key, entry_of
from claims.harness.baselines.doublings import StoredDoubling, as_json, from_json
from claims.harness.files import FileError
from tests.helpers.baselines import ENVIRONMENT, KEY, STEADY, quantity
from tests.helpers.paper_experiments import FACTORIES
from tests.helpers.paths import ROOT
from tests.helpers.small import small
from tms.analysis import geometry
from tms.experiment.convergence import Doubling
from tms.paper import PROFILES

EXPERIMENT = small(convergence=Doubling(at_most=0.02))
STORED = StoredDoubling.of_experiment(EXPERIMENT, np.array([0.0123456789, 0.0]), seeds=2)


def baseline(*names: str, device: str = "cpu", test: StoredDoubling = STORED) -> Baseline:
    """A baseline with one claim and the doubling tests of some experiments."""
    return Baseline(
        device=device,
        profile="quick",
        entries={KEY: entry_of([quantity(*STEADY)], ENVIRONMENT)},
        convergence={name: DoublingEntry(ENVIRONMENT, test) for name in names},
    )


def test_changes_are_kept_to_six_digits_and_survive_being_written() -> None:
    assert STORED.points == (0.0123457, 0.0)
    assert from_json(json.loads(json.dumps(as_json(STORED)))) == STORED


def test_a_test_is_of_every_seed_of_a_run_and_of_whatever_is_allowed() -> None:
    for same in (
        EXPERIMENT,
        EXPERIMENT.with_run_seed(7),
        dataclasses.replace(EXPERIMENT, convergence=Doubling(at_most=0.5)),
    ):
        assert STORED.obstacle(same) is None
    of_another_run = StoredDoubling.of_experiment(EXPERIMENT.with_run_seed(7), np.zeros(2), seeds=2)
    assert of_another_run.obstacle(EXPERIMENT) is None


def test_a_test_is_not_of_other_settings_or_of_another_quantity() -> None:
    for other in (
        dataclasses.replace(EXPERIMENT, steps=31),
        dataclasses.replace(EXPERIMENT, seeds=3),
        EXPERIMENT.at([0]),
        dataclasses.replace(EXPERIMENT, convergence=Doubling(at_most=0.02, of=geometry.norms)),
        dataclasses.replace(EXPERIMENT, convergence=None),
    ):
        assert STORED.obstacle(other) == "is of other settings"


@pytest.mark.parametrize(
    ("stored", "asked", "obstacle"),
    [
        (2, None, None),
        (2, 1, None),
        (1, 1, None),
        (1, None, "is of 1 seed, and 2 are asked for"),
        (1, 5, "is of 1 seed, and 2 are asked for"),
    ],
)
def test_a_test_of_fewer_seeds_than_the_rule_asks_for_cannot_be_used(
    stored: int, asked: int | None, obstacle: str | None
) -> None:
    """The experiment has two seeds, so that its rule can ask for no more."""
    experiment = dataclasses.replace(EXPERIMENT, convergence=Doubling(at_most=0.02, seeds=asked))
    assert dataclasses.replace(STORED, seeds=stored).obstacle(experiment) == obstacle


def test_a_baseline_loads_its_tests_in_the_order_of_their_names(tmp_path: Path) -> None:
    path = tmp_path / "cpu-quick.json"
    store.save(baseline("b", "a"), path)
    assert store.load(path, device="cpu", profile="quick") == baseline("a", "b")
    assert list(json.loads(path.read_text())["convergence"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("points", []),
        ("points", [-0.1]),
        ("points", ["0"]),
        ("fingerprint", "abc"),
        ("of", 1),
        ("seeds", 0),
        ("seeds", 1.5),
        ("seeds", None),
        ("at_most", 1),
    ],
)
def test_a_damaged_test_is_refused_with_the_command_that_writes_it_anew(
    tmp_path: Path, field: str, value: object
) -> None:
    document = json.loads(store.text_of(baseline("a")))
    document["convergence"]["a"][field] = value
    path = tmp_path / "cpu-quick.json"
    path.write_text(json.dumps(document))
    with pytest.raises(FileError, match="tms baselines --write --profile quick"):
        store.load(path, device="cpu", profile="quick")


def test_an_update_replaces_what_was_tested_and_drops_what_is_gone_if_all_claims_ran() -> None:
    new = {"a": DoublingEntry(ENVIRONMENT, dataclasses.replace(STORED, points=(0.5, 0.5)))}
    old = baseline("a", "b", "c")
    some = old.updated({}, {}, new, existing=None, trained=["a"])
    assert {name: entry.doubling.points[0] for name, entry in some.convergence.items()} == {
        "a": 0.5, "b": STORED.points[0], "c": STORED.points[0],
    }  # fmt: skip
    everything = old.updated({}, {}, new, existing=[Key("DEMO-1", "test")], trained=["a", "c"])
    assert set(everything.convergence) == {"a", "c"}


def test_another_device_reads_the_cpus_tests_where_it_has_none(tmp_path: Path) -> None:
    (tmp_path / "baselines").mkdir()
    own = dataclasses.replace(STORED, points=(0.25, 0.25))
    store.save(baseline("a", "b"), places.path_of(tmp_path, "cpu", "quick"))
    store.save(baseline("a", device="cuda", test=own), places.path_of(tmp_path, "cuda", "quick"))
    found = store.compared(tmp_path, "cuda", "quick")
    assert found is not None
    compared = found.convergence
    assert {name: entry.doubling for name, entry in compared.items()} == {"a": own, "b": STORED}


@pytest.mark.parametrize("profile", PROFILES)
def test_the_stored_tests_are_of_the_experiments_of_the_paper(profile: str) -> None:
    stored = store.load(places.path_of(ROOT, "cpu", profile), device="cpu", profile=profile).convergence
    experiments = {each.name: each for make in FACTORIES.values() for each in [make(profile)]}
    assert len(stored) > 40
    obstacles = {name: entry.doubling.obstacle(experiments[name]) for name, entry in stored.items()}
    assert obstacles == dict.fromkeys(stored)
