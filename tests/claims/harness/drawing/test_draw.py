"""Figures drawn by workers."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from claims.harness.drawing.draw import Draw, PendingFigures
from claims.harness.workers import WorkerPool


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(1) as pool:
        yield pool


def line(values: list[float]) -> Figure:
    figure = Figure()
    figure.subplots().plot(values)
    return figure


def careless() -> Figure:
    warnings.warn("log of 0", RuntimeWarning, stacklevel=1)
    return Figure()


def deadly() -> Figure:
    os._exit(3)


def interrupted() -> Figure:
    os.kill(os.getpid(), signal.SIGINT)
    return Figure()


def drawn(pool: Executor, folder: Path, draw: Draw) -> PendingFigures:
    figures = draw.submit(pool, folder, None)
    figures.wait()
    return figures


def test_figures_are_written_by_a_worker(pool: WorkerPool, tmp_path: Path) -> None:
    draw = Draw()
    draw(line, "demo/line", [1.0, 2.0])
    figures = drawn(pool, tmp_path, draw)
    assert figures.paths() == ["figures/demo/line.png", "figures/demo/line.svg"]
    assert figures.errors() == {}
    assert figures.pending == 0
    assert (tmp_path / "figures" / "demo" / "line.png").read_bytes().startswith(b"\x89PNG")


def test_figure_of_a_failed_claim_is_marked_and_kept_apart(pool: WorkerPool, tmp_path: Path) -> None:
    draw = Draw()
    draw(line, "demo/line", [1.0, 2.0])
    figures = draw.submit(pool, tmp_path, "the norm is 2")
    figures.wait()
    assert figures.paths() == ["failed/demo/line.png", "failed/demo/line.svg"]
    assert "the norm is 2" in (tmp_path / "failed" / "demo" / "line.svg").read_text("utf-8")


def test_warning_while_drawing_is_reported_and_is_no_error(pool: WorkerPool, tmp_path: Path) -> None:
    draw = Draw()
    draw(careless, "demo/careless")
    draw(line, "demo/line", [1.0])
    figures = drawn(pool, tmp_path, draw)
    assert figures.errors() == {}
    assert figures.warnings() == {"demo/careless": "RuntimeWarning: log of 0"}
    assert len(figures.paths()) == 4


def test_figure_of_something_that_cannot_be_handed_over_is_one_sentence(
    pool: WorkerPool, tmp_path: Path
) -> None:
    draw = Draw()
    draw(lambda: Figure(), "demo/local")
    error = drawn(pool, tmp_path, draw).errors()["demo/local"]
    assert "pickle" in error
    assert "\n" not in error


def test_figure_that_kills_its_process_takes_no_other_figure_with_it(
    pool: WorkerPool, tmp_path: Path
) -> None:
    draw = Draw()
    draw(deadly, "demo/deadly")
    draw(line, "demo/line", [1.0])
    figures = drawn(pool, tmp_path, draw)
    assert list(figures.errors()) == ["demo/deadly"]
    assert figures.errors()["demo/deadly"].startswith("BrokenProcessPool")
    assert figures.paths() == ["figures/demo/line.png", "figures/demo/line.svg"]


def test_figure_is_finished_though_the_run_is_interrupted(pool: WorkerPool, tmp_path: Path) -> None:
    draw = Draw()
    draw(interrupted, "demo/interrupted")
    assert drawn(pool, tmp_path, draw).errors() == {}
