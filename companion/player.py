"""The play button: one place after the other, as fast as the page draws them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from threading import Event
from typing import Final

from companion.runs import must_end

_SECONDS_A_FRAME: Final = 0.4
_LONGEST_DRAWING: Final = 10.0


class Player:
    """Goes through places, each once the last one has been reached.

    Places that were sent without waiting would queue up where drawing is slow, and the pause button would be
    read after all of them.

    Parameters
    ----------
    seconds
        How long a place is looked at.
    longest
        Seconds after which the next place is sent although the last one has not been reached.
    """

    def __init__(self, seconds: float = _SECONDS_A_FRAME, longest: float = _LONGEST_DRAWING) -> None:
        self._seconds, self._longest = seconds, longest
        self._reached = Event()

    def play(self, places: Iterable[float], go: Callable[[float], None]) -> None:
        """Go to each place, until the thread that runs this must end.

        Parameters
        ----------
        places
            The places, in their order.
        go
            Called with each place.
        """
        for place in places:
            if must_end():
                return
            self._reached.clear()
            go(place)
            self._reached.wait(self._longest)
            time.sleep(self._seconds)

    def reached(self) -> None:
        """Note that the page shows the place that was sent last."""
        self._reached.set()
