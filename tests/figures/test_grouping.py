"""The figure of grouped features: legibility and content."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.figure import Figure

from figures import grouping
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import Picture, colour_bar, near, panels, points, shown_texts

# Not symmetric, so that an exchanged axis shows.
SHARE = np.array([[0.0, 0.1, 0.5], [0.3, 0.0, 0.2], [0.8, 0.4, 0.0]])


def how_often() -> Figure:
    return grouping.how_often(SHARE, [0, 0, 1], models=40)


def test_a_figure_is_legible_and_small(tmp_path: Path) -> None:
    assert_legible(how_often(), tmp_path)


def test_each_two_features_have_the_colour_of_their_share() -> None:
    figure = how_often()
    picture, axes = Picture(figure), panels(figure)[0]
    for row in range(3):
        for column in range(3):
            expected = near(colormaps["Blues"](SHARE[row, column] / 0.8))
            assert picture.colour(axes, column + 0.2, row + 0.2) == expected, (row, column)
    assert {"set 1", "set 2"} <= shown_texts(figure)


def test_the_line_on_the_scale_is_at_the_share_of_random_groups() -> None:
    bar = colour_bar(how_often())
    mean = (0.1 + 0.5 + 0.3 + 0.2 + 0.8 + 0.4) / 6
    assert [points(each)[0, 1] for each in bar.get_lines()] == pytest.approx([mean, mean])
    assert "40 models" in bar.get_ylabel()


@pytest.mark.parametrize(
    ("share", "sets", "match"),
    [(SHARE[:2], [0, 0, 1], "shape"), (SHARE, [0, 1, 0], "side by side")],
)
def test_wrong_arguments_are_named(share: np.ndarray, sets: list[int], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        grouping.how_often(share, sets, models=3)
