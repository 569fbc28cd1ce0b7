"""The gallery of a run's figures, and its contact sheet."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from figures.gallery import CONTACT_SHEET, contact_sheet, main, regenerate


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
