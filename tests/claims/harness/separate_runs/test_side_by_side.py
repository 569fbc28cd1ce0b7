"""Runs side by side: each is recorded as it ends, and what happens to the others after an error."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any

import pytest
from rich.console import Console

from claims.harness.errors import MisuseError
from claims.harness.separate_runs import Ended, Job, Place, performing, place_of_runs, side_by_side
from tests.helpers.separate_runs import InThisProcess
from tms import processors

NAMES = "abcdef"


class ByHand(InThisProcess):
    """Starts jobs, and ends them when `end` is called."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.running: dict[str, Future[Any]] = {}

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        del work, kwargs
        [name] = args[0].arguments
        self.running[name] = Future()
        return self.running[name]

    def end(self, name: str, code: int = 0) -> None:
        self.running.pop(name).set_result(Ended(code, {}))


def perform(pool: InThisProcess, record: Callable[[str, Ended], None], console: Console) -> None:
    side_by_side(Place(pool, 1), {name: Job(arguments=(name,)) for name in NAMES}, record, console)


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO())


def test_runs_are_recorded_as_they_end_and_no_more_run_at_a_time_than_there_is_room(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, recorded, under_way = ByHand(3), [], []

    def wait_for_one(running: dict[Future[Ended], Any], return_when: str) -> Any:
        under_way.append("".join(pool.running))
        pool.end(max(pool.running))
        return wait(running, return_when=return_when)

    monkeypatch.setattr(performing, "wait", wait_for_one)
    perform(pool, lambda name, ended: recorded.append((name, ended.code)), console)
    assert recorded == [(name, 0) for name in "cdefba"]
    assert under_way == ["abc", "abd", "abe", "abf", "ab", "a"]


def test_after_an_error_no_further_run_begins_and_those_under_way_are_recorded(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, recorded = ByHand(2), []

    def record(name: str, ended: Ended) -> None:
        if ended.code:
            raise ValueError(f"{name} failed")
        recorded.append(name)

    def wait_for_one(running: dict[Future[Ended], Any], return_when: str) -> Any:
        name = max(pool.running)
        pool.end(name, code=3 if name in "cd" else 0)
        return wait(running, return_when=return_when)

    monkeypatch.setattr(performing, "wait", wait_for_one)
    with pytest.raises(ValueError, match="c failed"):
        perform(pool, record, console)
    assert recorded == ["b", "a"]
    assert not pool.was_ended


def test_interrupt_ends_the_runs_at_once_and_keeps_those_that_were_recorded(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(performing, "perform", lambda _: Ended(0, {}))
    pool, recorded = InThisProcess(), []

    def record(name: str, ended: Ended) -> None:
        del ended
        if name == "c":
            raise KeyboardInterrupt
        recorded.append(name)

    with pytest.raises(KeyboardInterrupt):
        perform(pool, record, console)
    assert recorded == ["a", "b"]
    assert pool.was_ended


def test_run_that_cannot_be_made_is_named(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Job) -> Ended:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(performing, "perform", refuse)
    with pytest.raises(MisuseError, match=r"the run a could not be made: .*No space left"):
        perform(InThisProcess(), lambda *_: None, console)


def test_terminal_shows_one_bar_with_the_runs_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    monkeypatch.setattr(file, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    console = Console(file=file, force_terminal=True, width=100)
    monkeypatch.setattr(performing, "perform", lambda _: Ended(0, {}))
    perform(InThisProcess(), lambda name, *_: console.print(f"{name} has ended"), console)
    shown = file.getvalue()
    assert "5/6" in shown
    assert shown.count("has ended") == 6


@pytest.mark.parametrize(
    ("workers", "device", "size", "threads"),
    [(None, "cpu", 8, 1), (2, "cpu", 2, 4), (3, "cpu", 3, 2), (16, "cpu", 16, 1), (None, "cuda", 1, 8)],
)
def test_runs_share_the_processors(
    monkeypatch: pytest.MonkeyPatch, workers: int | None, device: str, size: int, threads: int
) -> None:
    monkeypatch.setattr(processors, "available", lambda: 8)
    with place_of_runs(workers, device) as place:
        assert (place.executor.size, place.threads) == (size, threads)
        assert place.has_room_beside(size - 1)
        assert not place.has_room_beside(size)


def test_without_worker_processes_each_run_is_recorded_before_the_next_begins() -> None:
    pool = InThisProcess(4)
    pool.obstacle = "no semaphores"
    assert Place(pool, 1).has_room_beside(0)
    assert not Place(pool, 1).has_room_beside(1)
