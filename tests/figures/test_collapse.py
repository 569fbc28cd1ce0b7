"""The figure of critical densities: legibility and content."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from figures import collapse
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import line, panels, points, shown_texts


def critical_density() -> Figure:
    return collapse.critical_density([0.5, 0.0, 0.2], [0.1, 1.0, 0.4], [0.0, 0.6], [0.57, 0.02])


def test_a_figure_is_legible_and_small(tmp_path: Path) -> None:
    assert_legible(critical_density(), tmp_path)


def test_points_are_of_the_exact_optimum_and_the_curve_of_natural_solutions() -> None:
    (axes,) = panels(critical_density())
    exact, natural = line(axes, "exact optimum"), line(axes, "W = [1, −1] against [1, 1] / √2")
    np.testing.assert_allclose(points(exact), [[0.5, 0.1], [0.0, 1.0], [0.2, 0.4]])
    np.testing.assert_allclose(points(natural), [[0.0, 0.57], [0.6, 0.02]])
    assert (exact.get_linestyle(), natural.get_marker()) == ("None", "None")


def test_superposition_is_below_the_curve() -> None:
    figure = critical_density()
    assert {"superposition", "principal component"} <= shown_texts(figure)
    heights = {text.get_text(): text.get_position()[1] for text in panels(figure)[0].texts}
    assert heights["superposition"] < heights["principal component"]
