"""Figures of training throughput: legibility and content."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures import throughput
from tests.helpers.embeddings import noise
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import (
    Picture,
    colour,
    legend,
    line,
    near,
    panels,
    points,
    shown_texts,
    ticks,
    upright,
)

SPEEDS = {"torch.compile": 1.6, "compiled scan": 4.0, "reference": 0.7, "fused": 21.0}


def speeds() -> Figure:
    spread = 1 + 0.3 * np.abs(noise(6))
    ratios = {name: middle * spread for name, middle in SPEEDS.items()}
    ratios["torch.compile"][2] = np.nan
    low, high = ({name: r * factor for name, r in ratios.items()} for factor in (0.8, 1.3))
    names = [f"{name}, batch {rows}" for name in ("basic", "phase", "uniform") for rows in (128, 1024)]
    return throughput.speeds(names, ratios, low, high, "a processor, 2 threads")


def growth() -> Figure:
    values: dict[str, list[float]] = {
        "instances": [4, 8, 16, 32],
        "n": [16, 64, 512],
        "batch": [64, 512, 4096],
        "density": [0.003, 1],
        "steps": [1, 2, 4, 8, 16],
    }
    power = {"instances": 0.9, "n": 1.02, "batch": 1.0, "density": 0.3, "steps": 1.0}
    seconds = {name: 1e-4 * np.array(x) ** power[name] for name, x in values.items()}
    intervals = {name: (exponent - 0.1, exponent + 0.1) for name, exponent in power.items()}
    return throughput.growth(values, seconds, power, intervals, "fused engine on a processor, 2 threads")


@pytest.mark.parametrize("draw", [speeds, growth])
def test_a_figure_is_legible_and_small(draw: Callable[[], Figure], tmp_path: Path) -> None:
    assert_legible(draw(), tmp_path)


@pytest.mark.parametrize(
    ("draw", "labels"),
    [
        (
            speeds,
            {"training steps per second, in units of the notebook loop's", "uniform, batch 1024", "fused"},
        ),
        (growth, {"seconds", "density\nexponent 0.30\n[0.20, 0.40]"}),
    ],
)
def test_labels_say_what_was_measured(draw: Callable[[], Figure], labels: set[str]) -> None:
    assert labels <= shown_texts(draw())


WORKLOADS = ["small", "middle", "large"]
RATIOS = {"fused": [9.0, 5.0, 20.0], "scan": [2.0, np.nan, 3.0]}
LOWEST = {"scan": [1.5, np.nan, 2.9], "fused": [7.0, 4.5, 19.0]}
HIGHEST = {"fused": [10.0, 6.0, 25.0], "scan": [2.2, np.nan, 3.3]}


def test_each_way_to_train_has_its_markers_and_ranges_in_the_rows_of_its_workloads() -> None:
    figure = throughput.speeds(WORKLOADS, RATIOS, LOWEST, HIGHEST)
    picture, (axes,) = Picture(figure), panels(figure)
    entries = legend(figure)
    rows = ticks(axes.yaxis)
    assert rows == {"small": 0, "middle": 1, "large": 2}
    ranges = [each for each in axes.collections if isinstance(each, LineCollection)]
    for name, each in zip(RATIOS, ranges, strict=True):
        drawn, entry = line(axes, name), entries[name]
        assert isinstance(entry, Line2D)
        assert (colour(drawn), drawn.get_marker()) == (colour(entry), entry.get_marker())
        np.testing.assert_array_equal(points(drawn)[:, 0], RATIOS[name])
        assert np.round(points(drawn)[:, 1]).tolist() == [0, 1, 2]
        assert to_rgb(np.asarray(each.get_color())[0]) == colour(drawn)
        measured = np.isfinite(RATIOS[name])
        segments = np.array([segment for segment in each.get_segments() if len(segment)], dtype=np.float64)
        np.testing.assert_array_equal(segments[:, 0, 0], np.array(LOWEST[name])[measured])
        np.testing.assert_array_equal(segments[:, 1, 0], np.array(HIGHEST[name])[measured])
        np.testing.assert_array_equal(segments[:, 0, 1], points(drawn)[measured, 1])
        for x, y in points(drawn)[measured]:
            assert picture.colour(axes, x, y) == near(colour(drawn))


def test_ways_to_train_follow_each_other_downwards_as_in_the_legend() -> None:
    figure = throughput.speeds(WORKLOADS, RATIOS, LOWEST, HIGHEST)
    (axes,) = panels(figure)
    assert list(legend(figure)) == list(RATIOS)
    assert points(line(axes, "fused"))[0, 1] < points(line(axes, "scan"))[0, 1]


def test_the_first_workload_is_at_the_top_and_faster_is_to_the_right() -> None:
    (axes,) = panels(throughput.speeds(WORKLOADS, RATIOS, LOWEST, HIGHEST))
    assert axes.yaxis_inverted()
    assert not axes.xaxis_inverted()
    assert axes.get_xscale() == "log"
    ones = [each for each in axes.get_lines() if np.asarray(each.get_xdata()).tolist() == [1, 1]]
    assert len(ones) == 1


VALUES = {"n": [10.0, 100.0, 1000.0], "steps": [1.0, 4.0]}
SECONDS = {"steps": [0.5, 1.8], "n": [0.01, 0.2, 1.0]}
POWER = {"n": 1.1, "steps": 0.9}
INTERVALS = {"steps": (0.8, 1.0), "n": (1.0, 1.2)}


def test_each_setting_has_its_own_times_power_and_interval() -> None:
    figure = throughput.growth(VALUES, SECONDS, POWER, INTERVALS)
    titles = ["n\nexponent 1.10\n[1.00, 1.20]", "steps\nexponent 0.90\n[0.80, 1.00]"]
    assert [axes.get_title() for axes in panels(figure)] == titles
    assert [axes.get_xlabel() for axes in panels(figure)] == ["n", "steps"]
    assert panels(figure)[0].get_ylabel() == "seconds"
    for axes, name in zip(panels(figure), VALUES, strict=True):
        (dots,) = (each for each in axes.get_lines() if each.get_marker() == "o")
        np.testing.assert_array_equal(points(dots), np.stack([VALUES[name], SECONDS[name]], axis=1))
        (fit,) = (each for each in axes.get_lines() if each.get_marker() != "o")
        (first, last) = np.log(points(fit))
        assert (last - first)[1] / (last - first)[0] == pytest.approx(POWER[name])
        middle = np.log([VALUES[name], SECONDS[name]]).mean(1)
        assert np.interp(middle[0], [first[0], last[0]], [first[1], last[1]]) == pytest.approx(middle[1])
        assert upright(axes)
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_slopes_of_all_settings_can_be_compared() -> None:
    for axes in panels(throughput.growth(VALUES, SECONDS, POWER, INTERVALS)):
        (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
        assert right / left == pytest.approx(high / low)
        assert axes.get_box_aspect() == 1
