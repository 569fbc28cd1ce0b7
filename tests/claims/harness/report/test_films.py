"""Frames of films are found in the SVG that matplotlib wrote, and in no other file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from claims.harness.report.films import film_in
from figures.introduction import embeddings_row
from figures.toolkit.film import mark_film
from figures.toolkit.save import mark_failed, save
from figures.toolkit.style import new_figure
from tests.helpers.reports import Page, document, html_of, outcome

W = np.array([[[1, 0], [0, 1]], [[1, 0], [-1, 0]], [[0.6, 0.8], [-1, 0]]])
CAPTIONS = ["0% sparse, 1 − S = 1", "80% sparse, 1 − S = 0.2", "90% sparse, 1 − S = 0.1"]


def film() -> Figure:
    return embeddings_row(W, [1, 0.2, 0.1], [1, 0.9])


@pytest.fixture
def svg(tmp_path: Path) -> Path:
    return save(film(), tmp_path / "figures" / "film")[1]


@pytest.mark.parametrize("draw", [film, lambda: mark_failed(film(), "It failed. " * 20)])
def test_each_frame_is_the_rectangle_of_its_panel(draw: Callable[[], Figure], tmp_path: Path) -> None:
    figure = draw()
    found = film_in(save(figure, tmp_path / "film")[1])
    assert found is not None
    assert found.varied == "sparsity"
    assert [frame.caption for frame in found.frames] == CAPTIONS
    for frame, axes in zip(found.frames, figure.axes, strict=False):
        area = axes.get_position()
        expected = (area.x0, 1 - area.y1, area.width, area.height)
        size = (found.width, found.height, found.width, found.height)
        shares = [length / whole for length, whole in zip(frame.box, size, strict=True)]
        assert shares == pytest.approx(expected, abs=2e-3)


def test_the_key_names_the_colours_of_the_legend(svg: Path) -> None:
    found = film_in(svg)
    assert found is not None
    assert found.key == (("#440154", "importance 1"), ("#bddf26", "importance 0.9"))


def test_captions_may_hold_any_text(tmp_path: Path) -> None:
    figure = new_figure(2)
    panels = figure.subplots(1, 2)
    captions = ["<b> \"1\" & '2'", "ö"]
    lines = [panel.plot([0, 1])[0] for panel in panels]
    mark_film(figure, "a < b", list(zip(panels, captions, strict=True)), [(lines[0], "<i>")])
    found = film_in(save(figure, tmp_path / "film")[1])
    assert found is not None
    assert (found.varied, [frame.caption for frame in found.frames]) == ("a < b", captions)


def test_a_figure_without_frames_is_no_film(tmp_path: Path) -> None:
    figure = new_figure(2)
    figure.subplots().plot([0, 1])
    assert film_in(save(figure, tmp_path / "plain")[1]) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("viewBox", "viewbox"),
        lambda text: text.replace("<rect", "<circle"),
        lambda text: text.replace("<rect x=", "<rect y2="),
        lambda text: text.replace('width="', 'width="-'),
        lambda text: text.replace('height="', 'height="inf'),
        lambda text: text.replace("clip-path", "clip"),
        lambda text: text.replace("frame: ", "", 2),
        lambda text: text + " " * 2**20,
        lambda text: text.replace("<svg", "<!DOCTYPE a [<!ENTITY b 'c'>]><svg", 1),
    ],
)
def test_a_damaged_film_is_shown_as_a_figure(damage: Callable[[str], str], svg: Path) -> None:
    svg.write_text(damage(svg.read_text(encoding="utf-8")), encoding="utf-8")
    assert film_in(svg) is None
    page = Page(html_of(document(outcome(figures=("figures/film.svg",))), svg.parent.parent))
    assert page.tags.count("img") == 1
    assert page.runs_only_its_own_script


def test_a_byte_that_is_no_text_is_shown_as_a_sign(svg: Path) -> None:
    svg.write_bytes(svg.read_bytes().replace(b"frame: 0%", b"frame: \xff%"))
    found = film_in(svg)
    assert found is not None
    assert found.frames[0].caption.startswith("\N{REPLACEMENT CHARACTER}%")


def test_a_film_is_embedded_once_and_brings_no_markup_of_its_own(svg: Path) -> None:
    svg.write_text(
        svg.read_text(encoding="utf-8").replace("</svg>", "<script>alert(1)</script></svg>"), encoding="utf-8"
    )
    figures = ("figures/film.png", "figures/film.svg")
    written = html_of(document(outcome(figures=figures), outcome(figures=figures)), svg.parent.parent)
    assert written.count("data:image/svg+xml;base64,") == 1
    assert "data:image/png" not in written
    page = Page(written)
    assert page.runs_only_its_own_script
    assert page.tags.count("image") == 1
