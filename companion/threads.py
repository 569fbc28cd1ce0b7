"""Threads of a run: marimo's own, which end with the cell that started them, or none outside marimo."""

from __future__ import annotations

import threading
from collections.abc import Callable

import marimo as mo


class _InLine(threading.Thread):
    """A thread whose function has run when it has started, for pages that nobody can move meanwhile."""

    def start(self) -> None:
        """Run the function."""
        self.run()


def spawned(run: Callable[[], None]) -> threading.Thread:
    """Make a thread of a function, without starting it."""
    return mo.Thread(target=run, daemon=True) if mo.running_in_notebook() else _InLine(target=run)
