"""The play button goes on when the page has drawn, and stops when its cell ends it."""

from __future__ import annotations

import threading
from queue import Empty, Queue

import pytest

from companion.player import Player


class Playing(threading.Thread):
    """Plays places in a thread that can be told to end, as marimo's can."""

    def __init__(self, player: Player, places: list[float]) -> None:
        super().__init__(daemon=True)
        self.should_exit = False
        self.sent: Queue[float] = Queue()
        self._player, self._places = player, places
        self.start()

    def run(self) -> None:
        self._player.play(self._places, self.sent.put)


def test_next_place_waits_until_the_last_one_is_reached() -> None:
    player = Player(seconds=0, longest=60)
    playing = Playing(player, [1.0, 2.0, 3.0])
    for place in (1.0, 2.0, 3.0):
        assert playing.sent.get(timeout=30) == place
        with pytest.raises(Empty):
            playing.sent.get(timeout=0.2)
        player.reached()
    playing.join(30)
    assert not playing.is_alive()


def test_places_go_on_where_the_page_draws_none() -> None:
    playing = Playing(Player(seconds=0, longest=0.01), [1.0, 2.0])
    assert [playing.sent.get(timeout=30) for _ in range(2)] == [1.0, 2.0]


def test_nothing_is_sent_once_the_thread_must_end() -> None:
    player = Player(seconds=0, longest=60)
    playing = Playing(player, [1.0, 2.0])
    assert playing.sent.get(timeout=30) == 1.0
    playing.should_exit = True
    player.reached()
    playing.join(30)
    assert not playing.is_alive()
    assert playing.sent.empty()
