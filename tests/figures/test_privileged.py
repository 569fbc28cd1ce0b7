"""Figures of *Superposition in a Privileged Basis*: legibility and content."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import privileged
from figures.toolkit.style import BLUE, DIVERGING, ORANGE, SUPERPOSITION
from tests.helpers.embeddings import Floats, antipodal_model, noise
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import (
    Picture,
    anchors,
    colour,
    legend,
    near,
    panel,
    panels,
    points,
    shown_texts,
    ticks,
    upright,
)


def linear_and_relu_weights() -> Figure:
    linear, relu = noise(3, 10, 5), np.stack([antipodal_model(10, 5, pairs) for pairs in (0, 2, 5)])
    return privileged.linear_and_relu_weights(linear, relu, [f"$1-S = {p}$" for p in (1, 0.1, 0.01)])


def monosemantic_to_polysemantic() -> Figure:
    W = np.stack([antipodal_model(10, 5, 0) + 0.15 * k * noise(10, 5) for k in range(6)])
    return privileged.monosemantic_to_polysemantic(W, [1, 0.35, 0.15, 0.12, 0.06, 0.01])


def configuration_ranges() -> Figure:
    distance = np.tile([[0.02], [1.6], [0.03]], 4) * (1 + 0.1 * noise(3, 4))
    return privileged.configuration_ranges([0.6, 0.5, 0.4, 0.3], distance, [[1, 1]] * 2 + [[1, 3]] * 2, 0.5)


def penalised_weights() -> Figure:
    return privileged.penalised_weights(noise(3, 10, 5), noise(3, 10, 5), ["a", "b", "c"])


def simulated_bias() -> Figure:
    shares = [[0.5, 0.6], [0.7, 0.7], [0.9, 0.8], [0.95, 0.95], [1, 0.99]]
    return privileged.simulated_bias([10, 20, 50, 100, 200], shares, 1.0)


@pytest.mark.parametrize(
    "draw",
    [
        linear_and_relu_weights,
        monosemantic_to_polysemantic,
        configuration_ranges,
        penalised_weights,
        simulated_bias,
    ],
)
def test_a_figure_is_legible_and_small(draw: Callable[[], Figure], tmp_path: Path) -> None:
    assert_legible(draw(), tmp_path)


def test_labels_are_in_the_symbols_of_the_paper() -> None:
    assert shown_texts(linear_and_relu_weights()) >= {"linear\n$1-S = 0.1$", "ReLU\n$1-S = 0.1$", "feature"}
    assert shown_texts(configuration_ranges()) >= {"feature density $1-S$", "another configuration"}


def assert_weights(picture: Picture, axes: Axes, W: Floats) -> None:
    """Check the colour of each weight, features in rows from the top, neurons in columns."""
    for i, row in enumerate(W):
        for k, weight in enumerate(row):
            assert picture.colour(axes, k, i) == near(DIVERGING((weight + 1) / 2)), (i, k)
    assert axes.yaxis_inverted()
    assert not axes.xaxis_inverted()


LINEAR, RELU = 0.6 * np.tanh(noise(2, 4, 3)), 0.9 * np.tanh(noise(2, 4, 3, seed=2))


def test_each_pair_shows_the_linear_and_the_ReLU_model_of_its_title() -> None:
    figure = privileged.linear_and_relu_weights(LINEAR, RELU, ["dense", "sparse"])
    picture = Picture(figure)
    for k, title in enumerate(("dense", "sparse")):
        assert_weights(picture, panel(figure, f"linear\n{title}"), LINEAR[k])
        assert_weights(picture, panel(figure, f"ReLU\n{title}"), RELU[k])
    titles = ["linear\ndense", "ReLU\ndense", "linear\nsparse", "ReLU\nsparse"]
    assert [axes.get_title() for axes in panels(figure)] == titles
    assert ticks(panels(figure)[0].yaxis) == {"1": 0}
    (bar,) = (child for child in panels(figure)[-1].child_axes if isinstance(child, Axes))
    assert picture.colour(bar, 0.5, 0.5) == near(DIVERGING(0.75))


# The main features of the neurons are 2, 0 and 1, so that the order becomes 1, 2, 0.
MIXED = np.array([[0.1, 0.8, -0.2], [0.0, 0.0, 0.7], [-0.6, 0.1, 0.3], [0.2, 0.0, 0.0]])
ORDER = [1, 2, 0]
MODELS = np.stack([MIXED, MIXED[::-1] * 0.8, np.eye(4)[:, :3], 0.5 * MIXED])


def assert_stacks(picture: Picture, axes: Axes, W: Floats, shades: list[Floats]) -> None:
    """Check each weight's bar: positive ones upwards, negative ones downwards, the first row at the line."""
    for k, neuron in enumerate(W.T):
        up = down = 0.0
        for i, weight in enumerate(neuron):
            base = up if weight > 0 else down
            if abs(weight) > 0.15:
                assert picture.colour(axes, k - 0.2, base + weight / 2) == near(shades[i][k]), (i, k)
            up, down = up + max(weight, 0), down + min(weight, 0)
        low, high = axes.get_ylim()
        assert low < down
        assert high > up
    assert upright(axes)


def test_each_density_has_its_weights_and_its_neurons_in_order_of_their_main_features() -> None:
    figure = privileged.monosemantic_to_polysemantic(MODELS, [1.0, 0.3, 0.1, 0.01])
    picture = Picture(figure)
    pictures = [axes for axes in panels(figure) if axes.get_title()]
    assert [axes.get_title() for axes in pictures] == [f"$1-S = {p}$" for p in ("1", "0.3", "0.1", "0.01")]
    for axes, W in zip(pictures, MODELS, strict=True):
        order = np.argsort(np.abs(W).argmax(0), kind="stable")
        ordered = W[:, order]
        assert_weights(picture, axes, ordered)
        stacks = panels(figure)[panels(figure).index(axes) + 1]
        size = np.abs(ordered)
        shades = np.asarray(SUPERPOSITION(1 - size.max(0) / size.sum(0)))
        assert_stacks(picture, stacks, ordered, [shades] * 4)
    assert np.argsort(np.abs(MIXED).argmax(0)).tolist() == ORDER


