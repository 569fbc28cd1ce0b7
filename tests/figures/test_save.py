"""Writing figures: the mark of a failed claim, the compact palette, the same bytes in every run."""

import errno
from io import BytesIO
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from figures.toolkit.save import as_png, as_svg, compact, mark_failed, save
from figures.toolkit.style import new_figure, styled

RED = (176, 0, 32)
SENTENCE = "share of cells that agree with theory is 0.71 [0.66, 0.76], outside at least 0.95"


@styled
def plain() -> Figure:
    figure = new_figure(2.0, width=5.0)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1])
    axes.set_title("title")
    figure.suptitle("heading")
    return figure


def test_the_mark_of_a_failure_says_why_in_a_red_band_and_frame(tmp_path: Path) -> None:
    png, _ = save(mark_failed(plain(), SENTENCE), tmp_path / "figure")
    picture = np.asarray(Image.open(png).convert("RGB")).astype(int)
    red = np.abs(picture - RED).max(-1) < 12
    assert red[2].mean() > 0.9
    assert red[:, 1].mean() > 0.9
    assert red[:, -2].mean() > 0.9
    assert red[-2].mean() > 0.9


def test_the_mark_of_a_failure_covers_nothing() -> None:
    figure = mark_failed(plain(), SENTENCE + ", " + SENTENCE)
    figure.draw_without_rendering()
    texts = {
        text.get_text(): text.get_window_extent()
        for text in figure.findobj(Text)
        if isinstance(text, Text) and text.get_text()
    }
    (mark,) = (box for text, box in texts.items() if text.startswith("FAILED"))
    others = [box for text, box in texts.items() if not text.startswith("FAILED")]
    assert max(box.y1 for box in others) < mark.y0
    assert mark.x1 <= figure.bbox.width
    assert figure.get_size_inches()[1] > 2.0


WIDE = "no more than some models " * 10


def test_the_mark_of_a_failure_stays_inside_a_wide_figure() -> None:
    figure = mark_failed(new_figure(2.0), WIDE)
    figure.draw_without_rendering()
    [mark] = [text for text in figure.findobj(Text) if isinstance(text, Text) and "FAILED" in text.get_text()]
    assert mark.get_window_extent().x1 <= figure.bbox.width


def test_a_sentence_with_dollars_is_not_read_as_mathematics() -> None:
    figure = mark_failed(plain(), "cost is $3 and more, 5$ in all \\frac")
    figure.draw_without_rendering()


def test_saving_twice_gives_the_same_files(tmp_path: Path) -> None:
    figure = plain()
    once, twice = save(figure, tmp_path / "a"), save(figure, tmp_path / "b")
    for one, two in zip(once, twice, strict=True):
        assert one.read_bytes() == two.read_bytes()


def test_the_palette_keeps_flat_colours_exact() -> None:
    picture = np.full((60, 60, 3), 255, np.uint8)
    picture[:30, :30] = (213, 94, 0)
    picture[30:, 30:] = np.random.default_rng(0).integers(0, 256, (30, 30, 3))
    kept = np.asarray(compact(Image.fromarray(picture)).convert("RGB"))
    assert (kept[:30, :30] == (213, 94, 0)).all()
    assert (kept[:30, 30:] == 255).all()


def test_colours_of_a_picture_too_large_for_a_32_bit_sum_are_kept() -> None:
    picture = np.full((4300, 4100, 3), 250, dtype=np.uint8)
    picture[:100, :100], picture[2000:2100, 2000:2100] = (200, 0, 0), (0, 90, 200)
    kept = np.asarray(compact(Image.fromarray(picture)).convert("RGB"))
    assert np.array_equal(kept, picture)


def test_files_hold_neither_a_date_nor_a_version(tmp_path: Path) -> None:
    png, svg = save(plain(), tmp_path / "figure")
    for path in (png, svg):
        assert matplotlib.__version__.encode() not in path.read_bytes()
    assert b"dc:date" not in svg.read_bytes()


def test_the_bytes_of_a_figure_are_those_of_its_file(tmp_path: Path) -> None:
    _, svg = save(plain(), tmp_path / "figure")
    with svg.open("rb") as file:
        assert as_svg(plain()).split(b"<g id=")[0] == file.read().split(b"<g id=")[0]
    assert as_svg(plain()) == as_svg(plain())


def test_a_picture_for_a_screen_has_its_resolution() -> None:
    with Image.open(BytesIO(as_png(plain(), 50))) as picture:
        assert picture.size == (250, 100)


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_a_file_that_cannot_be_written_is_what_it_was_and_nothing_is_left_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    before = [path.read_bytes() for path in save(new_figure(1), tmp_path / "a")]
    write = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if f".{ending}" not in path.name:
            return write(path, content)
        write(path, content[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        save(new_figure(1), tmp_path / "a")
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == before


def test_a_screen_picture_is_that_which_matplotlib_saves_and_leaves_the_figure_as_it_was() -> None:
    def pixels(drawn: bytes) -> bytes:
        with Image.open(BytesIO(drawn)) as picture:
            assert picture.size == (550, 220)
            return picture.convert("RGB").tobytes()

    figure, saved = plain(), BytesIO()
    before = (figure.dpi, figure.canvas, figure.get_layout_engine())
    drawn = as_png(figure, 110)
    assert (figure.dpi, figure.canvas, figure.get_layout_engine()) == before
    styled(plain().savefig)(saved, format="png", dpi=110)
    assert pixels(drawn) == pixels(saved.getvalue())
