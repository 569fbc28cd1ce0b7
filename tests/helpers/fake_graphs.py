"""Graphs for machines without a GPU: they call the work again instead of repeating what a GPU did."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor


class FakeGraph:
    """Calls the captured work at each replay, and writes the result where the first one is."""

    def __init__(self) -> None:
        self._work: Callable[[], Tensor] | None = None

    def capture(self, work: Callable[[], Tensor]) -> Tensor:
        self._work, self._result = work, work()
        return self._result

    def replay(self) -> None:
        assert self._work is not None
        self._result.copy_(self._work())


class StaleGraph(FakeGraph):
    """Repeats nothing: its result and all that it should change stay what they were."""

    def replay(self) -> None:
        pass


class BrokenGraph(FakeGraph):
    """Cannot capture anything."""

    def capture(self, work: Callable[[], Tensor]) -> Tensor:
        super().capture(work)
        raise RuntimeError("operation not permitted when stream is capturing")
