"""Figures of *Computation in Superposition*: legibility and content."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from figures import computation
from figures.toolkit.style import BLUE, SUPERPOSITION
from tests.helpers.embeddings import Floats, noise
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import (
    Colour,
    Picture,
    colour,
    colour_bar,
    legend,
    near,
    panel,
    panels,
    points,
    shown_texts,
    ticks,
    upright,
)

BLUE_RGB = tuple(int(BLUE[k : k + 2], 16) / 255 for k in (1, 3, 5))


def absolute_value() -> Figure:
    W = np.concatenate([np.eye(3), -np.eye(3)], axis=1)
    return computation.absolute_value(W, np.abs(W))


def asymmetric_motif() -> Figure:
    return computation.asymmetric_motif(noise(6, 10), noise(6, 10), [2, 7])


def neurons() -> Figure:
    W = np.zeros((2, 100, 40))
    W[:, np.arange(40) // 2, np.arange(40)] = np.tile([1, -1], 20)
    W[1, 20:, 20:] += 0.2 * noise(80, 20)
    return computation.neurons(W, [1, 0.01])


def activations() -> Figure:
    return computation.activations(np.linspace(0.2, 1, 100) * np.linspace(0.5, 1, 7)[:, None])


def learning() -> Figure:
    return computation.learning([20, 24, 30, 40], [[0.2, 0.5], [0.6, 0.4], [0.8, 0.9], [1.0, 1.0]], 20)


@pytest.mark.parametrize("draw", [absolute_value, asymmetric_motif, neurons, activations, learning])
def test_a_figure_is_legible_and_small(draw: Callable[[], Figure], tmp_path: Path) -> None:
    assert_legible(draw(), tmp_path)


def test_labels_are_in_the_symbols_of_the_paper() -> None:
    assert shown_texts(absolute_value()) >= {"input weights $W_1$", "output weights $W_2$", "hidden neuron"}


# Three features, four neurons, whose main features are 3, 1, 2 and 1: the order is 2, 4, 3, 1.
INTO = np.array([[0.3, 1.0, -0.2, -0.8], [0.0, 0.2, 0.9, 0.3], [1.1, -0.4, 0.5, 0.0]])
OUT = np.array([[-0.6, 0.5, 0.3, 0.7], [0.4, -0.3, 1.2, 0.2], [0.2, 0.9, -0.7, 1.0]])
BY_FEATURE = [1, 3, 2, 0]
TITLES = {"input weights $W_1$": INTO, "output weights $W_2$": OUT}


def assert_stacks(picture: Picture, axes: Axes, W: Floats, shades: list[list[Colour]]) -> None:
    """Check each weight's bar: positive ones upwards, negative ones downwards, the first row at the line."""
    for k, neuron in enumerate(W.T):
        up = down = 0.0
        for i, weight in enumerate(neuron):
            base = up if weight > 0 else down
            if abs(weight) > 0.05:
                assert picture.colour(axes, k - 0.2, base + weight / 2) == near(shades[i][k]), (i, k)
            up, down = up + max(weight, 0), down + min(weight, 0)
    assert upright(axes)


def feature_shades(figure: Figure) -> list[list[Colour]]:
    return [[colour(handle)] * 4 for handle in legend(figure).values()]


def test_each_layer_stacks_its_own_weights_in_the_colours_of_the_features() -> None:
    figure = computation.absolute_value(INTO, OUT)
    picture = Picture(figure)
    assert list(legend(figure)) == ["feature 1", "feature 2", "feature 3"]
    for title, W in TITLES.items():
        assert_stacks(picture, panel(figure, title), W[:, BY_FEATURE], feature_shades(figure))


def test_input_weights_are_left_of_output_weights() -> None:
    left, right = panels(computation.absolute_value(INTO, OUT))
    assert [left.get_title(), right.get_title()] == list(TITLES)
    assert (left.get_ylabel(), right.get_ylabel()) == ("weight", "")


def test_both_layers_number_the_neurons_in_the_order_of_the_input_weights() -> None:
    figure = computation.absolute_value(INTO, OUT)
    shown_texts(figure)
    for title in TITLES:
        assert ticks(panel(figure, title).xaxis) == {"2": 0, "4": 1, "3": 2, "1": 3}


@pytest.mark.parametrize("marked", [[2, 3], [3, 2]])
def test_neurons_of_the_motif_come_first_and_are_framed(marked: list[int]) -> None:
    figure = computation.asymmetric_motif(INTO, OUT, marked)
    picture = Picture(figure)
    for title, W in TITLES.items():
        axes = panel(figure, title)
        assert ticks(axes.xaxis) == {"4": 0, "3": 1, "2": 2, "1": 3}
        assert_stacks(picture, axes, W[:, [3, 2, 1, 0]], feature_shades(figure))
        (box,) = (patch for patch in axes.patches if isinstance(patch, Rectangle))
        assert (box.get_x(), box.get_x() + box.get_width()) == pytest.approx((-0.55, 1.55))


