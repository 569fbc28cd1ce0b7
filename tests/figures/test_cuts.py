"""Figures of cuts through the phase diagram: legibility and content."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from figures import cuts
from figures.toolkit.outcomes import OUTCOME_COLOURS
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import (
    Picture,
    colour,
    legend,
    line,
    near,
    panels,
    points,
    same_picture,
    shown_texts,
    shuffled,
    upright,
    vertical_lines,
)


def example() -> Figure:
    p = np.geomspace(0.02, 1, 60)
    natural = {"ignore the extra feature": 0.5 * (p / 3 - p**2 / 4), "superpose the two": p**2 / 4}
    best = np.minimum(*natural.values())
    superposed = natural["superpose the two"] == best
    points = slice(None, None, 4)
    return cuts.first_order(
        p, natural, best, p[points], best[points], superposed[points], superposed[points], crossings=[4 / 9]
    )


def test_the_figure_is_legible_and_small(tmp_path: Path) -> None:
    assert_legible(example(), tmp_path)


def test_labels_are_those_of_the_losses() -> None:
    assert shown_texts(example()) >= {"loss", "exact global optimum", "best trained model"}


X = np.array([0.1, 0.2, 0.5, 1.0])
NATURAL = {
    "ignore it": np.array([0.1, 0.2, 0.3, 0.35]),
    "superpose it": np.array([0.05, 0.25, 0.3, 0.5]),
    "another way": np.array([0.2, 0.22, 0.24, 0.26]),
}
OPTIMUM = np.array([0.04, 0.19, 0.23, 0.25])
AT = np.array([0.15, 0.4, 0.9])
LOSS, NORM, SHARED = np.array([0.12, 0.21, 0.24]), np.array([0.95, 0.05, 0.6]), np.array([0.8, 0.9, 0.3])


def cut(
    position: NDArray[np.intp] | None = None,
    point: NDArray[np.intp] | None = None,
    names: tuple[str, ...] = tuple(NATURAL),
) -> Figure:
    i = np.arange(4) if position is None else position
    k = np.arange(3) if point is None else point
    natural = {name: NATURAL[name][i] for name in names}
    return cuts.first_order(
        X[i],
        natural,
        OPTIMUM[i],
        AT[k],
        LOSS[k],
        NORM[k],
        SHARED[k],
        crossings=[0.3, 0.7],
        xlabel="the coordinate",
        title="the title",
    )


def test_each_label_belongs_to_its_curve() -> None:
    above, below = panels(cut())
    curves = {"exact global optimum": (X, OPTIMUM), "best trained model": (AT, LOSS)}
    curves |= {name: (X, loss) for name, loss in NATURAL.items()}
    for name, (x, y) in curves.items():
        np.testing.assert_array_equal(points(line(above, name)), np.stack([x, y], axis=1))
    np.testing.assert_array_equal(points(line(below, r"norm $\|W_i\|$")), np.stack([AT, NORM], axis=1))


def test_the_legend_shows_each_curve_as_it_is_drawn() -> None:
    for axes in panels(cut()):
        for name, entry in legend(axes).items():
            drawn = line(axes, name)
            assert isinstance(entry, Line2D)
            assert colour(entry) == colour(drawn)
            assert (entry.get_marker(), entry.get_linestyle()) == (drawn.get_marker(), drawn.get_linestyle())


def test_curves_and_points_are_rendered_where_they_belong() -> None:
    figure = cut()
    picture, (above, below) = Picture(figure), panels(figure)
    assert upright(above)
    assert upright(below)
    assert picture.colour(above, 0.2, 0.188) == near(colour(line(above, "exact global optimum")))
    assert picture.colour(below, AT[0], SHARED[0]) == near(colour(line(below, "superposition")))
    assert above.get_title() == "the title"
    assert below.get_xlabel() == "the coordinate"
    assert (above.get_ylabel(), below.get_ylabel()) == ("loss", "extra feature")


def test_the_losses_of_the_optimum_and_of_models_fill_the_panel() -> None:
    above, _ = panels(cut())
    assert above.get_ylim() == (0, 1.3 * OPTIMUM.max())
    worse = panels(cuts.first_order(X, NATURAL, OPTIMUM, AT, 2 * LOSS, NORM, SHARED))[0]
    assert worse.get_ylim() == (0, 1.3 * 2 * LOSS.max())


def test_the_axis_reaches_from_the_first_curve_or_model_to_the_last() -> None:
    for at, ends in ((AT, (0.1, 1)), (AT / 3, (0.05, 1)), (3 * AT, (0.1, 2.7))):
        _, below = panels(cuts.first_order(X, NATURAL, OPTIMUM, at, LOSS, NORM, SHARED))
        assert below.get_xlim() == pytest.approx(ends)


def test_an_ignored_feature_has_no_superposition() -> None:
    _, below = panels(cut())
    drawn = points(line(below, "superposition"))
    np.testing.assert_array_equal(drawn[:, 0], AT)
    np.testing.assert_array_equal(drawn[:, 1], [0.8, np.nan, 0.3])


def test_crossings_are_lines_through_both_panels() -> None:
    for axes in panels(cut()):
        assert vertical_lines(axes) == [0.3, 0.7]


def test_a_solution_keeps_its_colour_in_any_order() -> None:
    one, other = (panels(cut(names=names))[0] for names in (tuple(NATURAL), tuple(NATURAL)[::-1]))
    shades = [{name: colour(line(axes, name)) for name in NATURAL} for axes in (one, other)]
    assert shades[0] == shades[1]
    assert len(set(shades[0].values())) == 3


def test_a_solution_has_the_colour_of_its_outcome_in_the_phase_diagrams() -> None:
    natural = {"dedicate a dimension to it": OPTIMUM, "superpose the extra feature": 2 * OPTIMUM}
    above, _ = panels(cuts.first_order(X, natural, OPTIMUM, AT, LOSS, NORM, SHARED))
    for name, outcome in zip(natural, ("dedicated", "superposed"), strict=True):
        assert colour(line(above, name)) == to_rgb(OUTCOME_COLOURS[outcome])


@pytest.mark.parametrize("seed", [0, 1])
def test_the_order_of_positions_and_of_trained_models_changes_nothing(seed: int) -> None:
    assert same_picture(*shuffled(lambda order: cut(position=order), 4))
    assert same_picture(cut(), cut(point=np.random.default_rng(seed).permutation(3)))
