"""Figures of correlated and anticorrelated features: legibility and content."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from figures import correlated
from figures.toolkit.style import DIVERGING
from tests.helpers.embeddings import fans, noise, polygon
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import (
    Picture,
    colour,
    colour_bar,
    legend,
    near,
    panel,
    panels,
    place,
    points,
    shown_texts,
    spokes,
    texts,
    upright,
)

SETS = [1, 0, 2, 0, 2]
W = fans(3, 5)


def embeddings_row() -> Figure:
    W = np.stack([polygon(6, turn) for turn in range(6)])
    return correlated.embeddings_row(W, [0, 0, 1, 1, 2, 2], [f"seed {seed}" for seed in range(6)])


def collapse_row() -> Figure:
    apart, together = polygon(6), np.repeat(polygon(3), 2, axis=0) * np.sqrt(0.5)
    return correlated.collapse_row(np.stack([together, apart]), [0.75, 0.01], [0, 0, 1, 1, 2, 2])


def local_bases() -> Figure:
    turned, _ = np.linalg.qr(noise(10, 10))
    return correlated.local_bases(np.concatenate([np.eye(10), turned]), [0] * 10 + [1] * 10)


@pytest.mark.parametrize("draw", [embeddings_row, collapse_row, local_bases])
def test_a_figure_is_legible_and_small(draw: Callable[[], Figure], tmp_path: Path) -> None:
    assert_legible(draw(), tmp_path)


def test_labels_are_in_the_symbols_of_the_paper() -> None:
    assert shown_texts(collapse_row()) >= {r"radius $1/\sqrt{2}$", "$1-S = 0.75$"}


@pytest.mark.parametrize(
    ("figure", "titles"),
    [
        (correlated.embeddings_row(W, SETS, ["one", "two", "three"]), ["one", "two", "three"]),
        (correlated.collapse_row(W, [0.5, 0.1, 0.02], SETS), ["$1-S = 0.5$", "$1-S = 0.1$", "$1-S = 0.02$"]),
    ],
)
def test_each_panel_shows_its_own_model_in_the_colours_of_the_sets(figure: Figure, titles: list[str]) -> None:
    entries = legend(figure)
    picture = Picture(figure)
    for title, model in zip(titles, W, strict=True):
        axes = panel(figure, title)
        expected = {place(end): colour(entries[f"set {k + 1}"]) for end, k in zip(model, SETS, strict=True)}
        assert spokes(axes) == expected
        assert upright(axes)
        for end, k in zip(model, SETS, strict=True):
            assert picture.colour(axes, *(0.9 * end)) == near(colour(entries[f"set {k + 1}"]))


def test_models_without_titles_keep_their_order() -> None:
    for axes, model in zip(panels(correlated.embeddings_row(W, SETS)), W, strict=True):
        assert set(spokes(axes)) == {place(end) for end in model}


def hollow(axes: Axes) -> dict[tuple[float, float], bool]:
    return {
        place(points(line)[0]): line.get_markerfacecolor() == "none"
        for line in axes.get_lines()
        if line.get_marker() == "o"
    }


def test_the_second_feature_of_a_set_is_a_ring() -> None:
    for axes, model in zip(panels(correlated.embeddings_row(W, SETS)), W, strict=True):
        assert hollow(axes) == {
            place(end): ring for end, ring in zip(model, [False, False, False, True, True], strict=True)
        }


def test_the_circles_of_the_legend_have_the_radii_that_it_says() -> None:
    figure = collapse_row()
    entries = legend(figure)
    for axes in panels(figure):
        radii = {
            patch.get_linestyle(): patch.get_radius() for patch in axes.patches if isinstance(patch, Circle)
        }
        for label, radius in (("radius $1$", 1.0), (r"radius $1/\sqrt{2}$", 0.5**0.5)):
            entry = entries[label]
            assert isinstance(entry, Line2D)
            found = [
                r for style, r in radii.items() if (style in ("-", "solid")) == (entry.get_linestyle() == "-")
            ]
            assert found == [pytest.approx(radius)]


SIZES = [3, 3, 3, 0, 0]
FIVE = np.clip(0.5 * noise(5, 4), -0.6, 0.6)


def test_the_gram_matrix_has_the_first_feature_at_the_top_left() -> None:
    figure = correlated.local_bases(FIVE, SIZES)
    (axes,) = panels(figure)
    picture, gram = Picture(figure), FIVE @ FIVE.T
    for i in range(5):
        for j in range(5):
            assert picture.colour(axes, j, i) == near(DIVERGING((gram[i, j] + 1) / 2)), (i, j)
    assert axes.yaxis_inverted()
    assert not axes.xaxis_inverted()


def test_sets_are_marked_off_and_named_where_they_are() -> None:
    (axes,) = panels(correlated.local_bases(FIVE, SIZES))
    labels = [(text.get_text(), text.get_rotation(), text.get_position()) for text in axes.texts]
    across = {name: x for name, rotation, (x, _) in labels if rotation == 0}
    down = {name: y for name, rotation, (_, y) in labels if rotation == 90}
    assert across == down == {"set 4": 1.0, "set 1": 3.5}
    lines = [points(line).tolist() for line in axes.get_lines()]
    assert [[2.5, -0.5], [2.5, 4.5]] in lines
    assert [[-0.5, 2.5], [4.5, 2.5]] in lines
    assert len(texts(axes)) == 2


def test_the_colour_bar_shows_the_colours_of_the_entries() -> None:
    figure = correlated.local_bases(np.diag([0.95, 0.5]), [0, 1])
    (axes,) = panels(figure)
    picture, bar = Picture(figure), colour_bar(figure)
    for i, entry in enumerate((0.9025, 0.25)):
        assert picture.colour(bar, 0.5, entry) == near(picture.colour(axes, i, i))
