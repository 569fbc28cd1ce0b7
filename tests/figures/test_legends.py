"""Marks of different meaning in one legend must differ; every figure is checked where it is drawn."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from tests.helpers.legibility import alike_in_legends

MARKS: dict[str, Line2D | Patch] = {
    "line": Line2D([], [], color="red"),
    "dashes": Line2D([], [], color="red", linestyle="--"),
    "dot": Line2D([], [], color="red", marker="o", linestyle=""),
    "ring": Line2D([], [], color="red", marker="o", linestyle="", markerfacecolor="white"),
    "blue": Line2D([], [], color="blue"),
    "area": Patch(color="red"),
    "frame": Patch(facecolor="white", edgecolor="red"),
}


def with_legend(*handles: Line2D | Patch, labels: list[str]) -> Figure:
    figure = Figure()
    figure.legend(handles=list(handles), labels=labels)
    return figure


def test_marks_of_another_colour_shape_or_dash_are_told_apart() -> None:
    assert alike_in_legends(with_legend(*MARKS.values(), labels=list(MARKS))) == []


@pytest.mark.parametrize("name", ["line", "dot", "area"])
def test_equal_marks_are_named_unless_they_mean_the_same(name: str) -> None:
    two = (MARKS[name], MARKS["blue"], MARKS[name])
    assert alike_in_legends(with_legend(*two, labels=["a", "b", "c"])) == [("a", "c")]
    assert alike_in_legends(with_legend(*two, labels=["a", "b", "a"])) == []
