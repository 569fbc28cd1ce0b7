"""Measure how long the companion takes from a moved control to a new figure, with compiled kernels."""

from __future__ import annotations

import threading
from itertools import count
from typing import Any, Final

import pytest

from companion.chapters import CHAPTERS
from companion.runs import Results, Runs, Status

pytest.importorskip("marimo", reason="marimo is not installed; the extra `explore` has it.")

from companion.layout import picture_of

SECONDS: Final = 0.3
"""Within which chapters that follow a slider answer on two cores."""
ROUNDS: Final = 10


@pytest.mark.parametrize("name", ["introduction", "demonstrating"])
def test_a_chapter_that_follows_a_slider_answers_at_once(name: str, benchmark: Any) -> None:
    runs, values, seeds = Runs(CHAPTERS[name], Results()), CHAPTERS[name].defaults(), count()

    def answer() -> str:
        told: list[Status] = []
        finished = threading.Event()

        def report(status: Status) -> None:
            told.append(status)
            if status.done is None:
                finished.set()

        runs.start(values | {"seed": next(seeds)}, report, lambda run: threading.Thread(target=run))
        assert finished.wait(60)
        view = told[-1].view
        assert view is not None
        return str(picture_of(view).text)

    picture = benchmark.pedantic(answer, rounds=ROUNDS, warmup_rounds=2)
    assert "data:image/png" in picture
    if benchmark.stats:  # with --benchmark-disable nothing is timed
        assert benchmark.stats.stats.median < SECONDS
