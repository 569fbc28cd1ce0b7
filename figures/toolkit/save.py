"""Write figures to small files that have the same bytes in every run."""

import os
import textwrap
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle
from PIL import Image

from figures.toolkit.style import styled

# Twice the pixels that a README shows, for dense screens and print.
_DPI = 180
# Pillow adds up the colours of a palette in 32 bits: 255 a pixel must fit.
_MOST_PIXELS = 2**24
_FAILED = "#b00020"
_LINE_INCHES = 0.21


@styled
def save(figure: Figure, stem: Path | str) -> tuple[Path, Path]:
    """Write a figure as PNG and as SVG.

    Parameters
    ----------
    figure
        The figure to write.
    stem
        Path without ending; missing folders are made.

    Returns
    -------
    tuple of pathlib.Path
        The PNG and the SVG. Neither holds a date or a version, so equal figures give equal files.

    Raises
    ------
    OSError
        If a file cannot be written; it is then what it was before.
    """
    base = Path(stem)
    base.parent.mkdir(parents=True, exist_ok=True)
    png, svg = (base.parent / f"{base.name}.{kind}" for kind in ("png", "svg"))
    # One layout serves both files; left to itself, each would work it out twice.
    engine = figure.get_layout_engine()
    figure.draw_without_rendering()
    figure.set_layout_engine(None)
    drawn = BytesIO()
    compact(_rendered(figure, _DPI)).save(drawn, format="png", optimize=True)
    _replace(png, drawn.getvalue())
    _replace(svg, as_svg(figure))
    figure.set_layout_engine(engine)
    return png, svg


@styled
def as_svg(figure: Figure) -> bytes:
    """Write a figure as SVG, without a date or a version.

    Parameters
    ----------
    figure
        The figure to write.
    """
    written = BytesIO()
    figure.savefig(written, format="svg", dpi=_DPI, metadata={"Date": None, "Creator": None})
    return written.getvalue()


@styled
def as_png(figure: Figure, dpi: float) -> bytes:
    """Write a figure as PNG, for a screen.

    Parameters
    ----------
    figure
        The figure to write.
    dpi
        Pixels per inch.
    """
    written = BytesIO()
    _rendered(figure, dpi).save(written, format="png", compress_level=1)
    return written.getvalue()


def _rendered(figure: Figure, dpi: float) -> Image.Image:
    # `savefig` would draw twice, the first time for the layout, and parse every formula for each drawing.
    earlier, drawn_at = figure.canvas, figure.dpi
    canvas: Any = FigureCanvasAgg(figure)  # its methods have no types
    try:
        figure.set_dpi(dpi)
        canvas.draw()
        return Image.fromarray(np.asarray(canvas.buffer_rgba()))
    finally:
        figure.set_dpi(drawn_at)
        figure.set_canvas(earlier)


def _replace(path: Path, content: bytes) -> None:
    """Write a file in one step, so that no part of a picture is left where the disk is full."""
    written = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        written.write_bytes(content)
        written.replace(path)
    finally:
        written.unlink(missing_ok=True)


def compact(image: Image.Image) -> Image.Image:
    """Reduce a picture to a palette of 256 colours: enough for a drawing, and a small file.

    Parameters
    ----------
    image
        A picture on an opaque background.

    Returns
    -------
    PIL.Image.Image
        The same picture with a palette.
    """
    picture = image.convert("RGB")
    every = -(-picture.width * picture.height // _MOST_PIXELS)
    chosen = picture.resize((-(-picture.width // every), picture.height), Image.Resampling.NEAREST)
    palette = chosen.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
    return palette if every == 1 else picture.quantize(palette=palette, dither=Image.Dither.NONE)


@styled
def mark_failed(figure: Figure, sentence: str) -> Figure:
    """Mark a figure as belonging to a claim that failed.

    The figure grows by a band at its top that says why, so that nothing of it is covered.

    Parameters
    ----------
    figure
        The figure to mark; it grows by the band.
    sentence
        Why the claim failed; wrapped to the figure's width.

    Returns
    -------
    matplotlib.figure.Figure
        The same figure.
    """
    width, height = figure.get_size_inches()
    lines = textwrap.wrap(f"FAILED  {sentence}", width=max(20, int(width * 10.5)))
    band = _LINE_INCHES * len(lines) + 0.16
    total = height + band
    top = height / total
    figure.set_size_inches(width, total)
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0.006, 0.006, 0.988, top - 0.012))
    if figure.get_suptitle():
        figure.suptitle(figure.get_suptitle(), y=top - 0.08 / total)
    whole: dict[str, Any] = {"transform": figure.transFigure, "in_layout": False}
    figure.add_artist(Rectangle((0, top), 1, 1 - top, facecolor=_FAILED, edgecolor="none", **whole))
    figure.add_artist(Rectangle((0, 0), 1, 1, fill=False, edgecolor=_FAILED, linewidth=8, **whole))
    figure.text(
        0.012,
        (top + 1) / 2,
        "\n".join(lines),
        color="white",
        fontsize=10,
        fontweight="bold",
        ha="left",
        va="center",
        in_layout=False,
        parse_math=False,
    )
    return figure
