"""Writing figures: the mark of a failed claim, the compact palette, the gallery."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from figures.gallery import CONTACT_SHEET, contact_sheet, main, regenerate
from figures.toolkit.save import compact, mark_failed, save
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
    texts = {text.get_text(): text.get_window_extent() for text in figure.findobj(Text) if text.get_text()}
    (mark,) = (box for text, box in texts.items() if text.startswith("FAILED"))
    others = [box for text, box in texts.items() if not text.startswith("FAILED")]
    assert max(box.y1 for box in others) < mark.y0
    assert mark.x1 <= figure.bbox.width
    assert figure.get_size_inches()[1] > 2.0


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


@pytest.fixture
def replication(tmp_path: Path) -> Path:
    for name, size in (("phase/two_in_one", (300, 100)), ("introduction/row", (200, 150))):
        path = tmp_path / "replication" / "figures" / f"{name}.png"
        path.parent.mkdir(parents=True)
        Image.new("RGB", size, "navy").save(path)
    failed = tmp_path / "replication" / "failed" / "phase"
    failed.mkdir(parents=True)
    Image.new("RGB", (300, 100), "red").save(failed / "two_in_one.png")
    return tmp_path / "replication"


def test_the_gallery_holds_every_figure_of_the_run_and_a_contact_sheet(
    replication: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "gallery"
    assert main([str(replication), str(target)]) == 0
    found = sorted(path.relative_to(target).as_posix() for path in target.rglob("*.png"))
    assert found == [CONTACT_SHEET, "introduction/row.png", "phase/two_in_one.png"]
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_the_gallery_is_the_same_bytes_in_every_run(replication: Path, tmp_path: Path) -> None:
    one, two = (regenerate(replication, tmp_path / name) for name in ("one", "two"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_a_run_without_figures_is_one_sentence_and_an_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), str(tmp_path / "gallery")]) == 2
    assert "run the replication first." in capsys.readouterr().err
    assert not (tmp_path / "gallery").exists()


def test_a_contact_sheet_keeps_proportions_and_one_scale(replication: Path) -> None:
    paths = sorted((replication / "figures").glob("*/*.png"))
    sheet = np.asarray(contact_sheet(paths, columns=2, width=780).convert("RGB"))
    navy = (sheet == (0, 0, 128)).all(-1)
    first, second = navy[:, :390], navy[:, 390:]
    assert [half.sum(1).max() for half in (first, second)] == [224, 336]
    assert [half.sum(0).max() for half in (first, second)] == [168, 112]


def test_a_contact_sheet_fills_its_shortest_column(replication: Path) -> None:
    row, diagram = sorted((replication / "figures").glob("*/*.png"))
    sheet = np.asarray(contact_sheet([row, diagram, diagram], columns=2, width=780).convert("RGB"))
    navy = (sheet == (0, 0, 128)).all(-1)
    assert navy[:, 390:].sum(0).max() == 2 * 112


@pytest.mark.parametrize(("columns", "width"), [(0, 900), (-1, 900), (40, 900)])
def test_a_contact_sheet_that_cannot_hold_a_picture_is_refused(
    replication: Path, columns: int, width: int
) -> None:
    paths = list((replication / "figures").glob("*/*.png"))
    with pytest.raises(ValueError, match=f"columns = {columns}"):
        contact_sheet(paths, columns, width)


def test_a_contact_sheet_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one picture"):
        contact_sheet([])
