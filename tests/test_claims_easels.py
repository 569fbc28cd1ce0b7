"""Figures drawn in processes of their own."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from claims.draw import Draw
from claims.easels import Easels


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


def test_processes_end_with_the_run(easels: Easels) -> None:
    drawer = easels.start(os.getpid).result()
    easels.close()
    with pytest.raises(ProcessLookupError):
        os.kill(drawer, 0)
