"""A run is compared with its baseline: quantities and losses that drifted or are not stored fail it."""

from __future__ import annotations

from typing import Any

import pytest

from claims.harness.baselines import places
from tests.helpers.claim_suite import (
    ALSO_HOLDS,
    DOCUMENTED,
    DRIFTS,
    HOLDS,
    TRAINS,
    Suite,
    sentence,
)
from tms import training
from tms.experiment import Experiment
from tms.training import Trained


def test_claim_that_moved_from_its_baseline_is_replicated_but_fails_the_run(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(DRIFTS)
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert (suite.claim()["verdict"], suite.claim()["baseline"]) == ("replicated", "drifted")
    result.stdout.fnmatch_lines(["norm drifted: baseline 1.035 * now 1.135 * p = * below *"])
    result.stdout.fnmatch_lines(["1 replicated, 0 contradicted, 0 inconclusive, 0 failed, 1 drifted in * s"])


@pytest.mark.parametrize(("seed", "baseline"), [(0, "drifted"), (1, "steady")])
def test_few_equal_values_that_moved_are_drift_only_with_the_baselines_seed(
    suite: Suite, seed: int, baseline: str
) -> None:
    suite.with_baseline_of(HOLDS.replace("near_one()", "[1.0, 1.0]"))
    suite.write(HOLDS.replace("near_one()", "[1.1, 1.1]"))
    suite.run(f"--seed={seed}")
    assert suite.claim()["baseline"] == baseline


def test_documented_miss_that_moved_from_its_baseline_fails_the_run(suite: Suite) -> None:
    suite.with_baseline_of(DOCUMENTED)
    suite.write(DOCUMENTED.replace("near_one(1.0)", "near_one(2.0)"))
    assert suite.run().ret == pytest.ExitCode.TESTS_FAILED
    claim = suite.claim("DEMO-4")
    assert (claim["verdict"], claim["baseline"]) == ("contradicted", "drifted")


def test_run_without_any_baseline_says_so_and_names_the_command(suite: Suite) -> None:
    suite.write(TRAINS)
    result = suite.run()
    assert result.ret == pytest.ExitCode.OK
    assert (suite.claim("DEMO-5")["verdict"], suite.claim("DEMO-5")["baseline"]) == (
        "replicated", "not compared",
    )  # fmt: skip
    assert suite.document["environment"]["baseline"] is None
    assert not suite.baseline.parent.exists()
    command = "tms baselines --write --profile quick"
    result.stdout.fnmatch_lines([f"There is no baseline to compare with. To write one: {command}"])


def test_run_in_a_folder_without_baselines_is_compared_with_those_of_this_package(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.with_baseline_of(HOLDS)
    suite.baseline.parent.rename(suite.folder / "package")
    monkeypatch.setattr(places, "packaged", lambda: suite.folder / "package")
    result = suite.run()
    assert result.ret == pytest.ExitCode.OK
    assert suite.claim()["baseline"] == "steady"
    assert not suite.baseline.parent.exists()
    suite.write(DRIFTS)
    assert suite.run().ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("text", ['{"schema_version": 1, "dev', "[NaN]"])
def test_damaged_baseline_ends_the_run_before_training(suite: Suite, text: str) -> None:
    suite.write(TRAINS)
    suite.baseline.parent.mkdir()
    suite.baseline.write_text(text)
    result = suite.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    message = sentence(result)
    assert str(suite.baseline) in message
    assert message.endswith("tms baselines --write --profile quick")
    assert not suite.trainings
    assert not (suite.folder / "replication" / "results.json").exists()


@pytest.mark.parametrize(
    "claims", [(HOLDS, ALSO_HOLDS), (HOLDS.replace('"norm"', '"length"'), ""), (HOLDS * 1, DOCUMENTED)]
)
def test_quantity_without_a_baseline_fails_the_run_and_names_the_command(
    suite: Suite, claims: tuple[str, ...]
) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(*claims)
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert suite.document["summary"]["missing"] == 1
    assert suite.document["summary"]["failed"] == 0
    result.stdout.fnmatch_lines(
        ["baselines/cpu-quick.json does not fit*tms baselines --write --profile quick"]
    )


def test_quantity_that_is_no_longer_measured_fails_the_run(suite: Suite) -> None:
    more = '    measure("angle", near_one(), paper=1, within=0.2, because=BECAUSE)\n'
    suite.with_baseline_of(HOLDS + more)
    suite.write(HOLDS)
    assert suite.run().ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim()["reason"] == "No longer measured, but in the baseline: angle."


def test_losses_that_moved_fail_the_run_though_every_claim_is_steady(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = TRAINS.replace("tiny", "many") + (
        "\n\ndef many(profile):\n"
        "    return sweep('demo/many', n_features=2, n_hidden=1, architecture='linear', density=1.0,\n"
        "                 seeds=64, steps=3, batch_size=4, learning_rate=1e-2, held_out=16,\n"
        "                 convergence=DuringTraining(because='The claim speaks of three steps.'))\n"
    )
    suite.with_baseline_of(many)
    assert suite.run().ret == pytest.ExitCode.OK
    [experiment] = suite.document["experiments"]
    assert experiment["drift"]["status"] == "steady"
    assert experiment["drift"]["paired"]
    assert len(experiment["losses"]["twins"]) == 32
    train = training.train

    def worse(experiment: Experiment, **settings: Any) -> Trained:
        trained = train(experiment, **settings)
        trained.trial_loss.mul_(1.02)
        return trained

    monkeypatch.setattr(training, "train", worse)
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim("DEMO-5")["baseline"] == "steady"
    assert suite.claim("DEMO-5")["experiments"] == ["demo/many"]
    assert suite.document["summary"]["drifted_losses"] == 1
    result.stdout.fnmatch_lines(
        ["changes from the baseline:", "claim *", "DEMO-5 *loss of demo/many *+2.00%*"]
    )
    report = (suite.folder / "replication" / "report.html").read_text()
    assert "Changes from the baseline" in report
    assert "trained loss of demo/many" in report


def test_losses_without_a_baseline_fail_the_run_and_name_the_command(suite: Suite) -> None:
    suite.with_baseline_of(TRAINS)
    text = (suite.folder / "test_demonstrating.py").read_text().replace("demo/tiny", "demo/other")
    (suite.folder / "test_demonstrating.py").write_text(text)
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert suite.document["summary"]["missing_losses"] == 1
    result.stdout.fnmatch_lines(["*does not fit*the losses of demo/other*tms baselines --write *"])
