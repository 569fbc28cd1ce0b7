"""Figures of the introduction: legibility and content."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from figures import introduction
from tests.helpers.embeddings import Floats, direct_sum, fans, polygon
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import (
    Picture,
    colour,
    legend,
    near,
    panel,
    panels,
    place,
    shown_texts,
    spokes,
    upright,
)

DENSITY = np.array([1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001])
IMPORTANCE = np.array([1.0, 0.6, 0.3, 0.1])
W = fans(3, 4)
TITLES = ("0% sparse", "90% sparse", "99% sparse")


def example() -> Figure:
    square = np.concatenate([polygon(4), np.zeros((1, 2))])
    W = np.stack([direct_sum(np.eye(2), np.zeros((3, 0))), square, 1.1 * polygon(5)])[[0, 0, 1, 1, 2, 2, 2]]
    return introduction.embeddings_row(W, DENSITY, 0.9 ** np.arange(5))


def three(W: Floats = W, importance: Floats = IMPORTANCE) -> Figure:
    return introduction.embeddings_row(W, [1.0, 0.1, 0.01], importance)


def test_the_figure_is_legible_and_small(tmp_path: Path) -> None:
    assert_legible(example(), tmp_path)


def test_labels_are_in_the_symbols_of_the_paper() -> None:
    assert shown_texts(example()) >= {"importance $I_i$", "90% sparse", "$1-S = 0.1$"}


def test_each_panel_shows_the_embeddings_of_its_own_density() -> None:
    figure = three()
    for title, model in zip(TITLES, W, strict=True):
        assert set(spokes(panel(figure, title))) == {place(end) for end in model}


def test_panels_are_in_the_order_of_densities() -> None:
    assert [axes.get_title() for axes in panels(three())] == list(TITLES)


def test_each_embedding_has_the_colour_of_its_importance_in_the_legend() -> None:
    figure = three()
    entries = legend(figure)
    for title, model in zip(TITLES, W, strict=True):
        drawn = spokes(panel(figure, title))
        for end, importance in zip(model, IMPORTANCE, strict=True):
            assert drawn[place(end)] == colour(entries[f"{importance:g}"])


def test_embeddings_are_rendered_where_they_point() -> None:
    figure = three()
    picture = Picture(figure)
    for title, model in zip(TITLES, W, strict=True):
        axes = panel(figure, title)
        assert upright(axes)
        for end, shade in spokes(axes).items():
            assert picture.colour(axes, *end) == near(shade), title
        assert len(model) == len(spokes(axes))


def test_a_more_important_feature_is_drawn_over_another_one() -> None:
    same = np.tile([[0.6, 0.7]], (3, 4, 1))
    figure = three(same)
    picture, entries = Picture(figure), legend(figure)
    for title in TITLES:
        assert picture.colour(panel(figure, title), 0.6, 0.7) == near(colour(entries["1"]))


def test_more_important_features_are_darker() -> None:
    shades = [sum(colour(handle)) for handle in legend(three()).values()]
    assert shades == sorted(shades)


def test_the_order_of_features_changes_no_colour() -> None:
    order = [2, 0, 3, 1]
    one, other = three(), three(W[:, order], IMPORTANCE[order])
    for title in TITLES:
        assert spokes(panel(one, title)) == spokes(panel(other, title))


def test_a_circle_of_radius_1_shows_the_norm_of_a_represented_feature() -> None:
    for axes in panels(three()):
        (circle,) = axes.patches
        assert circle.get_extents().transformed(axes.transData.inverted()).bounds == pytest.approx(
            (-1, -1, 2, 2)
        )


def test_the_panels_are_frames_of_a_film() -> None:
    figure = three()
    assert figure.get_gid() == "film: sparsity"
    captions = ["0% sparse, 1 − S = 1", "90% sparse, 1 − S = 0.1", "99% sparse, 1 − S = 0.01"]
    assert [axes.get_gid() for axes in panels(figure)] == [f"frame: {caption}" for caption in captions]
    keys = [handle.get_gid() for handle in legend(figure).values()]
    assert keys == [f"key: importance {importance:g}" for importance in IMPORTANCE]
