"""Figures of the strategic picture, of compressed sensing and of comments: legibility and content."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray

from figures import wide
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import (
    Picture,
    anchors,
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
    upright,
)


def hidden_l1() -> Figure:
    superposed = np.array([[8, 10], [6, 6], [1, 2], [0, 0]])
    loss = np.array([[0.007, 0.008], [0.009, 0.01], [0.015, 0.017], [0.026, 0.028]])
    return wide.hidden_l1([0, 0.03, 0.1, 0.2], np.maximum(superposed + 1, 4), superposed, loss, 5)


def compressed_sensing() -> Figure:
    x = np.geomspace(3, 100, 8)
    bound_at = np.geomspace(6, 100, 30)
    features = np.stack([x**0.6, 1.1 * x**0.6], axis=1)
    return wide.compressed_sensing(x, features, 4 * bound_at**0.7, bound_at)


def matched_cosines() -> Figure:
    return wide.matched_cosines(np.linspace(0.93, 1, 160), np.linspace(0.4, 0.9, 160))


def dictionary_losses() -> Figure:
    return wide.dictionary_losses(
        [30, 40, 80, 160], [[0.4, 0.41], [0.35, 0.36], [0.34, 0.35], [0.33, 0.34]], 40
    )


@pytest.mark.parametrize("draw", [hidden_l1, compressed_sensing, matched_cosines, dictionary_losses])
def test_a_figure_is_legible_and_small(draw: Callable[[], Figure], tmp_path: Path) -> None:
    assert_legible(draw(), tmp_path)


def test_labels_say_what_the_axes_are() -> None:
    assert shown_texts(hidden_l1()) >= {"coefficient of the L1 penalty on hidden activations", "features"}
    assert shown_texts(compressed_sensing()) >= {"$1/(1-S)$, dense to sparse"}


COEFFICIENTS = np.array([0.1, 0.0, 0.3])
REPRESENTED = np.array([[8, 6], [10, 9], [4, 4]])
SUPERPOSED = np.array([[3, 2], [9, 7], [0, 1]])
LOSS = np.array([[0.02, 0.03], [0.01, 0.012], [0.05, 0.06]])


def penalty(order: NDArray[np.intp] | None = None) -> Figure:
    chosen = np.arange(3) if order is None else order
    return wide.hidden_l1(COEFFICIENTS[chosen], REPRESENTED[chosen], SUPERPOSED[chosen], LOSS[chosen], 5)


def test_each_count_has_its_mean_and_range_under_its_name() -> None:
    above, _ = panels(penalty())
    entries = legend(above)
    assert list(entries) == ["represented", "superposed"]
    order = np.argsort(COEFFICIENTS)
    named = {"represented": REPRESENTED, "superposed": SUPERPOSED}
    for (name, values), area in zip(named.items(), bands(above), strict=True):
        drawn = line(above, name)
        np.testing.assert_allclose(points(drawn), np.stack([COEFFICIENTS, values.mean(1)], axis=1)[order])
        assert colour(entries[name]) == colour(drawn) == colour(area)
        for x, seeds in zip(COEFFICIENTS, values, strict=True):
            assert {(x, seeds.min()), (x, seeds.max())} <= corners(area)


def test_the_loss_is_below_on_the_same_coefficients() -> None:
    above, below = panels(penalty())
    (drawn,) = below.get_lines()
    np.testing.assert_allclose(points(drawn), [[0, 0.011], [0.1, 0.025], [0.3, 0.055]])
    assert (above.get_ylabel(), below.get_ylabel()) == ("features", "loss, without\nthe penalty")
    assert above.get_xlim() == below.get_xlim()
    assert upright(above)
    assert upright(below)


def test_a_line_marks_the_number_of_hidden_dimensions() -> None:
    above, _ = panels(penalty())
    (level,) = (each for each in above.get_lines() if each.get_linestyle() == "--")
    assert points(level)[:, 1].tolist() == [5, 5]
    assert anchors(above) == {"$m = 5$": (0.3, 5)}


@pytest.mark.parametrize("draw", [penalty, lambda order: sensing(order), lambda order: sensing(limit=order)])
def test_the_order_of_points_changes_nothing(draw: Callable[[NDArray[np.intp]], Figure]) -> None:
    assert same_picture(*shuffled(draw, 3))


SPARSITY = np.array([20.0, 3.0, 90.0])
COUNT = np.array([[5.0, 6.0], [2.0, 2.2], [12.0, 14.0]])
LIMIT_AT, LIMIT = np.array([50.0, 7.0, 90.0]), np.array([60.0, 9.0, 95.0])


def sensing(order: NDArray[np.intp] | None = None, limit: NDArray[np.intp] | None = None) -> Figure:
    i = np.arange(3) if order is None else order
    k = np.arange(3) if limit is None else limit
    return wide.compressed_sensing(SPARSITY[i], COUNT[i], LIMIT[k], LIMIT_AT[k])


def test_trained_models_are_points_and_the_bound_is_a_line() -> None:
    figure = sensing()
    picture, (axes,) = Picture(figure), panels(figure)
    entries = legend(axes)
    name = "most that compressed sensing allows"
    bound = line(axes, name)
    assert points(bound).tolist() == [[7, 9], [50, 60], [90, 95]]
    assert colour(entries[name]) == colour(bound)
    shade = colour(entries["trained models"])
    drawn = {
        tuple(point)
        for each in axes.get_lines()
        if each.get_marker() == "o" and colour(each) == shade
        for point in points(each).tolist()
    }
    assert drawn == {
        (x, float(count)) for x, counts in zip(SPARSITY.tolist(), COUNT, strict=True) for count in counts
    }
    for x, count in drawn:
        assert picture.colour(axes, x, count) == near(shade)
    assert upright(axes)
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


FOUND, RANDOM = np.array([0.95, 0.97, 0.96, 0.96, 0.62]), np.array([0.5, 0.51, 0.51, 0.7, 0.2])


def test_each_histogram_counts_its_own_cosines_in_the_colour_of_the_legend() -> None:
    (axes,) = panels(wide.matched_cosines(FOUND, RANDOM))
    for name, values in (("sparse autoencoder", FOUND), ("random directions", RANDOM)):
        shade = colour(legend(axes)[name])
        bars = [patch for patch in axes.patches if colour(patch) == shade and patch.get_path() is not None]
        found = 0
        for bar in bars:
            left, _, width, height = bar.get_window_extent().transformed(axes.transData.inverted()).bounds
            inside = ((values >= left - 1e-9) & (values < left + width - 1e-9)).sum()
            assert round(height) == inside
            found += round(height)
        assert found == len(values)
    assert upright(axes)


def test_a_cosine_that_rounding_puts_above_1_is_counted() -> None:
    (axes,) = panels(wide.matched_cosines([1 + 1e-7, 0.9], [0.5, 0.6]))
    shade = colour(legend(axes)["sparse autoencoder"])
    heights = [patch.get_window_extent() for patch in axes.patches if colour(patch) == shade]
    total = sum(box.transformed(axes.transData.inverted()).height for box in heights)
    assert round(total) == 2


def test_the_order_of_features_changes_nothing() -> None:
    assert same_picture(wide.matched_cosines(FOUND, RANDOM), wide.matched_cosines(FOUND[::-1], RANDOM[::-1]))


def losses_of_sizes(order: NDArray[np.intp] | None = None) -> Figure:
    chosen = np.arange(3) if order is None else order
    sizes, loss = np.array([80, 20, 40]), np.array([[0.3, 0.34], [0.5, 0.7], [0.31, 0.35]])
    return wide.dictionary_losses(sizes[chosen], loss[chosen], 35)


def test_the_loss_of_dictionaries_is_drawn_at_their_sizes_beside_the_number_of_features() -> None:
    figure = losses_of_sizes()
    (axes,) = panels(figure)
    curve, level = axes.get_lines()
    np.testing.assert_allclose(points(curve), [[20, 0.6], [40, 0.33], [80, 0.32]])
    assert {(20, 0.5), (20, 0.7), (80, 0.3), (80, 0.34)} <= corners(bands(axes)[0])
    assert set(points(level)[:, 0]) == {35}
    assert anchors(axes) == {"$n = 35$": (35, 0)}
    assert [text.get_text() for text in axes.get_xticklabels()] == ["80", "20", "40"]
    assert axes.get_xscale() == "log"
    assert upright(axes)
    assert same_picture(*shuffled(losses_of_sizes, 3))
