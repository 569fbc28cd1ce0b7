"""Figures of a run: found only inside its folder, and made part of a page."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from claims.harness.report.films import Film, film_in

_TYPES: Final = {".png": "image/png", ".svg": "image/svg+xml"}
_MOST_BYTES: Final = 20 * 2**20


@dataclass(frozen=True)
class Picture:
    """A figure that exists.

    Parameters
    ----------
    name
        Path of the figure without the suffix of its files, such as "figures/geometry/dimensionality".
    image
        An address that contains the whole image, for an HTML page.
    link
        Path of its PNG relative to the run's folder, for Markdown; None if there is no PNG.
    """

    name: str
    image: str
    link: str | None


class Album:
    """The figures of one run; every file is read once.

    Parameters
    ----------
    folder
        The folder of the run's results.json.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._images: dict[Path, str] = {}

    def picture(self, name: str, paths: Sequence[str], only: str = "") -> Picture | None:
        """Find a figure; None if none of its files can be used.

        Parameters
        ----------
        name
            One of `names(paths)`.
        paths
            A claim's figures, as in results.json.
        only
            Suffix of the file that the image is made of; the smallest file if empty.
        """
        files = files_of(name, paths, self._folder)
        image = next((file for file in files if only in ("", file.suffix)), None)
        if image is None:
            return None
        png = next((file for file in files if file.suffix == ".png"), None)
        link = None if png is None else png.relative_to(self._folder).as_posix()
        return Picture(name, self._image(image), link)

    def film(self, name: str, paths: Sequence[str]) -> Film | None:
        """Find the frames of a figure; None if it is no film.

        Parameters
        ----------
        name
            One of `names(paths)`.
        paths
            A claim's figures, as in results.json.
        """
        svg = next((file for file in files_of(name, paths, self._folder) if file.suffix == ".svg"), None)
        return None if svg is None else film_in(svg)

    def _image(self, file: Path) -> str:
        if file not in self._images:
            self._images[file] = embedded(file)
        return self._images[file]


def names(paths: Sequence[str]) -> list[str]:
    """List figures once each: every figure is stored as PNG and as SVG."""
    return list(dict.fromkeys(_name(path) for path in paths))


def drawn_earlier(name: str, before: Sequence[str]) -> list[str]:
    """Find the name of the same figure in an earlier run; at most one.

    Parameters
    ----------
    name
        Name of the figure in this run.
    before
        The claim's figures of the earlier run, as in results.json.
    """
    return [other for other in names(before) if _in_any_folder(other) == _in_any_folder(name)]


def files_of(name: str, paths: Sequence[str], folder: Path) -> list[Path]:
    """Find a figure's files, smallest first.

    A results.json may come from anyone, so only images inside its own folder are ever opened.

    Parameters
    ----------
    name
        One of `names(paths)`.
    paths
        A claim's figures, as in results.json.
    folder
        The folder of the results.json.
    """
    home = folder.resolve()
    found = [
        (size, file)
        for path in paths
        if _name(path) == name
        and (file := _image_inside(home, path)) is not None
        and (size := file.stat().st_size) <= _MOST_BYTES
    ]
    return [file for _, file in sorted(found)]


def embedded(file: Path) -> str:
    """Make an address that contains the whole image."""
    return f"data:{_TYPES[file.suffix]};base64,{base64.b64encode(file.read_bytes()).decode()}"


def _name(path: str) -> str:
    place = PurePosixPath(path)
    return place.with_suffix("").as_posix() if place.name else path


def _in_any_folder(name: str) -> str:
    return name.partition("/")[2]


def _image_inside(home: Path, path: str) -> Path | None:
    try:
        file = (home / path).resolve()
        if file.suffix in _TYPES and file.is_relative_to(home) and file.is_file():
            return file
    except (OSError, RuntimeError, ValueError):  # a name too long, a loop of links, a null character
        pass
    return None
