"""The histogram of dimensionalities: bars at their values, and fractions under their names."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from figures import dimensionalities
from figures.toolkit.style import BLUE, ORANGE
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import anchors, colour, legend, panels, same_picture, upright

VALUES = np.array([0.5012, 0.5012, 0.5012, 0.4288, 0.4288, 0.3, np.nan, 0.0011])
KNOWN = {"1/2": 1 / 2, "2/5": 2 / 5}
NEW = {"3/7": 3 / 7}


def histogram(values: np.ndarray = VALUES) -> Figure:
    return dimensionalities.histogram(values, KNOWN, NEW)


@pytest.mark.parametrize(
    ("known", "new"),
    [
        (KNOWN, NEW),
        ({"3/8": 3 / 8, "2/5": 2 / 5, "5/12": 5 / 12}, {"3/7": 3 / 7, "4/9": 4 / 9}),
    ],
)
def test_the_figure_is_legible_where_fractions_are_close(
    tmp_path: Path, known: dict[str, float], new: dict[str, float]
) -> None:
    assert_legible(dimensionalities.histogram(VALUES, known, new), tmp_path)


def test_a_bar_counts_the_features_in_its_place() -> None:
    (axes,) = panels(histogram())
    bars = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    heights = {round(bar.get_x() / dimensionalities.BIN): bar.get_height() for bar in bars}
    assert {k: height for k, height in heights.items() if height} == {0: 1, 120: 1, 171: 2, 200: 3}
    assert upright(axes)


def test_fractions_are_named_at_their_value_in_the_colour_of_their_kind() -> None:
    figure = histogram()
    (axes,) = panels(figure)
    assert {text: x for text, (x, _) in anchors(axes).items()} == KNOWN | NEW
    drawn = {np.asarray(each.get_xdata())[0]: colour(each) for each in axes.get_lines()}
    assert drawn == {1 / 2: to_rgb(BLUE), 2 / 5: to_rgb(BLUE), 3 / 7: to_rgb(ORANGE)}
    entries = legend(figure)
    assert colour(entries["fractions of the paper"]) == to_rgb(BLUE)
    assert colour(entries["other fractions"]) == to_rgb(ORANGE)


def test_the_order_of_features_changes_nothing() -> None:
    assert same_picture(histogram(), histogram(VALUES[::-1]))


def test_a_value_above_one_is_refused() -> None:
    with pytest.raises(ValueError, match="D_i must lie from 0 to 1"):
        histogram(np.array([0.5, 1.2]))
