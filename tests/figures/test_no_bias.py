"""Figures of the comment that leaves the bias out: legibility and content."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from figures import no_bias
from figures.toolkit.outcomes import OUTCOME_COLOURS
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import (
    Picture,
    colour,
    legend,
    line,
    near,
    panel,
    panels,
    points,
    shown_texts,
    texts,
    upright,
)


def loss_surfaces() -> Figure:
    weight = np.linspace(-1.4, 1.4, 41)
    first, second = np.meshgrid(weight, weight)
    losses = np.stack([(first**2 + second**2 - 1) ** 2 + a * first * second for a in (0, 0.5, -0.5)])
    minima = [np.array([[1.0, 0.0]]), np.array([[0.8, -0.8]]), np.array([[0.8, 0.8], [-0.8, -0.8]])]
    return no_bias.loss_surfaces(weight, weight, losses, minima, ["ignored", "antipodal", "confused"])


def transition() -> Figure:
    density = np.stack([np.linspace(0.02, 1, 40)] * 2)
    confused = density > 0.6
    minimum = np.where(confused[..., None], [0.7, 0.7], [1.0, -1.0])
    kinds = np.where(confused, "confused", "superposed")
    return no_bias.transition(density, minimum, kinds, ["importance 0.5", "importance 1"])


ENDS = np.array([["ignored"] * 4, ["superposed"] * 4, ["ignored", "ignored", "superposed", "ignored"]])


def two_minima() -> Figure:
    """Three starts along W1 and four along W2, so that an exchanged axis shows."""
    curves = [np.linspace(0.4, 0.7, 5), np.linspace(0.2, 0.5, 4)]
    weights = [np.linspace(0.9, 0.7, 5), np.array([1.0, 0.9, 0.0, 0.0])]
    return no_bias.two_minima(
        1.4, ENDS, "superposed", curves, weights, ["equal importance", "importance 0.3"], title="starts"
    )


@pytest.mark.parametrize("draw", [loss_surfaces, transition, two_minima])
def test_a_figure_is_legible_and_small(draw: Callable[[], Figure], tmp_path: Path) -> None:
    assert_legible(draw(), tmp_path)


def test_labels_are_in_the_symbols_of_the_paper() -> None:
    assert shown_texts(loss_surfaces()) >= {"$W_1$", "$W_2$", "global minimum"}


FIRST, SECOND = np.linspace(-1, 1.5, 26), np.linspace(-0.5, 1, 16)
MINIMA = [(0.9, -0.2), (-0.6, 0.7)]


def two_surfaces() -> Figure:
    losses = [(FIRST - x) ** 2 + (SECOND[:, None] - y) ** 2 for x, y in MINIMA]
    marks = [np.array([minimum]) for minimum in MINIMA]
    return no_bias.loss_surfaces(FIRST, SECOND, np.stack(losses), marks, ["one", "other"])


def brightness(picture: Picture, axes: Axes, x: float, y: float) -> float:
    return sum(picture.colour(axes, x, y))


def test_each_surface_is_darkest_at_the_minimum_of_its_own_setting() -> None:
    figure = two_surfaces()
    picture = Picture(figure)
    for title, (x, y) in zip(("one", "other"), MINIMA, strict=True):
        axes = panel(figure, title)
        # Places beside the marker and off the lines at 0.
        ring = [(x + 0.13 * np.cos(t), y + 0.13 * np.sin(t)) for t in np.arange(0.3, 6, 1.0)]
        far = [(a, b) for a, b in ((-0.9, -0.4), (-0.6, 0.7), (0.9, -0.2), (1.3, 0.8)) if (a, b) != (x, y)]
        dark = [brightness(picture, axes, *place) for place in ring]
        light = [brightness(picture, axes, a + 0.07, b + 0.07) for a, b in far]
        assert max(dark) < min(light)
        assert upright(axes)
        assert axes.get_xlabel() == "$W_1$"
    assert panels(figure)[0].get_ylabel() == "$W_2$"
    assert panels(figure)[0].get_xlim() == (-1, 1.5)
    assert panels(figure)[0].get_ylim() == (-0.5, 1)


def test_minima_are_marked_as_in_the_legend() -> None:
    figure = two_surfaces()
    picture, entry = Picture(figure), legend(figure)["global minimum"]
    for title, minimum in zip(("one", "other"), MINIMA, strict=True):
        axes = panel(figure, title)
        marks = [drawn for drawn in axes.get_lines() if drawn.get_marker() == "o"]
        assert [points(mark).tolist() for mark in marks] == [[list(minimum)]]
        assert picture.colour(axes, *minimum) == near(colour(entry))


def test_settings_are_side_by_side_in_the_given_order() -> None:
    assert [axes.get_title() for axes in panels(two_surfaces())] == ["one", "other"]
    assert [axes.get_title() for axes in panels(two_transitions())] == ["rare", "common"]
    assert panels(two_transitions())[0].get_ylabel() == "position of the global minimum"


DENSITY = np.array([[0.1, 0.2, 0.4, 0.8], [0.2, 0.3, 0.7, 0.9]])
MINIMUM = np.array(
    [
        [[0.9, 0.0], [0.95, -0.6], [1.0, -0.9], [0.7, 0.65]],
        [[0.8, -0.8], [0.85, -0.7], [0.6, 0.5], [0.75, 0.7]],
    ]
)
KIND = [
    ["ignored", "superposed", "superposed", "confused"],
    ["superposed", "superposed", "confused", "confused"],
]
SPANS = {
    "rare": {"ignored": (0.1, 0.15), "superposed": (0.15, 0.6), "confused": (0.6, 0.8)},
    "common": {"superposed": (0.2, 0.5), "confused": (0.5, 0.9)},
}


def two_transitions() -> Figure:
    return no_bias.transition(DENSITY, MINIMUM, KIND, ["rare", "common"])


def test_each_setting_has_the_positions_of_its_own_minimum() -> None:
    figure = two_transitions()
    entries = legend(figure)
    for title, density, minimum in zip(("rare", "common"), DENSITY, MINIMUM, strict=True):
        axes = panel(figure, title)
        for k, label in enumerate(("$W_1$", "$W_2$")):
            drawn = line(axes, label)
            np.testing.assert_array_equal(points(drawn), np.stack([density, minimum[:, k]], axis=1))
            assert colour(drawn) == colour(entries[label])
        assert upright(axes)


def test_the_outcome_changes_half_way_between_two_densities() -> None:
    figure = two_transitions()
    for title, spans in SPANS.items():
        axes = panel(figure, title)
        drawn = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
        found = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in drawn]
        assert found == [pytest.approx(span) for span in spans.values()]
        for name, (left, right) in spans.items():
            assert texts(axes)[name][0] == pytest.approx((left + right) / 2)


def test_an_outcome_has_the_pale_form_of_its_colour() -> None:
    figure = two_transitions()
    for title, spans in SPANS.items():
        drawn = [patch for patch in panel(figure, title).patches if isinstance(patch, Rectangle)]
        for patch, name in zip(drawn, spans, strict=True):
            wanted = OUTCOME_COLOURS[name]
            assert colour(patch) == near([int(wanted[k : k + 2], 16) / 255 for k in (1, 3, 5)])
            assert patch.get_alpha() == pytest.approx(0.16)


def test_densities_in_another_order_are_refused() -> None:
    with pytest.raises(ValueError, match=r"density must increase, but 0\.1 follows 0\.2\."):
        no_bias.transition(DENSITY[:, [1, 0, 2, 3]], MINIMUM, KIND, ["rare", "common"])


def test_a_start_has_the_colour_of_its_minimum_at_its_own_weights() -> None:
    figure = two_minima()
    picture, axes = Picture(figure), panel(figure, "starts")
    # W1 of the three columns and W2 of the four rows.
    for i, first in enumerate((-0.93, 0.0, 0.93)):
        for j, second in enumerate((-1.05, -0.35, 0.35, 1.05)):
            assert picture.colour(axes, first, second) == near(to_rgb(OUTCOME_COLOURS[ENDS[i, j]]))


def test_the_legend_says_which_minimum_is_global_and_how_many_starts_end_there() -> None:
    entries = legend(two_minima())
    assert set(entries) == {
        "ignored: other minimum, 58% of starts",
        "superposed: global minimum, 42% of starts",
    }
    for label, entry in entries.items():
        assert colour(entry) == near(to_rgb(OUTCOME_COLOURS[label.split(":")[0]]))


def test_each_curve_has_its_own_name_and_points() -> None:
    curves = panels(two_minima())[1]
    np.testing.assert_allclose(points(line(curves, "equal importance"))[0], [0.4, 0.9])
    np.testing.assert_allclose(points(line(curves, "importance 0.3"))[-1], [0.5, 0.0])


def test_every_curve_needs_a_name() -> None:
    with pytest.raises(ValueError, match="equally many"):
        no_bias.two_minima(1.4, ENDS, "superposed", [np.array([0.1, 0.2])], [np.ones(2)], [])
