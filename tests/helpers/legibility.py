"""What every figure must be at a README's size: labelled, legible, and a small file."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.collections import Collection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from figures.toolkit.save import save
from figures.toolkit.style import WIDTH

SMALLEST_TEXT = 8
"""Font size in points."""
LARGEST_FILE = 150_000
"""Size of a PNG in bytes."""


def assert_legible(figure: Figure, folder: Path) -> None:
    """Save a figure; check its files, that texts are large enough, inside and apart, and legends unambiguous.

    Parameters
    ----------
    figure
        The figure to check.
    folder
        Folder for its files.
    """
    png, svg = save(figure, folder / "section" / "figure")
    assert png.stat().st_size < LARGEST_FILE
    with Image.open(png) as picture:
        assert len(picture.convert("RGB").getcolors(2**24) or ()) > 2
    assert ElementTree.parse(svg).getroot().tag.endswith("svg")

    texts = _texts_with_extents(figure)
    width, height = figure.bbox.size
    clipped = [
        text
        for text, box in texts
        if min(box.x0, box.y0) < -0.5 or box.x1 > width + 0.5 or box.y1 > height + 0.5
    ]
    overlapping = [
        (first, second)
        for (first, a), (second, b) in combinations(texts, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1.5 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1.5
    ]
    sizes = [float(text.get_fontsize()) for text in figure.findobj(Text) if text.get_text().strip()]
    assert not clipped
    assert not alike_in_legends(figure)
    assert not overlapping
    assert min(sizes) >= SMALLEST_TEXT
    assert figure.get_figwidth() <= WIDTH


def alike_in_legends(figure: Figure) -> list[tuple[str, str]]:
    """Return the pairs of different labels of one legend whose marks look the same."""
    return [
        (first, second)
        for legend in figure.findobj(Legend)
        if isinstance(legend, Legend)
        for (first, look), (second, other) in combinations(_entries(legend), 2)
        if first != second and look == other
    ]


def _entries(legend: Legend) -> list[tuple[str, tuple[object, ...]]]:
    texts = [text.get_text() for text in legend.get_texts()]
    return [(text, _look(mark)) for text, mark in zip(texts, legend.legend_handles, strict=True) if mark]


def _look(mark: Artist) -> tuple[object, ...]:
    if isinstance(mark, Line2D):
        shape = (mark.get_marker(), mark.get_markersize()) if mark.get_marker() not in ("", "None") else ()
        faces = (to_hex(mark.get_markerfacecolor()), to_hex(mark.get_markeredgecolor())) if shape else ()
        stroke = (mark.get_linestyle(), mark.get_linewidth(), to_hex(mark.get_color()))
        return *shape, *faces, *(stroke if mark.get_linestyle() != "None" else ()), mark.get_alpha()
    if isinstance(mark, Patch):
        return mark.get_facecolor(), mark.get_edgecolor(), mark.get_hatch(), mark.get_linestyle()
    assert isinstance(mark, Collection)
    return tuple(to_hex(c, keep_alpha=True) for c in (*mark.get_facecolor(), *mark.get_edgecolor()))


def _texts_with_extents(figure: Figure) -> list[tuple[str, Bbox]]:
    # Saving has laid the figure out; once is enough.
    figure.set_layout_engine(None)
    figure.draw_without_rendering()
    outside: set[int] = set()
    for axis in figure.findobj(Axis):
        assert isinstance(axis, Axis)
        low, high = sorted(axis.get_view_interval())
        slack = 1e-9 * (high - low)
        for tick in axis.get_major_ticks():
            if not low - slack <= tick.get_loc() <= high + slack:
                outside |= {id(tick.label1), id(tick.label2)}
    texts = [
        text
        for text in figure.findobj(Text)
        if isinstance(text, Text) and text.get_visible() and id(text) not in outside
    ]
    extents = [(text.get_text(), text.get_window_extent()) for text in texts]
    return [(text, extent) for text, extent in extents if text.strip() and extent.width > 0]
