"""Runs: train in the background, report progress, and give way to a newer run."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from companion.chapter import Chapter, View
from companion.settings import Values
from tms import Trained

SECONDS_BETWEEN_REPORTS: Final = 0.3
"""Time between two reports of progress; shorter runs report none."""
KEPT: Final = 24
"""Number of results that are kept for all readers, so that a view once seen returns at once."""

STOPPED: Final = "The training was stopped; the figure shows the result before it."

DRAWING: Final = threading.Lock()
"""Held while figures are drawn: matplotlib's settings belong to the process."""

Spawn = Callable[[Callable[[], None]], threading.Thread]
"""Makes a thread of a function, without starting it."""


class Cancelled(Exception):
    """Raised inside a run that was stopped."""


def must_end() -> bool:
    """Whether marimo ends the current thread: its page was closed, or its cell runs again."""
    return bool(getattr(threading.current_thread(), "should_exit", False))


@dataclass(frozen=True, eq=False)
class Status:
    """What a reader sees of a chapter's run.

    Parameters
    ----------
    trained, view
        The last finished result; None before the first.
    values
        The values that it belongs to.
    done
        Share of the training that is done; None if nothing runs.
    message
        Why there is no newer result, in one sentence.
    """

    trained: Trained | None = None
    view: View | None = None
    values: Values | None = None
    done: float | None = None
    message: str = ""


class Results:
    """The latest results, by chapter and values."""

    def __init__(self) -> None:
        self._results: OrderedDict[Any, Status] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, chapter: Chapter, values: Values) -> Status | None:
        """Return a kept result, or None."""
        with self._lock:
            return self._results.get(_key(chapter, values))

    def keep(self, chapter: Chapter, values: Values, status: Status) -> None:
        """Keep a result; the oldest of more than `KEPT` is forgotten."""
        with self._lock:
            self._results[_key(chapter, values)] = status
            while len(self._results) > KEPT:
                self._results.popitem(last=False)


class Runs:
    """The runs of one chapter, of which only the newest goes on.

    Parameters
    ----------
    chapter
        The chapter.
    results
        Where results are kept.
    """

    def __init__(self, chapter: Chapter, results: Results) -> None:
        self._chapter, self._results = chapter, results
        self._latest = threading.Event()
        self._telling = threading.Lock()
        self._status = Status()

    def start(self, values: Values, report: Callable[[Status], None], spawn: Spawn) -> None:
        """Cancel the previous run and train for new values.

        Parameters
        ----------
        values
            Valid values of the chapter's settings.
        report
            Called with each new status, from a thread of the run.
        spawn
            Makes a thread.
        """
        self.stop()
        cancelled, ended = threading.Event(), threading.Event()
        self._latest = cancelled

        def tell(status: Status) -> None:
            with self._telling:
                if not cancelled.is_set():
                    self._status = status
                    report(status)

        def announce() -> None:
            if not ended.wait(SECONDS_BETWEEN_REPORTS):
                tell(replace(self._status, done=0.0, message=""))

        def run() -> None:
            try:
                tell(self._outcome(values, tell, cancelled))
            except Cancelled:
                pass
            finally:
                ended.set()

        spawn(run).start()
        spawn(announce).start()

    def stop(self, message: str = STOPPED) -> Status:
        """Cancel the run that is in progress, if any.

        Parameters
        ----------
        message
            What the reader is told.

        Returns
        -------
        Status
            The result before it, with a message.
        """
        with self._telling:
            self._latest.set()
            self._status = replace(self._status, done=None, message=message)
            return self._status

    def _outcome(self, values: Values, tell: Callable[[Status], None], cancelled: threading.Event) -> Status:
        told = time.monotonic()

        def progress(_: str, done: int, total: int) -> None:
            nonlocal told
            if cancelled.is_set() or must_end():
                raise Cancelled
            if time.monotonic() - told > SECONDS_BETWEEN_REPORTS:
                told = time.monotonic()
                tell(replace(self._status, done=done / total, message=""))

        kept = self._results.get(self._chapter, values)
        if kept is None:
            try:
                trained = self._chapter.train(values, progress)
                with DRAWING:
                    kept = Status(trained, self._chapter.view(values, trained), values)
            except Cancelled:
                raise
            except Exception as error:  # whatever it is, the page goes on
                message = str(error) or type(error).__name__
                return replace(self._status, done=None, message=message)
            self._results.keep(self._chapter, values, kept)
        return kept


def _key(chapter: Chapter, values: Values) -> tuple[str, tuple[tuple[str, Any], ...]]:
    return chapter.name, tuple(sorted(values.items()))
