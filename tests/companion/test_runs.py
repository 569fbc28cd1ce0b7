"""Runs: a newer run cancels the earlier one, results are kept, and errors become messages."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import pytest

from companion import runs
from companion.chapter import Chapter
from companion.runs import STOPPED, Results, Runs, Status
from companion.settings import Values
from tests.helpers.chapters import small
from tms import Trained
from tms.training import ProgressReport


class Told(list[Status]):
    """The reports of runs, which a test can wait for."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()

    def __call__(self, status: Status) -> None:
        with self._changed:
            self.append(status)
            self._changed.notify_all()

    def wait_for(self, found: Callable[[Status], bool]) -> Status:
        with self._changed:
            assert self._changed.wait_for(lambda: any(map(found, self)), timeout=60)
        return next(filter(found, self))


def thread(run: Callable[[], None]) -> threading.Thread:
    return threading.Thread(target=run, daemon=True)


class Blocked:
    """A chapter whose training waits until it is let go, and reports progress then."""

    def __init__(self) -> None:
        self.chapter, self.values = small("introduction")
        self.started: list[Values] = []
        self.running, self.go = threading.Semaphore(0), threading.Event()
        self.blocked = dataclasses.replace(self.chapter, train=self.train)

    def train(self, values: Values, progress: ProgressReport | None) -> Trained:
        assert progress is not None
        self.started.append(values)
        self.running.release()
        assert self.go.wait(60)
        progress("", 1, 2)
        return self.chapter.train(values, None)


def finished(status: Status) -> bool:
    return status.trained is not None and status.done is None


def test_a_run_reports_its_result() -> None:
    chapter, values = small("introduction")
    told = Told()
    Runs(chapter, Results()).start(values, told, thread)
    done = told.wait_for(finished)
    assert done.values == values
    assert done.view is not None
    assert done.message == ""


def test_a_newer_run_cancels_the_earlier_one() -> None:
    told, case = Told(), Blocked()
    pane = Runs(case.blocked, Results())
    pane.start(case.values, told, thread)
    assert case.running.acquire(timeout=60)
    newer = case.values | {"seed": 1}
    pane.start(newer, told, thread)
    assert case.running.acquire(timeout=60)
    case.go.set()
    told.wait_for(finished)
    assert case.started == [case.values, newer]
    assert [status.values for status in told if finished(status)] == [newer]


def test_a_stopped_run_reports_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "SECONDS_BETWEEN_REPORTS", 0.0)
    told, case = Told(), Blocked()
    pane = Runs(case.blocked, Results())
    pane.start(case.values, told, thread)
    told.wait_for(lambda status: status.done == 0)
    assert case.running.acquire(timeout=60)
    stopped = pane.stop()
    assert (stopped.done, stopped.message) == (None, STOPPED)
    case.go.set()
    assert not any(map(finished, told))


def test_progress_of_a_long_run_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "SECONDS_BETWEEN_REPORTS", 0.0)
    told, case = Told(), Blocked()
    Runs(case.blocked, Results()).start(case.values, told, thread)
    case.go.set()
    told.wait_for(lambda status: status.done == 0.5)
    told.wait_for(finished)


def test_a_result_is_kept_for_the_next_run_of_the_same_values() -> None:
    told, case = Told(), Blocked()
    case.go.set()
    results = Results()
    Runs(case.blocked, results).start(case.values, told, thread)
    told.wait_for(finished)
    again = Told()
    Runs(case.blocked, results).start(case.values, again, thread)
    assert again.wait_for(finished).trained is told.wait_for(finished).trained
    assert len(case.started) == 1


def test_the_oldest_of_too_many_results_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "KEPT", 2)
    chapter, values = small("introduction")
    results = Results()
    for seed in range(3):
        results.keep(chapter, values | {"seed": seed}, Status())
    assert [results.get(chapter, values | {"seed": seed}) is None for seed in range(3)] == [
        True,
        False,
        False,
    ]


def test_an_error_of_the_training_is_a_message_beside_the_earlier_result() -> None:
    chapter, values = small("introduction")

    def train(values: Values, progress: ProgressReport | None) -> Trained:
        if values["seed"] == 1:
            raise ValueError("seed = 1 is not possible.")
        return chapter.train(values, progress)

    failing: Chapter = dataclasses.replace(chapter, train=train)
    told: Any = Told()
    pane = Runs(failing, Results())
    pane.start(values, told, thread)
    first = told.wait_for(finished)
    pane.start(values | {"seed": 1}, told, thread)
    failed = told.wait_for(lambda status: bool(status.message))
    assert failed.message == "seed = 1 is not possible."
    assert failed.trained is first.trained
