"""Figures are found inside their run's folder alone, and each is embedded from its smallest file."""

from __future__ import annotations

from pathlib import Path

import pytest

from claims.harness.report.pictures import Album, drawn_earlier, files_of, names
from tests.helpers.reports import PIXEL


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run with a figure, beside a file that is none of its business."""
    (tmp_path / "run" / "figures").mkdir(parents=True)
    (tmp_path / "run" / "figures" / "a.png").write_bytes(PIXEL)
    (tmp_path / "run" / "figures" / "a.svg").write_bytes(PIXEL + b" " * 100)
    (tmp_path / "secret.png").write_bytes(b"secret")
    return tmp_path / "run"


@pytest.mark.parametrize(
    "path", ["../secret.png", "{parent}/secret.png", "figures/../../secret.png", "figures/a.html", "no.png"]
)
def test_figures_outside_the_folder_are_never_opened(folder: Path, path: str) -> None:
    path = path.format(parent=folder.parent)
    [name] = names([path])
    assert files_of(name, [path], folder) == []
    assert Album(folder).picture(name, [path]) is None


def test_link_that_leaves_the_folder_is_not_followed(folder: Path) -> None:
    (folder / "figures" / "b.png").symlink_to(folder.parent / "secret.png")
    assert files_of("figures/b", ["figures/b.png"], folder) == []


def test_picture_embeds_the_smallest_file_and_links_to_the_png(folder: Path) -> None:
    picture = Album(folder).picture("figures/a", ["figures/a.svg", "figures/a.png"])
    assert picture is not None
    assert picture.image.startswith("data:image/png;base64,")
    assert picture.link == "figures/a.png"
    only_svg = Album(folder).picture("figures/a", ["figures/a.svg"])
    assert only_svg is not None
    assert only_svg.link is None


def test_a_figure_stored_in_two_files_is_listed_once() -> None:
    assert names(["figures/a.png", "figures/a.svg", "figures/b.png"]) == ["figures/a", "figures/b"]


def test_an_earlier_figure_is_found_whatever_folder_it_is_in() -> None:
    assert drawn_earlier("failed/demo/a", ["before/demo/b.png", "before/demo/a.png"]) == ["before/demo/a"]
    assert drawn_earlier("failed/demo/a", ["before/other/a.png"]) == []
