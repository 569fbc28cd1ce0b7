"""Chapters of the companion at sizes that train in a moment."""

from __future__ import annotations

from typing import Any, Final

from companion.chapter import Chapter
from companion.chapters import CHAPTERS

SMALL: Final[dict[str, dict[str, Any]]] = {
    "demonstrating": {"n": 6, "m": 2},
    "phase": {"cells": 3},
    "uniform": {"n": 8, "m": 3, "steps": 400},
    "learning": {"steps": 400},
    "computation": {"n": 2, "m": 4},
    "adversarial": {"n": 12, "m": 3},
}


def small(name: str) -> tuple[Chapter, dict[str, Any]]:
    """Return a chapter and valid values that are small."""
    chapter = CHAPTERS[name]
    values, refused = chapter.checked(chapter.defaults() | SMALL.get(name, {}))
    assert not refused
    return chapter, values
