"""Training of the next experiments in a worker process while claims are judged."""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from threading import Timer
from typing import Any

import pytest
import torch

from claims.harness.session import training_ahead, training_job
from claims.harness.session.training_ahead import Pending, TrainingAhead
from tests.helpers.small import small
from tms import training
from tms.experiment import Experiment
from tms.experiment.convergence import Doubling
from tms.training import Trained

ENDLESS = small(name="endless", steps=10**6, batch_size=10**5)


@pytest.fixture
def ahead() -> Iterator[TrainingAhead]:
    ahead = TrainingAhead("fused", "cpu")
    yield ahead
    ahead.end()


def wait_for(condition: Callable[[], Any], seconds: float) -> Any:
    """Give what a condition returns once it is true; fail where it is not within some seconds."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until
        time.sleep(0.01)
    return found


def await_begin(ahead: TrainingAhead, experiment: Experiment) -> None:
    """Wait until a training has begun, without asking for it."""
    wait_for(lambda: experiment.fingerprint() in ahead._begun, 120)


def begun(ahead: TrainingAhead, experiment: Experiment) -> Pending:
    await_begin(ahead, experiment)
    pending = ahead.begun(experiment)
    assert pending is not None
    return pending


def awaited(ahead: TrainingAhead, experiment: Experiment) -> Pending:
    pending = begun(ahead, experiment)
    pending.wait(lambda *_: None)
    return pending


def tensors(trained: Trained) -> dict[str, torch.Tensor]:
    named = {f"trial {name}": values for name, values in trained.trial_parameters.items()}
    named |= trained.parameters | {"loss": trained.loss, "trial loss": trained.trial_loss}
    assert trained.history is not None
    return (
        named
        | {f"history {k}": v for k, v in trained.history.parameters.items()}
        | {"curve": trained.history.loss}
    )


def test_results_equal_those_of_this_process_bit_for_bit(ahead: TrainingAhead) -> None:
    rule = Doubling(at_most=1.0, of=lambda trained: trained.loss)
    first = small(name="first", checkpoints=(0, 10, 30), best_of=2, convergence=rule)
    second = small(name="second", checkpoints=(5,), architecture="relu_hidden")
    ahead.start([first, second])
    for experiment in (first, second):
        found = awaited(ahead, experiment).result()
        here = training.train(experiment, engine="fused", device="cpu")
        assert found.trained.experiment is experiment
        assert (found.trained.engine, found.trained.device) == (here.engine, here.device)
        assert found.trained.seconds > 0
        there = tensors(found.trained)
        for name, values in tensors(here).items():
            assert torch.equal(there[name], values), name
            assert there[name].stride() == values.stride(), name
        assert found.peak_bytes is None or found.peak_bytes >= 0


def test_experiment_that_has_not_begun_is_left_to_its_claim(ahead: TrainingAhead) -> None:
    first, second = small(name="first"), small(name="second")
    ahead.start([ENDLESS, first, second])
    await_begin(ahead, ENDLESS)
    assert ahead.begun(first) is None
    assert [experiment.name for experiment in ahead._left] == ["second"]


def test_nothing_more_begins_while_the_results_that_nobody_asked_for_are_large(
    ahead: TrainingAhead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_ahead, "MOST_BYTES", 1)
    first, second = small(name="first"), small(name="second")
    ahead.start([first, second])
    await_begin(ahead, first)
    waiting = ahead._begun[first.fingerprint()]
    waiting.wait(lambda *_: None)
    time.sleep(0.3)
    assert waiting.size > 1
    assert second.fingerprint() not in ahead._begun
    assert ahead.begun(first) is waiting
    assert awaited(ahead, second).has_succeeded


def test_failure_ends_the_training_ahead_and_says_so_once() -> None:
    ahead = TrainingAhead("fastest", "cpu")
    first, second = small(name="first"), small(name="second")
    ahead.start([first, second])
    assert not awaited(ahead, first).has_succeeded
    problem = wait_for(ahead.problem, 30)
    assert problem.startswith("nothing is trained ahead any more: ValueError: engine 'fastest' is unknown")
    assert ahead.problem() is None
    assert ahead.begun(second) is None
    assert ahead.end() == []


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not there")
def test_worker_that_dies_ends_the_training_ahead(ahead: TrainingAhead) -> None:
    ahead.start([ENDLESS, small()])
    pending = begun(ahead, ENDLESS)
    assert ahead._workers is not None
    [worker] = ahead._workers._processes
    os.kill(worker, signal.SIGKILL)
    pending.wait(lambda *_: None)
    assert not pending.has_succeeded
    assert ahead.begun(small()) is None
    assert "nothing is trained ahead any more: " in (ahead.problem() or "")


def test_progress_of_a_training_is_reported_while_a_claim_waits_for_it(ahead: TrainingAhead) -> None:
    reports = []
    experiment = small(name="many", seeds=40, steps=2000, batch_size=1000)
    ahead.start([small(name="first"), experiment])
    awaited(ahead, small(name="first"))
    begun(ahead, experiment).wait(lambda *report: reports.append(report))
    assert reports
    counts = [done for _, done, _ in reports]
    assert counts == sorted(counts)
    assert {(name, total) for name, _, total in reports} == {("many", 80 * 2000)}


def test_progress_of_another_training_is_not_reported() -> None:
    reports = []
    pending = Pending(small(), 2, [1, 5, 7])
    Timer(0.3, lambda: pending.job.set_result(b"")).start()
    pending.wait(lambda *report: reports.append(report))
    assert reports == []


def test_end_stops_a_training_at_once_and_returns_what_has_finished(ahead: TrainingAhead) -> None:
    asked, finished = small(name="asked"), small(name="finished")
    ahead.start([asked, finished, ENDLESS, small()])
    assert awaited(ahead, asked).has_succeeded
    await_begin(ahead, ENDLESS)
    started = time.monotonic()
    [trained] = ahead.end()
    assert time.monotonic() - started < 5
    assert trained.experiment is finished
    assert torch.equal(trained.loss, training.train(finished, engine="fused", device="cpu").loss)
    assert ahead.problem() is None
    assert ahead.end() == []


def test_worker_ends_when_nothing_is_left_to_train(ahead: TrainingAhead) -> None:
    ahead.start([small(name="first"), small(name="second")])
    assert ahead._workers is not None
    [worker] = list(ahead._workers._processes.values())
    awaited(ahead, small(name="second"))
    # The pool's own thread also waits for the worker. Where it is first, the exit code comes a moment later.
    wait_for(lambda: worker.exitcode is not None, 30)
    assert worker.exitcode == 0


def test_worker_with_other_sources_trains_nothing(
    ahead: TrainingAhead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_job, "SOURCES", "another digest")
    ahead.start([small(name="first"), small(name="second")])
    problem = wait_for(ahead.problem, 60)
    assert "files of tms changed since this run began" in problem
    assert ahead.begun(small(name="first")) is None


@pytest.mark.usefixtures("without_workers")
def test_nothing_is_trained_ahead_where_no_process_can_be_started(ahead: TrainingAhead) -> None:
    ahead.start([small(name="first"), small(name="second")])
    assert ahead.begun(small(name="first")) is None
    assert ahead.problem() is None


def test_warnings_of_a_training_come_back_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def train(experiment: Experiment, **settings: object) -> Trained:
        warnings.warn("nearly singular", RuntimeWarning, stacklevel=1)
        settings["progress"](experiment.name, 3, 7)  # type: ignore[operator]
        return trained

    trained = training.train(small(), engine="fused", device="cpu")
    monkeypatch.setattr(training, "train", train)
    pending = Pending(small(), 4, training_job._progress[0])
    pending.job.set_result(training_job.train_in_worker(small(), "fused", "cpu", 4))
    [caught] = pending.result().caught
    assert (str(caught.message), caught.category) == ("nearly singular", RuntimeWarning)
    assert caught.filename == __file__
    assert list(training_job._progress[0]) == [4, 3, 7]


def test_several_experiments_are_trained_at_a_time() -> None:
    ahead = TrainingAhead("fused", "cpu", count=2, threads=1)
    first, second = small(name="first"), small(name="second")
    ahead.start([ENDLESS, first, second])
    await_begin(ahead, ENDLESS)
    for experiment in (first, second):
        here = training.train(experiment, engine="fused", device="cpu")
        assert torch.equal(awaited(ahead, experiment).result().trained.loss, here.loss)
    assert not ahead._begun[ENDLESS.fingerprint()].job.done()
    assert ahead.at_a_time == 2
    assert ahead.end() == []
