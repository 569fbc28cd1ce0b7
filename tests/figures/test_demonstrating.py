"""Figures of *Demonstrating Superposition*: legibility and content."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from numpy.typing import NDArray

from figures import demonstrating
from figures.toolkit.style import DIVERGING, SUPERPOSITION
from tests.helpers.embeddings import Floats, antipodal_model, noise
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import (
    Picture,
    bands,
    colour,
    corners,
    legend,
    line,
    near,
    panels,
    points,
    same_picture,
    shown_texts,
    shuffled,
    texts,
    ticks,
)

DENSITY = np.array([1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001])
W = np.array([[0.9, 0.1, 0.0], [0.1, 0.7, 0.2], [0.0, -0.5, 0.3], [0.0, 0.3, 0.3], [-0.3, 0.1, 0.8]])
B = np.array([0.8, -0.6, 0.4, 0.1, -0.2])


def single_model() -> Figure:
    return demonstrating.single_model(antipodal_model(20, 5, 2), 0.3 * noise(20))


def sparsity_row(n: int, m: int) -> Figure:
    W = np.stack([antipodal_model(n, m, pairs) for pairs in (0, 0, 1, 2, 3, 4, 5, m)])
    labels = ["linear model", *(f"$1-S = {density:g}$" for density in DENSITY)]
    return demonstrating.sparsity_row(W, 0.3 * noise(8, n), labels)


def small_row() -> Figure:
    return sparsity_row(20, 5)


def large_row() -> Figure:
    return sparsity_row(80, 20)


def features_per_dimension() -> Figure:
    curve = np.linspace(1, 3, 7)[:, None]
    return demonstrating.features_per_dimension(
        DENSITY, curve + 0.1 * noise(7, 4), curve + 0.02 * noise(7, 2)
    )


@pytest.mark.parametrize("draw", [single_model, small_row, large_row, features_per_dimension])
def test_a_figure_is_legible_and_small(draw: Callable[[], Figure], tmp_path: Path) -> None:
    assert_legible(draw(), tmp_path)


@pytest.mark.parametrize(
    ("draw", "labels"),
    [
        (single_model, {"$W^TW$", "$b$", r"$\|W_i\|$"}),
        (small_row, {"linear model", "$W^TW$ and $b$", r"$\|W_i\|$", "superposition"}),
        (features_per_dimension, {"feature density $1-S$, dense to sparse"}),
    ],
)
def test_labels_are_in_the_symbols_of_the_paper(draw: Callable[[], Figure], labels: set[str]) -> None:
    assert labels <= shown_texts(draw())


def assert_gram_and_bias(picture: Picture, axes: Axes, W: Floats, b: Floats) -> None:
    gram = W @ W.T
    for i, row in enumerate(gram):
        for j, entry in enumerate(row):
            assert picture.colour(axes, j, i) == near(DIVERGING((entry + 1) / 2)), (i, j)
        _, right = axes.get_xlim()
        bias_column = right - 0.07 * len(W)
        assert picture.colour(axes, bias_column, i) == near(DIVERGING((b[i] + 1) / 2)), i
    assert axes.yaxis_inverted()
    assert not axes.xaxis_inverted()


def assert_norms(picture: Picture, axes: Axes, W: Floats) -> None:
    """Check each bar's length and its colour, which is the superposition on the feature."""
    unit = W / np.linalg.norm(W, axis=1, keepdims=True)
    squares = (unit @ W.T) ** 2
    shared = (squares.sum(1) - np.diag(squares)).clip(max=1)
    (bars,) = (each for each in axes.containers if isinstance(each, BarContainer))
    for i, bar in enumerate(bars.patches):
        assert bar.get_y() + bar.get_height() / 2 == pytest.approx(i)
        assert (bar.get_x(), bar.get_width()) == pytest.approx((0, np.linalg.norm(W[i])))
        assert picture.colour(axes, 0.3 * bar.get_width(), i) == near(SUPERPOSITION(shared[i])), i
    assert axes.yaxis_inverted()
    assert not axes.xaxis_inverted()


def test_a_model_is_its_gram_matrix_its_bias_and_its_norms() -> None:
    figure = demonstrating.single_model(W, B)
    picture, (gram, norms) = Picture(figure), panels(figure)
    assert_gram_and_bias(picture, gram, W, B)
    assert_norms(picture, norms, W)
    assert ticks(gram.yaxis) == ticks(norms.yaxis) == {"1": 0, "5": 4}
    assert norms.get_title() == r"$\|W_i\|$"


