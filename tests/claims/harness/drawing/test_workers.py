"""Figures drawn in processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from claims.harness.drawing.draw import Draw
from claims.harness.drawing.workers import Easels
from tests.helpers.paths import ROOT


@pytest.fixture
def easels() -> Iterator[Easels]:
    easels = Easels()
    yield easels
    easels.close()


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


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def errors_of(easels: Easels, folder: Path, draw: Draw) -> list[str]:
    return draw.start(easels, folder, None).wait()[1]


def test_figures_are_written_by_another_process(easels: Easels, tmp_path: Path) -> None:
    assert easels.start(os.getpid).result() != os.getpid()
    draw = Draw()
    draw(line, "demo/line", [1.0, 2.0])
    drawn = draw.start(easels, tmp_path, None)
    assert drawn.wait() == (["figures/demo/line.png", "figures/demo/line.svg"], [])
    assert drawn.done
    assert (tmp_path / "figures" / "demo" / "line.png").read_bytes().startswith(b"\x89PNG")


def test_warning_while_drawing_is_an_error(easels: Easels, tmp_path: Path) -> None:
    draw = Draw()
    draw(careless, "demo/careless")
    draw(line, "demo/line", [1.0])
    paths, errors = draw.start(easels, tmp_path, None).wait()
    assert errors == ["The figure demo/careless could not be drawn: RuntimeWarning: log of 0"]
    assert paths == ["figures/demo/line.png", "figures/demo/line.svg"]


def test_figure_of_something_that_cannot_be_handed_over_is_one_sentence(
    easels: Easels, tmp_path: Path
) -> None:
    draw = Draw()
    draw(lambda: Figure(), "demo/local")
    (error,) = errors_of(easels, tmp_path, draw)
    assert error.startswith("The figure demo/local could not be drawn: ")
    assert "pickle" in error


def test_figure_that_kills_its_process_leaves_the_next_one_a_new_process(
    easels: Easels, tmp_path: Path
) -> None:
    deadly_one, next_one = Draw(), Draw()
    deadly_one(deadly, "demo/deadly")
    next_one(line, "demo/line", [1.0])
    (error,) = errors_of(easels, tmp_path, deadly_one)
    assert error.startswith("The figure demo/deadly could not be drawn: BrokenProcessPool")
    assert errors_of(easels, tmp_path, next_one) == []


def test_figure_is_finished_though_the_run_is_interrupted(easels: Easels, tmp_path: Path) -> None:
    draw = Draw()
    draw(interrupted, "demo/interrupted")
    assert errors_of(easels, tmp_path, draw) == []


def test_processes_end_with_the_run(easels: Easels) -> None:
    drawer = easels.start(os.getpid).result()
    easels.close()
    assert not is_running(drawer)


KILLED = """
import os, signal
from claims.harness.drawing.workers import Easels
if __name__ == "__main__":
    print(Easels().start(os.getpid).result(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not there")
def test_processes_end_with_a_run_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    paths = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = subprocess.run(
        [sys.executable, script], env=paths, stdout=subprocess.PIPE, text=True, check=False
    )
    drawer, until = int(killed.stdout), time.monotonic() + 30
    assert killed.returncode == -signal.SIGKILL
    while is_running(drawer):
        assert time.monotonic() < until
        time.sleep(0.01)
