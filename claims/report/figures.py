"""Figures of a run, found with care and made part of a page."""

from __future__ import annotations

import base64
from pathlib import Path, PurePosixPath
from typing import Final

_TYPES: Final = {".png": "image/png", ".svg": "image/svg+xml"}


def stems(paths: list[str]) -> list[str]:
    """List figures once each: every figure is stored as PNG and as SVG."""
    return list(dict.fromkeys(PurePosixPath(path).with_suffix("").as_posix() for path in paths))


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
        file
        for path in paths
        if PurePosixPath(path).with_suffix("").as_posix() == stem
        and PurePosixPath(path).suffix in _TYPES
        and (file := (home / path).resolve()).is_relative_to(home)
        and file.is_file()
    ]
    return sorted(found, key=lambda file: file.stat().st_size)


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
    return [
        path for path in before if PurePosixPath(path).with_suffix("").as_posix().partition("/")[2] == name
    ]


def embedded(file: Path) -> str:
    """Make an address that holds the whole image."""
    return f"data:{_TYPES[file.suffix]};base64,{base64.b64encode(file.read_bytes()).decode()}"