def test_each_norm_is_beside_the_row_of_its_feature() -> None:
    figure = demonstrating.single_model(W, B)
    Picture(figure)
    gram, norms = panels(figure)
    for row in range(len(W)):
        heights = [axes.transData.transform((0, row))[1] for axes in (gram, norms)]
        assert heights[0] == pytest.approx(heights[1], abs=1)


def test_the_names_of_gram_matrix_and_bias_are_above_them() -> None:
    figure = demonstrating.single_model(W, B)
    gram, _ = panels(figure)
    names = texts(gram)
    assert names["$W^TW$"][0] == 2
    assert 4.5 < names["$b$"][0] < gram.get_xlim()[1]


def test_the_scales_show_the_colours_of_entries_and_of_superposition() -> None:
    figure = demonstrating.single_model(W, B)
    picture, (gram, norms) = Picture(figure), panels(figure)
    for axes, colours, ends in ((gram, DIVERGING, (-1, 1)), (norms, SUPERPOSITION, (0, 1))):
        (bar,) = (child for child in axes.child_axes if isinstance(child, Axes))
        for share in (0.1, 0.4, 0.9):
            value = ends[0] + share * (ends[1] - ends[0])
            assert picture.colour(bar, 0.5, value) == near(colours(share))
        assert ticks(bar.yaxis) == {
            **({"−1": -1, "0": 0, "1": 1} if axes is gram else {"0": 0, "0.5": 0.5, r"$\geq$1": 1})
        }


def test_each_column_of_the_row_shows_the_model_of_its_title() -> None:
    models = np.stack([W, W[::-1], 0.5 * W[[1, 2, 0, 4, 3]]])
    biases = np.stack([B, -B, B[::-1]])
    figure = demonstrating.sparsity_row(models, biases, ["one", "two", "three"])
    picture = Picture(figure)
    above, below = np.array(panels(figure)).reshape(2, 3)
    assert [axes.get_title() for axes in above] == ["one", "two", "three"]
    for gram, norms, model, bias in zip(above, below, models, biases, strict=True):
        assert_gram_and_bias(picture, gram, model, bias)
        assert_norms(picture, norms, model)
        assert gram.get_position().x0 == pytest.approx(norms.get_position().x0, abs=0.03)


def test_all_models_of_a_row_have_one_scale_of_norms() -> None:
    models = np.stack([np.eye(3), 2 * np.eye(3)])
    norms = panels(demonstrating.sparsity_row(models, np.zeros((2, 3)), ["one", "two"]))[2:]
    assert [axes.get_xlim() for axes in norms] == [(0, 2.1)] * 2


SMALL = np.array([[1.0, 1.2], [2.0, 2.6], [1.5, 1.5]])
LARGE = np.array([[1.1, 1.2, 1.6], [2.2, 2.2, 2.2], [1.0, 1.9, 2.2]])
THREE = np.array([1.0, 0.01, 0.1])


def sizes(order: NDArray[np.intp] | None = None) -> Figure:
    chosen = np.arange(3) if order is None else order
    return demonstrating.features_per_dimension(THREE[chosen], SMALL[chosen], LARGE[chosen])


def test_each_size_has_its_mean_and_range_under_its_name() -> None:
    (axes,) = panels(sizes())
    entries = legend(axes)
    named = {"$n = 20,\\ m = 5$, 2 seeds": SMALL, "$n = 80,\\ m = 20$, 3 seeds": LARGE}
    assert list(entries) == list(named)
    for (name, values), area in zip(named.items(), bands(axes), strict=True):
        drawn = line(axes, name)
        assert colour(drawn) == colour(entries[name]) == colour(area)
        order = np.argsort(THREE)
        np.testing.assert_allclose(points(drawn), np.stack([THREE, values.mean(1)], axis=1)[order])
        for x, seeds in zip(THREE, values, strict=True):
            assert {(x, seeds.min()), (x, seeds.max())} <= corners(area)


def test_dense_features_are_at_the_left_and_counts_grow_upwards() -> None:
    figure = sizes()
    shown_texts(figure)
    (axes,) = panels(figure)
    assert axes.xaxis_inverted()
    assert not axes.yaxis_inverted()
    assert ticks(axes.xaxis) == {"1": 1, "0.1": 0.1, "0.01": 0.01}


def test_the_order_of_densities_changes_nothing() -> None:
    assert same_picture(*shuffled(sizes, 3))
