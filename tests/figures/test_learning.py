"""Figures of *Superposition and Learning Dynamics*: legibility and content."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from figures import learning
from figures.toolkit.style import CATEGORIES, TIME
from tests.helpers.embeddings import Floats
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import (
    anchors,
    colour,
    legend,
    panels,
    points,
    shown_texts,
    upright,
    vertical_lines,
)


def dimensionality_over_training() -> Figure:
    steps = np.geomspace(10, 1e5, 30)
    up = 0.5 / (1 + np.exp(-4 * (np.log10(steps)[:, None] - np.linspace(2, 4, 6))))
    values = np.concatenate([up, np.full((30, 10), 0.02)], axis=1)
    return learning.dimensionality_over_training(
        steps, values, 1 / np.log(steps), represented=0.25, jumps=[100, 10000]
    )


def trajectories_3d() -> Figure:
    steps = np.geomspace(1, 1e4, 30)
    octahedron = np.concatenate([np.eye(3), -np.eye(3)])
    paths = np.linspace(0, 1, 30)[:, None, None] * octahedron
    return learning.trajectories_3d(steps, paths, 1 / steps, [0, 0, 0, 1, 1, 1], [3, 12, 20, 29])


def trajectories_film() -> Figure:
    steps = np.geomspace(1, 1e4, 30)
    octahedron = np.concatenate([np.eye(3), -np.eye(3)])
    paths = np.linspace(0, 1, 30)[:, None, None] * octahedron
    return learning.trajectories_film(steps, paths, 1 / steps, [0, 0, 0, 1, 1, 1])


@pytest.mark.parametrize("draw", [dimensionality_over_training, trajectories_3d, trajectories_film])
def test_a_figure_is_legible_and_small(draw: Callable[[], Figure], tmp_path: Path) -> None:
    assert_legible(draw(), tmp_path)


def test_labels_are_in_the_symbols_of_the_paper() -> None:
    assert shown_texts(dimensionality_over_training()) >= {"feature dimensionality $D_i$", "training step"}
    assert shown_texts(trajectories_3d()) >= {"set 1", "set 2", "a: step 2.6", "loss"}


STEPS = np.array([1.0, 10.0, 100.0, 1000.0])
# In columns: late, not represented, early, in between.
D = np.array([[0.0, 0.1, 0.3, 0.0], [0.05, 0.3, 0.5, 0.1], [0.1, 0.2, 0.6, 0.3], [0.5, 0.15, 0.55, 0.45]])
LOSS = np.array([9.0, 0.3, 0.25, 0.1])


def training(order: list[int] | None = None) -> Figure:
    chosen = D if order is None else D[:, order]
    return learning.dimensionality_over_training(STEPS, chosen, LOSS, represented=0.25, jumps=[20.0, 300.0])


def curves(axes: Axes) -> dict[tuple[float, ...], tuple[float, float, float]]:
    """Return the colour of each curve by its values."""
    drawn = [each for each in axes.get_lines() if len(points(each)) == len(STEPS)]
    for each in drawn:
        np.testing.assert_array_equal(points(each)[:, 0], STEPS)
    return {tuple(points(each)[:, 1].tolist()): colour(each) for each in drawn}


def test_a_feature_is_the_darker_the_earlier_it_arrives_and_grey_if_it_does_not() -> None:
    above, _ = panels(training())
    entries, found = legend(above), curves(above)
    late, absent, early, between = (found[tuple(column.tolist())] for column in D.T)
    assert early == colour(entries["represented at the end, early"])
    assert late == colour(entries["represented at the end, late"])
    assert absent == colour(entries["not represented at the end"])
    assert between == to_rgb(TIME(0.5))
    assert sum(early) < sum(between) < sum(late)


def test_a_feature_arrives_when_it_has_half_of_what_it_has_at_the_end() -> None:
    """Not half of the largest value, which the first feature loses again, nor the same value for all."""
    steps = np.arange(1.0, 6.0)
    first, second, third = [0.0, 0.3, 0.4, 0.9, 0.5], [0.0, 0.1, 0.3, 0.4, 0.5], [0.0, 0.3, 0.4, 0.42, 0.9]
    D = np.array([second, third, first]).T
    above, _ = panels(learning.dimensionality_over_training(steps, D, 1 / steps, represented=0.25))
    drawn = {tuple(points(each)[:, 1]): colour(each) for each in above.get_lines() if len(points(each)) == 5}
    shades = [drawn[tuple(values)] for values in (first, second, third)]
    assert shades == [to_rgb(TIME(place)) for place in (0.0, 0.5, 1.0)]


def test_a_feature_is_represented_above_the_dimensionality_that_the_claim_gives() -> None:
    figure = learning.dimensionality_over_training(STEPS, D, LOSS, represented=0.47)
    above = panels(figure)[0]
    pale = colour(legend(above)["not represented at the end"])
    grey = {values[-1] for values, shade in curves(above).items() if shade == pale}
    assert grey == {0.15, 0.45}


def test_the_order_of_features_changes_no_colour() -> None:
    assert curves(panels(training())[0]) == curves(panels(training([2, 3, 1, 0]))[0])


def test_the_loss_is_below_on_the_same_steps() -> None:
    above, below = panels(training())
    assert list(curves(below)) == [tuple(LOSS.tolist())]
    assert (above.get_ylabel(), below.get_ylabel()) == ("feature dimensionality $D_i$", "loss")
    for axes in (above, below):
        assert upright(axes)
        assert axes.get_xscale() == "linear"
        assert axes.get_xlim() == (1, 1000)
    # The end of training is in view, its start is not.
    low, high = below.get_ylim()
    assert low < 0.1 < 0.25 < high < 9


def test_jumps_are_lines_through_both_panels() -> None:
    for axes in panels(training()):
        assert vertical_lines(axes) == [20, 300]


def test_steps_in_another_order_are_refused() -> None:
    with pytest.raises(ValueError, match="steps must increase, but 1 follows 10"):
        learning.dimensionality_over_training(STEPS[[1, 0, 2, 3]], D, LOSS, represented=0.25)
    with pytest.raises(ValueError, match="steps must increase"):
        learning.trajectories_3d(STEPS[::-1], np.zeros((4, 2, 3)), LOSS, [0, 1], [3])


# The final embeddings are orthogonal, but turned away from the axes; the paths bend.
TURN, _ = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))
FINAL = np.array([[1.0, 0.0, 0.0], [0.0, 0.9, 0.0], [0.0, 0.0, 0.8], [-0.9, 0.1, 0.0]]) @ TURN
SETS = [1, 0, 1, 0]
PATHS = np.stack([0.1 * FINAL[[1, 2, 3, 0]], 0.3 * FINAL[[0, 2, 1, 3]], 0.6 * FINAL, FINAL])
STAGES = [1, 3]


def trajectories() -> Figure:
    return learning.trajectories_3d(STEPS, PATHS, LOSS, SETS, STAGES)


def stage(figure: Figure, title: str) -> Any:
    """Return the three-dimensional panel with a title, whose type has no annotations."""
    (found,) = (axes for axes in figure.axes if axes.get_title() == title)
    assert found.name == "3d"
    return found


def paths(axes: Any, length: int) -> list[Floats]:
    """Return the path of each feature, without the axes and the marks at the ends."""
    found = [np.array(each.get_data_3d()).T for each in axes.get_lines()]
    return [path for path in found[3:] if len(path) == length]


def ends(axes: Any) -> list[Line2D]:
    """Return the mark at the end of each path."""
    return [each for each in axes.get_lines() if each.get_marker() != "None"]


@pytest.mark.parametrize(("title", "stop"), [("a: step 10", 2), ("b: step 1000", 4)])
def test_each_stage_shows_the_paths_up_to_it(title: str, stop: int) -> None:
    drawn = np.stack(paths(stage(trajectories(), title), stop), axis=1)
    expected = PATHS[:stop]
    assert drawn.shape == expected.shape
    # Turned as a whole: the angles between all points of all paths are the same.
    flat, wanted = drawn.reshape(-1, 3), expected.reshape(-1, 3)
    np.testing.assert_allclose(flat @ flat.T, wanted @ wanted.T, atol=1e-9)


def test_the_final_embeddings_lie_along_the_axes_and_stages_are_turned_alike() -> None:
    figure = trajectories()
    final = np.stack(paths(stage(figure, "b: step 1000"), 4), axis=1)
    np.testing.assert_allclose(np.abs(final[-1, :3]).max(1), [1, 0.9, 0.8], atol=1e-9)
    early = np.stack(paths(stage(figure, "a: step 10"), 2), axis=1)
    np.testing.assert_allclose(early, final[:2], atol=1e-12)


def test_the_longest_of_the_final_embeddings_lie_along_the_axes() -> None:
    final = np.array([[0.4, 0.5, 0.1], [1.0, 0.0, 0.0], [0.0, 0.9, 0.0], [0.0, 0.0, 0.8]]) @ TURN
    figure = learning.trajectories_3d(STEPS, np.stack([0.1 * final] * 3 + [final]), LOSS, SETS, [3])
    (drawn,) = ([path[-1] for path in paths(axes, 4)] for axes in figure.axes if axes.name == "3d")
    np.testing.assert_allclose(np.abs(drawn[1:]).max(1), [1, 0.9, 0.8], atol=1e-9)


def test_each_path_ends_in_the_marker_and_the_colour_of_its_set() -> None:
    figure = trajectories()
    entries = legend(figure.axes[-1])
    assert list(entries) == ["set 1", "set 2"]
    for title in ("a: step 10", "b: step 1000"):
        axes = stage(figure, title)
        marks = ends(axes)
        places = {each: np.array(each.get_data_3d()) for each in axes.get_lines()[3:]}
        curves = [each for each, place in places.items() if place.shape[1] > 1]
        for curve, mark in zip(curves, marks, strict=True):
            assert colour(curve) == colour(mark)
            np.testing.assert_array_equal(places[curve][:, -1:], places[mark])
        for mark, k in zip(marks, SETS, strict=True):
            entry = entries[f"set {k + 1}"]
            assert isinstance(entry, Line2D)
            assert mark.get_marker() == entry.get_marker()
        first, second = (colour(marks[feature]) for feature in (0, 2))
        # Features of a set have one hue, the first of them that of the legend, the second a lighter one.
        assert first == colour(entries["set 2"]) == to_rgb(CATEGORIES[1])
        assert sum(second) > sum(first)
        assert np.argsort(second).tolist() == np.argsort(first).tolist()
        assert colour(marks[1]) == colour(entries["set 1"])


def test_regimes_of_the_loss_end_at_the_steps_of_their_panels() -> None:
    axes = trajectories().axes[-1]
    (curve,) = (each for each in axes.get_lines() if len(points(each)) == 4)
    np.testing.assert_array_equal(points(curve), np.stack([STEPS, LOSS], axis=1))
    assert vertical_lines(axes) == [10, 1000]
    letters = {text: x for text, (x, _) in anchors(axes).items()}
    assert letters == {"a": 10, "b": 1000}
    spans = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert [(span.get_x(), span.get_x() + span.get_width()) for span in spans] == [(1, 10), (10, 1000)]
    assert upright(axes)
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_every_stage_has_the_same_scale_in_all_directions() -> None:
    figure = trajectories()
    for title in ("a: step 10", "b: step 1000"):
        axes = stage(figure, title)
        assert axes.get_xlim() == axes.get_ylim() == axes.get_zlim() == (-1, 1)


def test_each_frame_of_the_film_shows_the_paths_up_to_its_step() -> None:
    figure = learning.trajectories_film(STEPS, PATHS, LOSS, SETS)
    assert figure.get_gid() == "film: training"
    assert [axes.get_gid() for axes in figure.axes] == [
        "frame: step 1, loss 9",
        "frame: step 10, loss 0.3",
        "frame: step 100, loss 0.25",
        "frame: step 1000, loss 0.1",
    ]
    whole = np.stack(paths(stage(figure, "step 1000"), 4), axis=1)
    np.testing.assert_allclose(np.abs(whole[-1, :3]).max(1), [1, 0.9, 0.8], atol=1e-9)
    np.testing.assert_allclose(np.stack(paths(stage(figure, "step 100"), 3), axis=1), whole[:3], atol=1e-12)
    assert [handle.get_gid() for handle in legend(figure).values()] == ["key: set 1", "key: set 2"]


def test_a_long_film_has_twelve_frames_and_keeps_the_first_and_the_last() -> None:
    titles = [axes.get_title() for axes in trajectories_film().axes]
    assert len(titles) == 12
    assert (titles[0], titles[-1]) == ("step 1", "step 10000")
