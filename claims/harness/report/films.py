"""Films: figures whose panels are frames, found in their SVG."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from figures.toolkit.film import FILM, FRAME, KEY

Box = tuple[float, float, float, float]
"""x, y, width and height of a rectangle."""

_SVG: Final = "{http://www.w3.org/2000/svg}"
_COLOUR: Final = re.compile(r"stroke: (#[0-9a-f]{6})\b")
_FEWEST_FRAMES: Final = 2
_MOST_BYTES: Final = 2**20


@dataclass(frozen=True)
class Frame:
    """A frame of a film: its caption, and its rectangle in the units of the SVG."""

    caption: str
    box: Box


@dataclass(frozen=True)
class Film:
    """A figure whose panels can be shown one at a time.

    Parameters
    ----------
    varied
        What varies from frame to frame.
    width, height
        Size of the whole figure, in the units of the SVG.
    frames
        The frames, in their order.
    key
        Colours, as hexadecimal codes, and what each means.
    """

    varied: str
    width: float
    height: float
    frames: tuple[Frame, ...]
    key: tuple[tuple[str, str], ...]

    @property
    def data(self) -> str:
        """The frames as JSON, for the script of a page."""
        return json.dumps([[frame.caption, *frame.box] for frame in self.frames])


def film_in(svg: Path) -> Film | None:
    """Find the frames that `figures.toolkit.film.mark_film` marked; None if a file holds no film.

    The file may come from anyone. Only numbers, colours and captions are taken from it.

    Parameters
    ----------
    svg
        An SVG that matplotlib wrote.
    """
    if svg.stat().st_size > _MOST_BYTES:
        return None
    text = svg.read_text(encoding="utf-8", errors="replace")
    if f'id="{FILM}' not in text:
        return None
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return None
    names = {group: group.get("id", "") for group in root.iter(f"{_SVG}g")}
    varied = next((name.removeprefix(FILM) for name in names.values() if name.startswith(FILM)), None)
    size = _numbers(root.get("viewBox", "").split())
    areas = {clip.get("id", ""): clip.find(f"{_SVG}rect") for clip in root.iter(f"{_SVG}clipPath")}
    frames = [
        Frame(name.removeprefix(FRAME), box)
        for group, name in names.items()
        if name.startswith(FRAME) and (box := _box(group, areas)) is not None
    ]
    key = [
        (colour, name.removeprefix(KEY))
        for group, name in names.items()
        if name.startswith(KEY) and (colour := _colour(group))
    ]
    if varied is None or size is None or len(frames) < _FEWEST_FRAMES:
        return None
    return Film(varied, size[2], size[3], tuple(frames), tuple(key))


def _box(group: ElementTree.Element, areas: Mapping[str, ElementTree.Element | None]) -> Box | None:
    """Find the rectangle of a panel: what its lines are clipped to."""
    clips = (part.get("clip-path", "") for part in group.iter())
    clip = next((text.removeprefix("url(#").removesuffix(")") for text in clips if text), "")
    area = areas.get(clip)
    return None if area is None else _numbers([area.get(side, "") for side in ("x", "y", "width", "height")])


def _colour(group: ElementTree.Element) -> str:
    styles = " ".join(part.get("style", "") for part in group.iter())
    found = _COLOUR.search(styles)
    return found[1] if found else ""


def _numbers(texts: Sequence[str]) -> Box | None:
    try:
        x, y, width, height = (round(float(text), 1) for text in texts)
    except (ValueError, OverflowError):
        return None
    finite = all(map(math.isfinite, (x, y, width, height)))
    return (x, y, width, height) if finite and width > 0 and height > 0 else None
