"""Each experiment is trained once a run."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.helpers.claim_suite import (
    HOLDS,
    TRAINS,
    Suite,
)
from tms import training


def test_experiment_is_trained_once_a_run_and_listed(suite: Suite) -> None:
    suite.with_baseline_of(TRAINS, TRAINS.replace("DEMO-5", "DEMO-6").replace("test_trains", "test_shares"))
    result = suite.run()
    assert result.ret == pytest.ExitCode.OK
    [experiment] = suite.document["experiments"]
    assert experiment["name"] == "demo/tiny"
    assert experiment["instance_steps_per_second"] > 0
    assert experiment["peak_bytes"] is None or experiment["peak_bytes"] >= 0
    assert suite.document["environment"]["cores"] >= 1
    assert (experiment["engine"], experiment["device"]) == ("reference", "cpu")
    assert len([line for line in result.outlines if line.startswith("training demo/tiny")]) == 1


def test_the_training_of_twins_is_shown(suite: Suite) -> None:
    suite.write(TRAINS)
    lines = suite.run("--update-baselines").outlines
    assert len([line for line in lines if line.startswith("training demo/tiny")]) > 1


def test_the_seed_of_the_run_is_that_of_its_experiments(suite: Suite) -> None:
    suite.write(TRAINS)
    measured = []
    for seed in (0, 3, 3):
        suite.run(f"--seed={seed}")
        measured += [quantity["mean"] for quantity in suite.claim("DEMO-5")["quantities"]]
    assert measured[0] != measured[1] == measured[2]


def test_the_time_of_a_claim_is_that_without_training(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    train = training.train

    def slow(*arguments: Any, **settings: Any) -> training.Trained:
        time.sleep(2)
        return train(*arguments, **settings)

    monkeypatch.setattr(training, "train", slow)
    suite.write(TRAINS)
    suite.run()
    assert suite.claim("DEMO-5")["seconds"] < 2


def test_invalid_experiment_fails_its_claim_before_training(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(TRAINS)
    text = (suite.folder / "test_demonstrating.py").read_text().replace("density=1.0", "density=1.5")
    (suite.folder / "test_demonstrating.py").write_text(text)
    suite.run()
    assert not suite.trainings
    assert suite.claim("DEMO-5")["reason"].startswith("InvalidExperiment: ")
    assert "1.5" in suite.claim("DEMO-5")["reason"]


def test_two_experiments_of_one_name_are_refused(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(
        TRAINS.replace(
            "    measure(",
            "    trained(lambda profile: tiny(profile).with_run_seed(0).at([0, 0]))\n    measure(",
        )
    )
    suite.run()
    assert "two different experiments are named 'demo/tiny'" in suite.claim("DEMO-5")["reason"]
