"""Figures of the solution that the phase diagram neglects: legibility and content."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from figures import neglected
from figures.toolkit.style import CATEGORIES
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import Picture, colour, legend, near, panel, points, upright

# Neither square nor symmetric: three importances, two densities.
R, P = np.array([0.1, 1.0, 10.0]), np.array([0.01, 1.0])
THEORY = np.array([[0, 0, 1], [2, 1, 1]])
NEAREST = np.array([[0, 2, 1], [2, 1, 0]])
NAMES = ["⊥ [0, 0, 1]", "⊥ [1, 0, 0]", "⊥ [1, 1, 1]"]


def solutions() -> Figure:
    curve = (np.array([0.2, 0.3]), np.array([0.02, 0.6]))
    return neglected.solutions(R, P, THEORY, NEAREST, NAMES, [curve])


def test_a_figure_is_legible_and_small(tmp_path: Path) -> None:
    assert_legible(solutions(), tmp_path)


def test_each_cell_has_the_colour_of_its_solution() -> None:
    figure = solutions()
    picture = Picture(figure)
    for title, cells in (("theoretical diagram", THEORY), ("nearest to the exact optimum", NEAREST)):
        axes = panel(figure, title)
        for i, density in enumerate((0.02, 0.5)):
            for j, relative in enumerate((0.12, 1.0, 8.0)):
                expected = near(to_rgb(CATEGORIES[cells[i, j]]))
                assert picture.colour(axes, relative, density) == expected, (title, i, j)
        assert upright(axes)
        assert points(axes.get_lines()[-1])[0] == pytest.approx([0.2, 0.02])


def test_the_legend_counts_the_cells_of_the_exact_optimum() -> None:
    entries = legend(solutions())
    shares = ["33.3", "33.3", "33.3"]
    for k, (name, share) in enumerate(zip(NAMES, shares, strict=True)):
        assert colour(entries[f"{name}: {share}% of optima"]) == near(to_rgb(CATEGORIES[k]))
    other = neglected.solutions(R, P, NEAREST, THEORY, NAMES, [])
    assert f"{NAMES[1]}: 50.0% of optima" in legend(other)


def test_there_are_no_more_solutions_than_colours() -> None:
    with pytest.raises(ValueError, match="at most"):
        neglected.solutions(R, P, THEORY, NEAREST, list("abcdefghijklmnopqrstuvwxyz"), [])
