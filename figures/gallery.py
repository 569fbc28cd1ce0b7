"""The README's gallery: a run's figures made small, and one contact sheet of all of them.

``python -m figures.gallery replication figures/gallery`` rewrites the gallery from the figures of a run.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont

from figures.toolkit.save import compact
from figures.toolkit.style import INK, MUTED

CONTACT_SHEET = "contact_sheet.png"

# A README's width, doubled for dense screens only where that leaves the file small.
_IMAGE_WIDTH = 1200
_GAP = 36
_CAPTION = 34
_SPACE = 4


def contact_sheet(paths: Sequence[Path | str], columns: int = 4, width: int = 2600) -> Image.Image:
    """Compose pictures into one, in columns, each with its section and name above it.

    Parameters
    ----------
    paths
        PNG files; the folder of each names its section.
    columns
        Pictures side by side.
    width
        Width of the sheet in pixels.

    Returns
    -------
    PIL.Image.Image
        The sheet. Pictures keep their proportions and share one scale; each goes to the column that is
        shortest so far, so that the paper's order runs down the sheet and no section leaves a gap.

    Raises
    ------
    ValueError
        If there are no pictures, or columns or width cannot hold one.
    """
    if not paths:
        raise ValueError("paths must name at least one picture.")
    column_width = (width - (columns + 1) * _GAP) // columns if columns > 0 else 0
    if column_width < 50:
        raise ValueError(f"columns = {columns} must be positive and leave 50 pixels each of width = {width}.")

    # One scale for all keeps their text at one size.
    scale = column_width / max(_width(path) for path in map(Path, paths))
    section_font, caption_font = _font(21, bold=True), _font(19)
    placed: list[tuple[Image.Image, tuple[int, int]]] = []
    texts: list[tuple[tuple[int, int], str, ImageFont.FreeTypeFont, str]] = []
    heights = [_GAP] * columns
    for path in map(Path, paths):
        with Image.open(path) as source:
            picture = _scaled(source, round(scale * source.width))
        column = heights.index(min(heights))
        left, top = _GAP + column * (column_width + _GAP), heights[column]
        section = _readable(path.parent.name).capitalize()
        texts.append(((left, top), section, section_font, INK))
        after = left + round(section_font.getlength(f"{section} ")) + _SPACE
        texts.append(((after, top + 1), _readable(path.stem), caption_font, MUTED))
        placed.append((picture, (left, top + _CAPTION)))
        heights[column] = top + _CAPTION + picture.height + _GAP

    sheet = Image.new("RGB", (width, max(heights)), "white")
    for picture, corner in placed:
        sheet.paste(picture, corner)
    pen = ImageDraw.Draw(sheet)
    for corner, text, font, colour in texts:
        pen.text(corner, text, fill=colour, font=font)
    return sheet


def regenerate(replication: Path, target: Path, *, columns: int = 4) -> list[Path]:
    """Rewrite the gallery from the figures of a run.

    Parameters
    ----------
    replication
        Output folder of a run. The gallery takes its ``figures/SECTION/NAME.png``, and none of failed claims.
    target
        Folder of the gallery; pictures that the run does not have stay as they are.
    columns
        Pictures side by side on the contact sheet.

    Returns
    -------
    list of pathlib.Path
        The files written: ``SECTION/NAME.png`` each, and the contact sheet, which shows the whole gallery.

    Raises
    ------
    ValueError
        If the run has no figures.
    """
    sources = sorted((replication / "figures").glob("*/*.png"))
    if not sources:
        raise ValueError(f"{replication / 'figures'} holds no SECTION/NAME.png; run the replication first.")
    written = []
    for source in sources:
        path = target / source.parent.name / source.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(source) as picture:
            compact(_scaled(picture, min(_IMAGE_WIDTH, picture.width))).save(path, optimize=True)
        written.append(path)
    sheet = target / CONTACT_SHEET
    compact(contact_sheet(_in_paper_order(target), columns)).save(sheet, optimize=True)
    return [*written, sheet]


def main(arguments: Sequence[str] | None = None) -> int:
    """Regenerate the gallery from the command line.

    Parameters
    ----------
    arguments
        Command line arguments; those of the process where None.

    Returns
    -------
    int
        Exit code: 0, or 2 with one sentence on stderr where the run has no figures.
    """
    parser = argparse.ArgumentParser(
        prog="python -m figures.gallery", description="Rewrite the gallery from the figures of a run."
    )
    parser.add_argument("replication", type=Path, help="output folder of a run, such as replication/")
    parser.add_argument("target", type=Path, help="folder of the gallery, such as figures/gallery")
    parser.add_argument("--columns", type=int, default=4, help="pictures side by side on the contact sheet")
    options = parser.parse_args(arguments)
    try:
        written = regenerate(options.replication, options.target, columns=options.columns)
    except (ValueError, OSError, SyntaxError, Image.DecompressionBombError) as error:  # as Pillow raises them
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    for path in written:
        print(f"{path}  {path.stat().st_size / 1024:.0f} KiB")
    return 0


_SECTIONS = (
    "introduction",
    "demonstrating",
    "mathematics",
    "phase",
    "geometry",
    "nonuniform",
    "correlated",
    "learning",
    "adversarial",
    "privileged",
    "computation",
    "wide",
)


def _in_paper_order(target: Path) -> list[Path]:
    def place(path: Path) -> tuple[int, str, str]:
        section = path.parent.name
        return (_SECTIONS.index(section) if section in _SECTIONS else len(_SECTIONS), section, path.name)

    return sorted(target.glob("*/*.png"), key=place)


def _width(path: Path) -> int:
    with Image.open(path) as picture:
        return picture.width


def _readable(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def _scaled(picture: Image.Image, width: int) -> Image.Image:
    height = max(1, round(picture.height * width / picture.width))
    return picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)


def _font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name, size)


if __name__ == "__main__":
    raise SystemExit(main())
