"""Figures of *Superposition and Adversarial Robustness*: legibility and content."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import LogNorm, to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from figures import adversarial
from figures.toolkit.style import TIME
from tests.helpers.embeddings import noise
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import (
    Picture,
    band,
    colour,
    colour_bar,
    corners,
    legend,
    line,
    near,
    panels,
    points,
    same_picture,
    shown_texts,
    shuffled,
    ticks,
    upright,
    vertical_lines,
)

INVERSE_DENSITY = np.geomspace(1, 10, 12)
FEATURES = 1 / (np.linspace(1, 0.25, 12)[:, None] + 0.01 * noise(12, 3))


def vulnerability() -> Figure:
    return adversarial.vulnerability(INVERSE_DENSITY, 1.5 * FEATURES - 0.5, FEATURES)


def vulnerability_against_features() -> Figure:
    return adversarial.vulnerability_against_features(FEATURES, 1.5 * FEATURES - 0.5, INVERSE_DENSITY)


def transferred() -> Figure:
    return adversarial.transferred(1 + 0.02 * noise(24, 1)[:, 0], 0.6 + 0.05 * noise(24, 1)[:, 0])


STRENGTH = [np.array([0.0, 2.0, 0.8]), np.array([0.0, 0.6])]
ROBUST_SUPERPOSED = [np.array([[9.0, 8.0], [0.0, 1.0], [4.0, 5.0]]), np.array([[30.0, 28.0], [3.0, 1.0]])]
ROBUST = [np.array([[10.0, 8.0], [2.0, 1.0], [6.0, 5.0]]), np.array([[31.0, 29.0], [9.0, 7.0]])]
CLEAN = [np.array([[0.3, 0.32], [0.6, 0.7], [0.4, 0.5]]), np.array([[1.5, 1.7], [2.0, 2.4]])]


def adversarial_training(order: NDArray[np.intp] | None = None) -> Figure:
    def shown(values: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
        return values if order is None else [values[0][order], values[1]]

    names = ["n = 20, m = 4", "n = 80, m = 8"]
    return adversarial.adversarial_training(
        shown(STRENGTH), shown(ROBUST_SUPERPOSED), shown(ROBUST), shown(CLEAN), names
    )


@pytest.mark.parametrize(
    "draw", [vulnerability, vulnerability_against_features, transferred, adversarial_training]
)
def test_a_figure_is_legible_and_small(draw: Callable[[], Figure], tmp_path: Path) -> None:
    assert_legible(draw(), tmp_path)


def test_labels_are_in_the_symbols_of_the_paper() -> None:
    assert shown_texts(vulnerability()) >= {"$1/(1-S)$, dense to sparse", "features per dimension"}


PLACES = np.array([2.0, 1.0, 10.0])
ATTACKED = np.array([[1.5, 1.9], [1.0, 1.2], [5.0, 4.0]])
STORED = np.array([[1.4, 1.2], [1.0, 0.9], [3.0, 3.4]])


def over_sparsity(order: NDArray[np.intp] | None = None) -> Figure:
    chosen = np.arange(3) if order is None else order
    return adversarial.vulnerability(PLACES[chosen], ATTACKED[chosen], STORED[chosen])


def over_features(order: NDArray[np.intp] | None = None) -> Figure:
    chosen = np.arange(3) if order is None else order
    return adversarial.vulnerability_against_features(STORED[chosen], ATTACKED[chosen], PLACES[chosen])


def test_vulnerability_is_above_and_features_are_below() -> None:
    figure = over_sparsity()
    above, below = panels(figure)
    assert above.get_ylabel() == "adversarial vulnerability,\nrelative to no superposition"
    assert below.get_ylabel() == "features per dimension"
    for axes, values in ((above, ATTACKED), (below, STORED)):
        order = np.argsort(PLACES)
        drawn, entries = line(axes, "mean of seeds"), legend(axes)
        np.testing.assert_allclose(points(drawn), np.stack([PLACES, values.mean(1)], axis=1)[order])
        for x, seeds in zip(PLACES, values, strict=True):
            assert {(x, seeds.min()), (x, seeds.max())} <= corners(band(axes))
        assert colour(entries["mean of seeds"]) == colour(drawn)
        assert colour(entries["range of seeds"]) == colour(band(axes))
        assert upright(axes)


def test_sparsity_grows_to_the_right() -> None:
    figure = over_sparsity()
    shown_texts(figure)
    _, below = panels(figure)
    assert below.get_xscale() == "log"
    assert ticks(below.xaxis)["10"] == 10


def test_each_seed_is_a_point_in_the_colour_of_its_sparsity() -> None:
    figure = over_features()
    picture, (axes,), bar = Picture(figure), panels(figure), colour_bar(figure)
    (dots,) = (each for each in axes.collections if isinstance(each, PathCollection))
    offsets = np.asarray(dots.get_offsets())
    found = {
        (float(x), float(y)): to_rgb(face)
        for (x, y), face in zip(offsets, np.asarray(dots.get_facecolor()), strict=True)
    }
    scale = LogNorm(1, 10)
    expected = {
        (x, y): to_rgb(TIME(scale(sparsity)))
        for sparsity, features, attacked in zip(PLACES, STORED, ATTACKED, strict=True)
        for x, y in zip(features.tolist(), attacked.tolist(), strict=True)
    }
    assert found == expected
    for place, shade in expected.items():
        assert picture.colour(axes, *place) == near(shade)
    assert picture.colour(bar, 0.5, 2.0) == near(TIME(scale(2.0)))
    assert (axes.get_xlabel(), bar.get_ylabel()) == ("features per dimension", "$1/(1-S)$")
    assert axes.get_ylabel().startswith("adversarial vulnerability")
    assert upright(axes)


@pytest.mark.parametrize("draw", [over_sparsity, over_features])
def test_the_order_of_densities_changes_nothing(draw: Callable[[NDArray[np.intp]], Figure]) -> None:
    assert same_picture(*shuffled(draw, 3))


def test_each_size_has_a_column_with_its_counts_above_and_its_loss_below() -> None:
    figure = adversarial_training()
    first, second, first_loss, second_loss = panels(figure)
    entries = legend(first)
    assert list(entries) == ["represented", "superposed"]
    assert [first.get_title(), second.get_title()] == ["n = 20, m = 4", "n = 80, m = 8"]
    for column, (axes, loss) in enumerate(((first, first_loss), (second, second_loss))):
        order = np.argsort(STRENGTH[column])
        for name, values in (("represented", ROBUST[column]), ("superposed", ROBUST_SUPERPOSED[column])):
            drawn = line(axes, name)
            expected = np.stack([STRENGTH[column], values.mean(1)], axis=1)[order]
            np.testing.assert_allclose(points(drawn), expected)
            assert colour(drawn) == colour(entries[name])
        curve = loss.get_lines()[0]
        expected = np.stack([STRENGTH[column], CLEAN[column].mean(1)], axis=1)[order]
        np.testing.assert_allclose(points(curve), expected)
        assert upright(axes)
        assert upright(loss)
    assert (first.get_ylabel(), first_loss.get_ylabel()) == ("features", "loss without attacks")


def test_the_order_of_strengths_changes_nothing() -> None:
    assert same_picture(*shuffled(adversarial_training, 3))


def test_models_are_points_in_the_row_of_their_kind() -> None:
    (axes,) = panels(adversarial.transferred([0.9, 1.0, 0.95], [0.5, 0.7]))
    rows = {
        text.get_text(): float(y) for y, text in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
    }
    assert list(rows) == ["anticorrelated pairs", "independent features"]
    dots = [points(each) for each in axes.get_lines() if each.get_marker() == "o"]
    found = {
        name: sorted(x for drawn in dots for x, y in drawn if abs(y - row) < 0.4)
        for name, row in rows.items()
    }
    assert found == {"anticorrelated pairs": [0.9, 0.95, 1.0], "independent features": [0.5, 0.7]}
    bottom, top = axes.get_ylim()
    assert bottom > top
    assert axes.get_xlim()[0] == 0


def test_points_of_a_kind_rise_with_their_values_in_any_order_of_models() -> None:
    one = adversarial.transferred([0.9, 1.0, 0.95], [0.5, 0.7])
    assert same_picture(one, adversarial.transferred([1.0, 0.95, 0.9], [0.7, 0.5]))


def test_the_strength_of_the_paper_is_a_line_through_all_panels() -> None:
    for axes in panels(adversarial_training()):
        assert vertical_lines(axes) == [0.8]
