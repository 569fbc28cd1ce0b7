"""Mark the panels of a figure as the frames of a film, in a way that its SVG keeps.

A marked figure looks as before. A page that contains its SVG can show one frame at a time, because the ids of
groups in the SVG say where the frames are and what they show.
"""

from collections.abc import Sequence
from typing import Final

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

FILM: Final = "film: "
"""Start of the id of a film's group; what varies from frame to frame follows."""

FRAME: Final = "frame: "
"""Start of the id of a frame's group; its caption follows."""

KEY: Final = "key: "
"""Start of the id of a line in the legend; what its colour means follows."""


def mark_film(
    figure: Figure, varied: str, frames: Sequence[tuple[Axes, str]], key: Sequence[tuple[Artist, str]]
) -> None:
    """Mark panels as frames, in their order, and lines of the legend as their key.

    Parameters
    ----------
    figure
        The figure that contains the panels.
    varied
        What varies from frame to frame, such as ``"sparsity"``.
    frames
        The panels, each with what it shows in plain text. They have the same size, and each holds a line,
        which matplotlib clips to the panel.
    key
        Lines of the legend as it draws them, each with what its colour means in plain text.
    """
    figure.set_gid(FILM + varied)
    for panel, caption in frames:
        panel.set_gid(FRAME + caption)
    for line, meaning in key:
        line.set_gid(KEY + meaning)
