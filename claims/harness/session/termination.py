"""End a run in order on SIGTERM, which CI servers and batch systems send before they kill a process."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

import pytest


class Termination:
    """The pytest plugin that ends a session on SIGTERM as on Ctrl-C: results and reports are written.

    A handler that another program has installed stays as it is.
    """

    def __init__(self) -> None:
        self.requested = False
        """Whether the signal came."""
        self._former: Any = None

    def pytest_sessionstart(self) -> None:
        """Install the handler; only the main thread may."""
        in_main_thread = threading.current_thread() is threading.main_thread()
        if in_main_thread and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            self._former = signal.signal(signal.SIGTERM, self._interrupt)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Restore the former handler."""
        if self._former is not None:
            signal.signal(signal.SIGTERM, self._former)
            self._former = None

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if not self.requested:  # a second signal must not end the writing of reports
            self.requested = True
            raise KeyboardInterrupt("SIGTERM")
