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
)

INVERSE_DENSITY = np.geomspace(1, 10, 12)
FEATURES = 1 / (np.linspace(1, 0.25, 12)[:, None] + 0.01 * noise(12, 3))


def vulnerability() -> Figure:
    return adversarial.vulnerability(INVERSE_DENSITY, 1.5 * FEATURES - 0.5, FEATURES)


def vulnerability_against_features() -> Figure:
    return adversarial.vulnerability_against_features(FEATURES, 1.5 * FEATURES - 0.5, INVERSE_DENSITY)


@pytest.mark.parametrize("draw", [vulnerability, vulnerability_against_features])
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
