"""The figure of where superposition begins: legibility and content."""

from pathlib import Path

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from figures import demonstrating
from figures.toolkit.style import SUPERPOSITION
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import (
    Picture,
    anchors,
    colour,
    colour_bar,
    legend,
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
THREE = np.array([1.0, 0.01, 0.1])


def superposition_onset() -> Figure:
    feature = np.arange(20)
    represented = feature < np.array([5, 7, 9, 10, 12, 14, 16])[:, None]
    superposed = represented & (feature >= np.array([20, 4, 2, 1, 0, 0, 0])[:, None])
    antipodal = superposed & (np.arange(7) < 4)[:, None]
    kept, shared, paired = (np.stack([values] * 3, axis=1) for values in (represented, superposed, antipodal))
    return demonstrating.superposition_onset(DENSITY, kept, shared, paired, 5)


def test_the_figure_is_legible_and_small(tmp_path: Path) -> None:
    assert_legible(superposition_onset(), tmp_path)


def test_labels_are_in_the_symbols_of_the_paper() -> None:
    assert shown_texts(superposition_onset()) >= {
        "feature, most important first",
        "$m = 5$",
        "antipodal pair",
    }


# Shape [point, seed, feature]: seeds differ, and no two features or points are alike. The last seed has a
# superposition of a feature that it does not represent, and a pair of one that is not in superposition.
KEPT = np.array(
    [
        [[1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]],
        [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]],
        [[1, 1, 1, 0], [1, 0, 1, 0], [1, 0, 0, 0]],
    ],
    dtype=bool,
)
SHARED = np.array(
    [
        [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]],
        [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]],
        [[0, 1, 1, 0], [1, 0, 1, 0], [0, 0, 0, 0]],
    ],
    dtype=bool,
)
PAIRED = np.array(
    [
        [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
        [[0, 0, 0, 1], [0, 0, 1, 1], [0, 0, 0, 0]],
        [[0, 1, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0]],
    ],
    dtype=bool,
)


def onset(order: NDArray[np.intp] | None = None) -> Figure:
    chosen = np.arange(3) if order is None else order
    return demonstrating.superposition_onset(THREE[chosen], KEPT[chosen], SHARED[chosen], PAIRED[chosen], 2)


def test_bars_show_how_many_features_are_represented_and_how() -> None:
    figure = onset()
    picture, (counts, _) = Picture(figure), panels(figure)
    entries = legend(counts)
    # Mean numbers by hand, at densities 1, 0.1 and 0.01.
    means: dict[str, list[float]] = {
        "dedicated dimension": [7 / 3, 2 / 3, 0],
        "antipodal pair": [0, 2 / 3, 1],
        "other superposition": [0, 2 / 3, 3],
    }
    assert list(entries) == list(means)
    for place, density in enumerate((1, 0.1, 0.01)):
        base = 0.0
        for name, heights in means.items():
            if heights[place]:
                within = base + 0.3 * heights[place]
                # Off the line at m, and beside the middle, where the range of the seeds is drawn.
                assert picture.colour(counts, place - 0.25, within) == near(colour(entries[name])), (
                    name,
                    density,
                )
            base += heights[place]
        assert picture.colour(counts, place - 0.25, base + 0.2) == near((1, 1, 1))
    assert ticks(counts.xaxis) == {"1": 0, "0.1": 1, "0.01": 2}


def test_error_bars_show_the_range_of_the_total_over_seeds() -> None:
    counts, _ = panels(onset())
    (bars,) = (each for each in counts.collections if isinstance(each, LineCollection))
    ends = [np.asarray(segment)[:, 1].tolist() for segment in bars.get_segments()]
    assert ends == [[2, 3], [1, 3], [4, 4]]


def test_a_line_marks_the_number_of_dimensions() -> None:
    counts, _ = panels(onset())
    (level,) = (each for each in counts.get_lines() if each.get_linestyle() == "--")
    assert points(level)[:, 1].tolist() == [2, 2]
    assert texts(counts)["$m = 2$"] == (3, 3)
    assert anchors(counts) == {"$m = 2$": (0, 2)}


def test_the_map_shows_the_share_of_seeds_in_superposition_by_density_and_feature() -> None:
    figure = onset()
    picture, (_, axes) = Picture(figure), panels(figure)
    nowhere = colour(legend(axes)["represented in no seed"])
    # Rows are densities 1, 0.1 and 0.01, columns features from 1; None where no seed represents it.
    shares: list[list[float | None]] = [[0, 0, 0, None], [1 / 3, 1, 1, None], [1, 1, 1, 1]]
    for point, row in enumerate(shares):
        for feature, share in enumerate(row, start=1):
            # Off the middle of the cell, where no text of the legend can be.
            expected = nowhere if share is None else SUPERPOSITION(float(share))
            if (point, feature) != (0, 4):
                assert picture.colour(axes, point + 0.3, feature - 0.3) == near(expected), (point, feature)
    assert ticks(axes.xaxis) == {"1": 0, "0.1": 1, "0.01": 2}
    assert ticks(axes.yaxis)["1"] == 1
    assert axes.yaxis_inverted()


def test_a_share_counts_only_seeds_that_represent_the_feature() -> None:
    kept = np.array([[[1, 1], [1, 1], [1, 0]], [[1, 1], [1, 1], [1, 1]]], dtype=bool)
    shared = np.array([[[0, 1], [0, 0], [0, 0]], [[1, 1], [0, 1], [0, 1]]], dtype=bool)
    figure = demonstrating.superposition_onset([1, 0.1], kept, shared, shared, 1)
    picture, (_, axes), bar = Picture(figure), panels(figure), colour_bar(figure)
    for (point, feature), share in {(0, 1): 0, (0, 2): 1 / 2, (1, 1): 1 / 3, (1, 2): 1}.items():
        assert picture.colour(axes, point + 0.3, feature - 0.3) == near(SUPERPOSITION(float(share))), (
            point,
            feature,
        )
        if 0 < share < 1:
            assert picture.colour(bar, 0.5, share) == near(SUPERPOSITION(float(share)))


def test_the_order_of_densities_changes_nothing() -> None:
    assert same_picture(*shuffled(onset, 3))
