"""What a drawn figure shows: colours at data coordinates, legend entries, lines, panels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import Collection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Annotation, Text
from numpy.typing import ArrayLike, NDArray

from figures.toolkit.style import styled

Colour = tuple[float, float, float]
Floats = NDArray[np.float64]


class Picture:
    """A rendered figure.

    Parameters
    ----------
    figure
        The figure, drawn once at 100 pixels per inch.
    """

    def __init__(self, figure: Figure) -> None:
        canvas: Any = FigureCanvasAgg(figure)
        styled(canvas.draw)()
        self.pixels: Floats = np.asarray(canvas.buffer_rgba())[..., :3] / 255

    def colour(self, axes: Axes, x: float, y: float) -> Colour:
        """Return the RGB colour in [0, 1] of the pixel at data coordinates."""
        across, up = axes.transData.transform((x, y))
        red, green, blue = self.pixels[len(self.pixels) - 1 - int(up), int(across)]
        return float(red), float(green), float(blue)


def same_picture(one: Figure, other: Figure) -> bool:
    """Return whether two figures render to the same pixels."""
    first, second = Picture(one).pixels, Picture(other).pixels
    return first.shape == second.shape and bool((first == second).all())


def near(colour: ArrayLike) -> Any:
    """Return what compares equal to a colour but for the rounding to 8 bits and antialiasing."""
    return pytest.approx(np.asarray(colour, dtype=np.float64)[..., :3].tolist(), abs=0.02)


def panels(figure: Figure) -> list[Axes]:
    """Return the panels of a figure in the order in which they were made, without colour bars."""
    return [axes for axes in figure.axes if axes.get_label() != "<colorbar>" and axes.axison]


def panel(figure: Figure, title: str) -> Axes:
    """Return the panel whose title starts with a text; there must be one."""
    (found,) = (axes for axes in figure.axes if _title(axes).startswith(title))
    return found


def _title(axes: Axes) -> str:
    return "".join(axes.get_title(where) for where in ("left", "center", "right"))


def colour_bar(figure: Figure) -> Axes:
    """Return the axes of the figure's colour bar; there must be one."""
    found = [axes for axes in figure.axes if axes.get_label() == "<colorbar>"]
    (bar,) = found or [c for axes in figure.axes for c in axes.child_axes if isinstance(c, Axes)]
    return bar


def legend(parent: Figure | Axes) -> dict[str, Artist]:
    """Return the handles of the legend of a figure or of a panel, by their labels."""
    if isinstance(parent, Figure):
        (box,) = parent.legends
    else:
        found = parent.get_legend()
        assert found is not None
        box = found
    texts = [text.get_text() for text in box.get_texts()]
    handles = [handle for handle in box.legend_handles if handle is not None]
    return dict(zip(texts, handles, strict=True))


def colour(artist: Artist) -> Colour:
    """Return the colour of a line, a patch, or the first element of a collection, opaque."""
    if isinstance(artist, Line2D):
        hollow = artist.get_linestyle() == "None" and artist.get_markerfacecolor() == "white"
        return to_rgb(artist.get_markeredgecolor() if hollow else artist.get_color())
    if isinstance(artist, Patch):
        return to_rgb(artist.get_facecolor())
    assert isinstance(artist, Collection)
    return to_rgb(np.asarray(artist.get_facecolor())[0])


def colours(artists: Iterable[Artist]) -> list[Colour]:
    """Return the colour of each artist."""
    return [colour(artist) for artist in artists]


def points(line: Line2D) -> Floats:
    """Return the points of a line, shape ``[point, 2]``."""
    return np.asarray(line.get_xydata(), dtype=np.float64)


def line(axes: Axes, label: str) -> Line2D:
    """Return the line of a panel that has a label; there must be one."""
    (found,) = (each for each in axes.get_lines() if each.get_label() == label)
    return found


def line_like(axes: Axes, entry: Artist) -> Line2D:
    """Return the line of a panel that has the colour and the dashes of a legend entry; there must be one."""
    assert isinstance(entry, Line2D)
    (found,) = (
        each
        for each in axes.get_lines()
        if len(points(each)) > 0
        and each.get_color() == entry.get_color()
        and each.get_linestyle() == entry.get_linestyle()
        and each.get_linewidth() == entry.get_linewidth()
    )
    return found


def spokes(axes: Axes) -> dict[tuple[float, float], Colour]:
    """Return the colour of each line that starts at the origin, by its rounded end."""
    found = {}
    for each in axes.get_lines():
        ends = points(each)
        if len(ends) == 2 and (ends[0] == 0).all():
            found[place(ends[1])] = colour(each)
    return found


def band(axes: Axes) -> PolyCollection:
    """Return the first band between two curves of a panel."""
    return bands(axes)[0]


def bands(axes: Axes) -> list[PolyCollection]:
    """Return the bands between two curves of a panel."""
    return [each for each in axes.collections if isinstance(each, PolyCollection)]


def corners(area: PolyCollection) -> set[tuple[float, float]]:
    """Return the corners of an area in data coordinates, rounded for use as keys."""
    (path,) = area.get_paths()
    return {place(corner) for corner in np.asarray(path.vertices, dtype=np.float64)}


def place(point: ArrayLike) -> tuple[float, float]:
    """Return a point rounded to six digits, for use as a key."""
    x, y = np.round(np.asarray(point, dtype=np.float64), 6) + 0.0
    return float(x), float(y)


def vertical_lines(axes: Axes) -> list[float]:
    """Return the positions of the lines that cross a panel from bottom to top."""
    return [
        float(np.asarray(each.get_xdata())[0])
        for each in axes.get_lines()
        if np.asarray(each.get_ydata()).tolist() == [0, 1]
    ]


def ticks(axis: Axis) -> dict[str, float]:
    """Return the places of the major ticks of an axis by their labels, after drawing."""
    labels = [text.get_text() for text in axis.get_ticklabels()]
    return dict(zip(labels, (float(tick) for tick in axis.get_ticklocs()), strict=True))


def texts(axes: Axes) -> dict[str, tuple[float, float]]:
    """Return the places of the texts of a panel in their own coordinates."""
    found = {}
    for text in axes.texts:
        x, y = text.get_position()
        found[text.get_text()] = (float(x), float(y))
    return found


def anchors(axes: Axes) -> dict[str, tuple[float, float]]:
    """Return the points that the annotations of a panel annotate, by their texts."""
    notes = [text for text in axes.texts if isinstance(text, Annotation)]
    return {note.get_text(): (float(note.xy[0]), float(note.xy[1])) for note in notes}


def upright(axes: Axes) -> bool:
    """Return whether larger values lie to the right and at the top."""
    return not axes.xaxis_inverted() and not axes.yaxis_inverted()


def shuffled(draw: Callable[[NDArray[np.intp]], Figure], n: int) -> tuple[Figure, Figure]:
    """Return a figure drawn with n points in order, and the same with the last point first."""
    return draw(np.arange(n)), draw(np.roll(np.arange(n), 1))


def shown_texts(figure: Figure) -> set[str]:
    """Return all visible texts of a figure, after drawing."""
    styled(figure.draw_without_rendering)()
    return {
        text.get_text() for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()
    }
