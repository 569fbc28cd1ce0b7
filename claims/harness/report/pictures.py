"""Figures of a run, found with care and made part of a page."""

from __future__ import annotations

import base64
from pathlib import Path, PurePosixPath
from typing import Final

_TYPES: Final = {".png": "image/png", ".svg": "image/svg+xml"}
_MOST_BYTES: Final = 20 * 2**20


def stems(paths: list[str]) -> list[str]:
    """List figures once each: every figure is stored as PNG and as SVG."""
    return list(dict.fromkeys(_stem(path) for path in paths))


def files_of(stem: str, paths: list[str], folder: Path) -> list[Path]:
    """Find a figure's files, smallest first.

    A results.json may come from anyone, so only images inside its own folder are ever opened.

    Parameters
    ----------
    stem
        One of `stems(paths)`.
    paths
        A claim's figures, as in results.json.
    folder
        Folder of the results.json.
    """
    home = folder.resolve()
    found = [
        (size, file)
        for path in paths
        if _stem(path) == stem
        and (file := _image(home, path)) is not None
        and (size := file.stat().st_size) <= _MOST_BYTES
    ]
    return [file for _, file in sorted(found)]


def earlier(stem: str, before: list[str]) -> list[str]:
    """Find how an earlier run drew a figure: its file, if the run kept one.

    Parameters
    ----------
    stem
        One of `stems(paths)`.
    before
        A claim's figures of an earlier run, as in results.json.
    """
    name = stem.partition("/")[2]
    return [path for path in before if _stem(path).partition("/")[2] == name]


def embedded(file: Path) -> str:
    """Make an address that holds the whole image."""
    return f"data:{_TYPES[file.suffix]};base64,{base64.b64encode(file.read_bytes()).decode()}"


def _stem(path: str) -> str:
    place = PurePosixPath(path)
    return place.with_suffix("").as_posix() if place.name else path


def _image(home: Path, path: str) -> Path | None:
    try:
        file = (home / path).resolve()
        if file.suffix in _TYPES and file.is_relative_to(home) and file.is_file():
            return file
    except (OSError, RuntimeError, ValueError):  # a name too long, a loop of links, a null character
        pass
    return None
