"""Runs whose next experiments are trained while claims are judged."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from claims.harness.session.trained_models import TrainedModels
from claims.harness.session.training_ahead import TrainingAhead
from tests.helpers.claim_suite import HOLDS, Suite
from tests.helpers.implementations import LOOP
from tests.helpers.two_experiments import TWO, measured, trained_here
from tms import processors
from tms.experiment import Experiment

TRAIN_AHEAD = TrainedModels.train_ahead


def run(suite: Suite, *arguments: str, interrupted: bool = False) -> pytest.RunResult:
    """Run in another process, which trains real models."""
    result = suite.pytester.runpytest_subprocess("--profile=quick", *arguments)
    assert (result.ret == pytest.ExitCode.INTERRUPTED) is interrupted
    return result


def test_run_that_trains_ahead_measures_what_a_run_in_turn_measures(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.write(TWO)
    monkeypatch.setenv("PYTHON_CPU_COUNT", "1")
    run(suite)
    in_turn = measured(suite)
    assert trained_here(suite) == ["demo/tiny", "demo/other"]
    monkeypatch.setenv("PYTHON_CPU_COUNT", "2")
    monkeypatch.setenv("WAIT", "1")
    result = run(suite)
    assert trained_here(suite) == ["demo/tiny"]
    assert measured(suite) == in_turn
    [took] = [line for line in result.outlines if line.startswith("trained demo/other in ")]
    assert took.endswith("reference on cpu")
    assert not any(line.startswith("training demo/other") for line in result.outlines)


def test_interrupted_run_keeps_what_was_trained_ahead_for_a_run_that_reuses_it(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_CPU_COUNT", "2")
    monkeypatch.setenv("WAIT", "1")
    suite.write(
        TWO.replace("    wait_for_the_next(trained)\n", "    wait_for_the_next(trained)\n    stop()\n")
    )
    text = (suite.folder / "test_demonstrating.py").read_text()
    stops = "\ndef stop():\n    raise KeyboardInterrupt\n"
    (suite.folder / "test_demonstrating.py").write_text(text + stops)
    run(suite, "--reuse", interrupted=True)
    assert trained_here(suite) == ["demo/tiny"]
    suite.write(TWO.replace("    wait_for_the_next(trained)\n", ""))
    result = run(suite, "--reuse")
    assert not (suite.folder / "here.txt").exists()
    assert {"reused demo/tiny", "reused demo/other"} <= set(result.outlines)


OTHER = """
from tms.engines.reference import build

def factory(experiment):
    return build(experiment)

def choosy(experiment):
    if experiment.name == "demo/other":
        raise ValueError("not this one")
    return build(experiment)
"""


def test_other_model_is_trained_ahead_with_the_same_results(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    (suite.folder / "other.py").write_text(OTHER)
    suite.write(TWO)
    monkeypatch.setenv("PYTHON_CPU_COUNT", "1")
    run(suite, "--model=other.py:factory", "--engine=reference")
    in_turn = measured(suite)
    assert trained_here(suite) == ["demo/tiny", "demo/other"]
    monkeypatch.setenv("PYTHON_CPU_COUNT", "2")
    monkeypatch.setenv("WAIT", "1")
    run(suite, "--model=other.py:factory", "--engine=reference")
    assert trained_here(suite) == ["demo/tiny"]
    assert measured(suite) == in_turn


WAITS = """
def wait_for_the_refusal(trained):
    import time
    until = time.monotonic() + 120
    while not any(each.job.done() for each in trained._ahead._begun.values()):
        assert time.monotonic() < until
        time.sleep(0.01)
"""


def test_refusal_of_a_model_in_a_worker_is_that_of_its_claim(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    (suite.folder / "other.py").write_text(OTHER)
    suite.write(TWO.replace("wait_for_the_next(trained)", "wait_for_the_refusal(trained)") + WAITS)
    monkeypatch.setenv("PYTHON_CPU_COUNT", "2")
    result = run(suite, "--model=other.py:choosy")
    assert trained_here(suite) == ["demo/tiny"]
    [claim] = [each for each in suite.document["claims"] if each["id"] == "DEMO-2"]
    refusal = "other.py:choosy on demo/other: the model failed with ValueError: not this one "
    assert claim["reason"].startswith(refusal)
    assert not any("nothing is trained ahead" in line for line in result.outlines)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the experiments for which runs start a worker."""
    names: list[str] = []
    monkeypatch.setattr(TrainingAhead, "start", lambda _, given: names.extend(each.name for each in given))
    monkeypatch.setattr(TrainedModels, "train_ahead", TRAIN_AHEAD)
    monkeypatch.setattr(processors, "available", lambda: 2)
    return names


def test_models_that_an_earlier_run_stored_are_not_trained_ahead(suite: Suite, started: list[str]) -> None:
    suite.write(TWO)
    suite.run("--reuse", "-k", "DEMO-2")
    assert started == []
    suite.run("--reuse")
    assert started == ["demo/tiny"]
    started.clear()
    suite.run()
    assert started == ["demo/tiny", "demo/other"]


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[Experiment]:
    """The experiments that runs train ahead."""
    experiments: list[Experiment] = []
    monkeypatch.setattr(TrainedModels, "train_ahead", lambda _, given: experiments.extend(given))
    monkeypatch.setattr(processors, "available", lambda: 2)
    return experiments


def test_experiments_are_trained_ahead_in_the_order_of_the_claims(
    suite: Suite, planned: list[Experiment]
) -> None:
    suite.write(TWO, HOLDS.replace("DEMO-1", "DEMO-3"))
    suite.run("--seed=5")
    assert [(each.name, each.run_seed) for each in planned] == [("demo/tiny", 5), ("demo/other", 5)]


def one_processor(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    del suite
    monkeypatch.setattr(processors, "available", lambda: 1)
    return []


def a_trainer(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    del monkeypatch
    (suite.folder / "other.py").write_text(LOOP)
    return ["--trainer=other.py:train_all"]


def a_plugin(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.syspath_prepend(suite.folder)
    (suite.folder / "patches_models.py").touch()
    return ["-p", "patches_models"]


def one_claim(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    del suite, monkeypatch
    return ["-k", "DEMO-2"]


@pytest.mark.parametrize("reason", [one_processor, a_trainer, a_plugin, one_claim])
def test_nothing_is_trained_ahead_where_it_would_gain_nothing_or_might_train_something_else(
    suite: Suite,
    planned: list[Experiment],
    monkeypatch: pytest.MonkeyPatch,
    reason: Callable[[Suite, pytest.MonkeyPatch], list[str]],
) -> None:
    suite.write(TWO)
    suite.run(*reason(suite, monkeypatch))
    assert planned == []


def test_falsification_trains_nothing_ahead(suite: Suite, planned: list[Experiment]) -> None:
    suite.write(TWO)
    suite.run("-p", "claims.harness.falsification.plugin")
    assert planned == []