def test_bars_of_one_row_have_one_scale() -> None:
    figure = privileged.monosemantic_to_polysemantic(MODELS, [1.0, 0.3, 0.1, 0.01])
    stacks = [axes for axes in panels(figure) if not axes.get_title()]
    assert len({axes.get_ylim() for axes in stacks[:3]}) == 1
    assert stacks[3].get_ylim() != stacks[0].get_ylim()


DENSITY = [0.8, 0.2, 0.05]
DISTANCE = np.array([[0.01, 0.03], [2.0, 1.5]])
STORED = np.array([[3, 1], [1, 2], [1, 4]])


def ranges() -> Figure:
    return privileged.configuration_ranges(DENSITY, DISTANCE, STORED, 0.4)


def test_distances_are_half_way_between_their_two_densities() -> None:
    left, _ = panels(ranges())
    dots = [each for each in left.get_lines() if each.get_marker() == "o"]
    found = {tuple(np.round(point, 9).tolist()) for each in dots for point in points(each)}
    assert found == {(0.4, 0.01), (0.4, 0.03), (0.1, 2.0), (0.1, 1.5)}
    assert {each.get_color() for each in dots} == {BLUE}
    assert left.get_ylabel() == "distance to the next density"


def test_the_threshold_of_another_configuration_is_a_line() -> None:
    left, _ = panels(ranges())
    (level,) = (each for each in left.get_lines() if each.get_marker() != "o")
    assert points(level)[:, 1].tolist() == [0.4, 0.4]
    assert anchors(left) == {"another configuration": (0.98, 0.4)}


def test_stored_features_are_counted_for_each_neuron_from_the_fewest() -> None:
    _, right = panels(ranges())
    curves = [points(each) for each in right.get_lines()]
    assert [curve[:, 0].tolist() for curve in curves] == [DENSITY, DENSITY]
    np.testing.assert_allclose([curve[:, 1] for curve in curves], [[1, 1, 1], [3, 2, 4]], atol=0.1)
    assert {tuple(colour(each)) for each in right.get_lines()} == {
        tuple(int(ORANGE[k : k + 2], 16) / 255 for k in (1, 3, 5))
    }
    assert right.get_ylabel() == "features stored in each neuron"


def test_equal_neurons_lie_beside_each_other() -> None:
    _, right = panels(privileged.configuration_ranges(DENSITY, DISTANCE, np.full((3, 5), 2), 0.4))
    heights = [points(each)[0, 1] for each in right.get_lines()]
    assert min(np.diff(heights)) > 0.05
    np.testing.assert_allclose(heights, 2, atol=0.15)


def test_dense_features_are_at_the_left() -> None:
    for axes in panels(ranges()):
        assert axes.xaxis_inverted()
        assert not axes.yaxis_inverted()
        assert axes.get_xscale() == "log"


def test_the_order_of_neurons_changes_nothing() -> None:
    swapped = privileged.configuration_ranges(DENSITY, DISTANCE, STORED[:, ::-1], 0.4)
    one, other = ([points(each).tolist() for each in panels(f)[1].get_lines()] for f in (ranges(), swapped))
    assert one == other


def test_densities_that_do_not_follow_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match=r"density must increase or decrease .* not \[0\.2, 0\.8, 0\.05\]"):
        privileged.configuration_ranges([0.2, 0.8, 0.05], DISTANCE, STORED, 0.4)
    with pytest.raises(ValueError, match="distance must have 2 steps"):
        privileged.configuration_ranges(DENSITY, DISTANCE[:1], STORED, 0.4)


def test_each_pair_shows_the_models_without_and_with_the_penalty() -> None:
    figure = privileged.penalised_weights(LINEAR, RELU, ["dense", "sparse"])
    picture = Picture(figure)
    for k, title in enumerate(("dense", "sparse")):
        assert_weights(picture, panel(figure, f"no penalty\n{title}"), LINEAR[k])
        assert_weights(picture, panel(figure, f"L1\n{title}"), RELU[k])


def test_open_relus_are_drawn_over_the_number_of_features_beside_the_level_with_a_bias() -> None:
    one = privileged.simulated_bias([10, 40], [[0.2, 0.6], [1.0, 0.8]], 0.97)
    other = privileged.simulated_bias([40, 10], [[0.8, 1.0], [0.6, 0.2]], 0.97)
    for figure in (one, other):
        (axes,) = panels(figure)
        curve, level = axes.get_lines()
        assert points(curve) == pytest.approx(np.array([[10, 0.4], [40, 0.9]]))
        assert points(level)[:, 1].tolist() == [0.97, 0.97]
        (band,) = axes.collections
        corners = {(round(x, 6), round(y, 6)) for x, y in np.asarray(band.get_paths()[0].vertices).tolist()}
        assert corners == {(10, 0.2), (10, 0.6), (40, 0.8), (40, 1.0)}
        entries = legend(axes)
        assert list(entries) == ["range of seeds", "no bias, mean", "10 features, with a bias"]
        shades = [tuple(int(c[k : k + 2], 16) / 255 for k in (1, 3, 5)) for c in (BLUE, ORANGE)]
        assert [colour(entries[name]) for name in list(entries)[1:]] == [near(shade) for shade in shades]