def test_a_neuron_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=r"neurons must lie between 0 and 3, not \[4\]"):
        computation.asymmetric_motif(INTO, OUT, [4])


def test_nothing_is_framed_without_a_motif() -> None:
    for axes in panels(computation.absolute_value(INTO, OUT)):
        assert not axes.patches


def largest_first(W: Floats) -> Floats:
    return np.stack([neuron[np.argsort(-np.abs(neuron), kind="stable")] for neuron in W.T], axis=1)


def test_each_density_has_its_own_neurons_with_their_largest_weight_at_the_line() -> None:
    figure = computation.neurons(np.stack([INTO, OUT]), [0.5, 0.01])
    picture, bar = Picture(figure), colour_bar(figure)
    for title, W in (("$1-S = 0.5$", INTO), ("$1-S = 0.01$", OUT)):
        axes = panel(figure, title)
        ordered = largest_first(W[:, np.argsort(np.abs(W).argmax(0), kind="stable")])
        size = np.abs(ordered)
        mixed = 1 - size.max(0) / size.sum(0)
        row = [(float(r), float(g), float(b)) for r, g, b, _ in np.asarray(SUPERPOSITION(mixed))]
        assert_stacks(picture, axes, ordered, [row] * 3)
    for share in (0.2, 0.7):
        assert picture.colour(bar, 0.5, share) == near(SUPERPOSITION(share))
    assert [axes.get_title("left") for axes in panels(figure)] == ["$1-S = 0.5$", "$1-S = 0.01$"]


def test_the_largest_weight_of_either_sign_is_next_to_the_line() -> None:
    figure = computation.neurons(np.array([[[-0.2], [0.3], [-0.9], [0.6]]]), [0.5])
    (bars,) = panel(figure, "$1-S = 0.5$").collections
    corners = [np.asarray(path.vertices, dtype=np.float64) for path in bars.get_paths()]
    assert sorted([each[:, 1].min().round(6), each[:, 1].max().round(6)] for each in corners) == [
        [-1.1, -0.9],
        [-0.9, 0.0],
        [0.0, 0.6],
        [0.6, 0.9],
    ]


@pytest.mark.parametrize("n", [6, 9])
def test_features_have_different_colours(n: int) -> None:
    entries = legend(computation.absolute_value(np.eye(n), np.eye(n)))
    assert len({colour(handle) for handle in entries.values()}) == n


def test_each_model_has_a_line_over_the_middles_of_the_ranges_and_their_mean_is_emphasised() -> None:
    figure = computation.activations([[0.0, 0.2, 0.4, 1.0], [0.2, 0.4, 0.8, 1.0], [0.1, 0.9, 0.9, 0.4]])
    (axes,) = panels(figure)
    lines = [points(line) for line in axes.get_lines() if points(line).size]
    assert [line[:, 0].tolist() for line in lines] == [[0.125, 0.375, 0.625, 0.875]] * 4
    assert lines[0][:, 1].tolist() == [0, 0.2, 0.4, 1]
    assert lines[1][:, 1].tolist() == [0.2, 0.4, 0.8, 1]
    assert lines[2][:, 1].tolist() == [0.1, 0.9, 0.9, 0.4]
    assert lines[3][:, 1] == pytest.approx([0.1, 0.5, 0.7, 0.8])
    assert colour(legend(axes)["mean of the models"]) == near(BLUE_RGB)
    assert colour(axes.get_lines()[3]) == near(BLUE_RGB)
    assert upright(axes)


def test_runs_that_learn_are_drawn_as_mean_and_range_at_their_number_of_neurons() -> None:
    one = computation.learning([20, 30], [[0.2, 0.6], [1.0, 0.8]], 20)
    other = computation.learning([30, 20], [[0.8, 1.0], [0.6, 0.2]], 20)
    for figure in (one, other):
        (axes,) = panels(figure)
        curve, line = axes.get_lines()
        assert points(curve) == pytest.approx(np.array([[20, 0.4], [30, 0.9]]))
        assert points(line)[:, 0].tolist() == [20, 20]
        (band,) = axes.collections
        corners = {(x, round(y, 6)) for x, y in np.asarray(band.get_paths()[0].vertices).tolist()}
        assert corners == {(20, 0.2), (20, 0.6), (30, 0.8), (30, 1.0)}
        assert list(legend(axes)) == ["range of seeds", "mean", "two neurons a feature"]
