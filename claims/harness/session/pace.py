"""How fast training goes, and how long it will take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

_SHORTEST: Final = 0.05
"""Seconds that a rate needs at least: workers that run side by side report at nearly the same moment."""


class Pace:
    """The reports of one training, in words.

    The rate counts from the first report on: the time before it goes into starting and compiling.

    Parameters
    ----------
    clock
        Returns seconds since some moment.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._started = clock()
        self._first: tuple[float, int] | None = None
        self._last = (self._started, 0)
        self._total = 0

    def report(self, done: int, total: int) -> None:
        """Note that so many instance-steps of so many are done."""
        self._last, self._total = (self._clock(), done), total
        self._first = self._first or self._last

    @property
    def rate(self) -> float | None:
        """Instance-steps a second; None as long as it is not known."""
        if self._first is None or self._last[0] - self._first[0] < _SHORTEST:
            return None
        return (self._last[1] - self._first[1]) / (self._last[0] - self._first[0])

    @property
    def line(self) -> str:
        """The state of the training, such as "45%, 8,571 instance-steps/s, 19 s left, 30 s so far"."""
        now = self._clock()
        parts = [f"{now - self._started:.0f} s so far"]
        if self._total:
            parts.insert(0, f"{self._last[1] / self._total:.0%}")
        if self.rate:
            left = (self._total - self._last[1]) / self.rate - (now - self._last[0])
            parts[1:1] = [f"{self.rate:,.0f} instance-steps/s", f"{max(left, 0.0):.0f} s left"]
        return ", ".join(parts)
