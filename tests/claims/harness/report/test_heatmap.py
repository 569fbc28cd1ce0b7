"""The figure of a falsification matrix tells its states apart by shape and colour, and counts them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from matplotlib.artist import Artist
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle

from claims.harness.baselines.baseline import Key
from claims.harness.judging.outcomes import Verdict
from claims.harness.records.falsification_matrix import Cell, State
from claims.harness.report.heatmap import heatmap
from figures import falsification
from figures.toolkit.style import BLUE, MUTED, ORANGE, PINK
from tests.helpers.matrices import BLURRED, WITHHELD, falsified, matrix_of
from tests.helpers.pictures import colour


def rows_of(figure: Figure) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_heatmap_has_claims_in_the_papers_order() -> None:
    assert rows_of(heatmap(falsified())) == ["DEMO-2  it", "DEMO-10  later"]


def drawn(states: list[list[int]]) -> Figure:
    rows, columns = np.shape(states)
    return falsification.matrix(
        ["a"] * rows, ["A"] * rows, ["x"] * columns, ["model"] * columns, np.array(states)
    )


def test_marks_differ_in_shape_as_well_as_in_colour() -> None:
    kinds = {
        (patch.get_height(), patch.get_facecolor())
        for patch in drawn([[falsification.CAUGHT, falsification.DRIFTED, falsification.NOT_APPLICABLE]])
        .axes[0]
        .patches
        if isinstance(patch, Rectangle)
    }
    assert len(kinds) == 3
    markers = {
        line.get_marker()
        for line in drawn([[falsification.SURVIVED, falsification.BROKE, falsification.REPLICATED]])
        .axes[0]
        .lines
    }
    assert markers == {"o", "x", "^"}


def test_what_is_only_inconclusive_is_half_a_square_and_named_in_the_legend() -> None:
    figure = drawn([[falsification.NOT_RUN, falsification.INCONCLUSIVE]])
    [triangle] = figure.axes[0].patches
    assert isinstance(triangle, Polygon)
    corners = triangle.get_xy()[:3]
    assert (corners[:, 0] > 1).all()
    assert corners[:, 0].max() < 2
    [named] = [h for h in figure.legends[0].legend_handles if h and h.get_label() == "only inconclusive"]
    assert isinstance(named, Line2D)
    assert to_rgb(named.get_color()) == to_rgb(triangle.get_facecolor()) == to_rgb(PINK)


def test_a_withheld_verdict_is_the_other_half_of_a_square_in_the_colour_of_caught() -> None:
    matrix = matrix_of({"one": WITHHELD, "two": BLURRED}, {})
    withheld, blurred = heatmap(matrix).axes[0].patches
    assert isinstance(withheld, Polygon)
    assert isinstance(blurred, Polygon)
    assert to_rgb(withheld.get_facecolor()) == to_rgb(BLUE)
    in_cell = [polygon.get_xy()[:3].mean(0) % 1 for polygon in (withheld, blurred)]
    assert (in_cell[0] < 0.5).all()  # the upper left, as rows are numbered downwards
    assert (in_cell[1] > 0.5).all()


def test_a_claim_that_is_only_inconclusive_has_the_mark_of_it() -> None:
    matrix = matrix_of({"one": Cell(State.BLURRED)}, {})
    assert [type(patch) for patch in heatmap(matrix).axes[0].patches] == [Polygon]


def looks(figure: Figure) -> list[tuple[object, ...]]:
    """Shape and colour of every mark of a figure."""
    axes = figure.axes[0]
    patches = [(type(patch), patch.get_facecolor()) for patch in axes.patches]
    marked = [line for line in axes.lines if line.get_marker() != "None"]
    return [*patches, *((line.get_marker(), line.get_fillstyle(), colour(line)) for line in marked)]


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (State.CAUGHT, falsification.CAUGHT),
        (State.WITHHELD, falsification.WITHHELD),
        (State.BLURRED, falsification.INCONCLUSIVE),
        (State.SURVIVED, falsification.SURVIVED),
        (State.BROKE, falsification.BROKE),
        (State.NOT_APPLICABLE, falsification.NOT_APPLICABLE),
        (State.REPLICATED, falsification.REPLICATED),
    ],
)
def test_every_state_has_its_mark_and_drift_changes_that_of_survivors_alone(state: State, code: int) -> None:
    for drifted in (False, True):
        noticed = drifted and state is State.SURVIVED
        expected = drawn([[falsification.DRIFTED if noticed else code]])
        assert looks(heatmap(matrix_of({"one": Cell(state, drifted)}, {}))) == looks(expected)


def test_the_name_of_a_test_is_cut_after_52_characters() -> None:
    keys = [Key(f"DEMO-{n}", "test_" + "x" * n) for n in (52, 53)]
    matrix = dataclasses.replace(matrix_of({}, {}), claims=dict.fromkeys(keys, Verdict.REPLICATED))
    assert rows_of(heatmap(matrix)) == [f"DEMO-52  {'x' * 52}", f"DEMO-53  {'x' * 51}…"]


def test_numbers_at_the_edges_count_what_was_caught() -> None:
    caught, survived, absent = falsification.CAUGHT, falsification.SURVIVED, falsification.NOT_RUN
    unsure, withheld = falsification.INCONCLUSIVE, falsification.WITHHELD
    texts = [
        text.get_text()
        for text in drawn([[caught, survived], [withheld, absent], [unsure, unsure]]).axes[0].texts
    ]
    assert texts[:5] == ["1", "1", "0", "2", "0"]


def test_a_claim_or_a_mistake_with_nothing_caught_stands_out() -> None:
    texts = drawn([[falsification.CAUGHT, falsification.SURVIVED]]).axes[0].texts[:3]
    shades = [(text.get_text(), to_rgb(text.get_color())) for text in texts]
    assert shades == [("1", to_rgb(MUTED)), ("1", to_rgb(MUTED)), ("0", to_rgb(ORANGE))]


def test_what_was_not_run_leaves_no_mark() -> None:
    axes = drawn([[falsification.NOT_RUN]]).axes[0]
    assert not axes.patches
    assert not axes.lines


def test_caught_is_the_darkest_colour() -> None:
    [patch] = drawn([[falsification.CAUGHT]]).axes[0].patches
    assert patch.get_facecolor()[:3] == pytest.approx(
        tuple(int(BLUE[i : i + 2], 16) / 255 for i in (1, 3, 5))
    )


def test_states_of_another_shape_or_code_are_refused() -> None:
    with pytest.raises(ValueError, match="must be"):
        falsification.matrix(["a"], ["A"], ["x"], ["model"], np.zeros((2, 1), dtype=np.int64))
    with pytest.raises(ValueError, match="codes from 0 to 8"):
        drawn([[9]])


@pytest.mark.parametrize(
    ("state", "label"),
    [
        (falsification.CAUGHT, "caught by the verdict"),
        (falsification.WITHHELD, "caught by quantities of models that did not converge"),
        (falsification.INCONCLUSIVE, "only inconclusive"),
        (falsification.DRIFTED, "verdict stays, baseline drifts"),
        (falsification.SURVIVED, "not noticed"),
        (falsification.BROKE, "broke: an error, no judgement"),
        (falsification.NOT_APPLICABLE, "not applicable: the same to the last bit"),
        (falsification.REPLICATED, "replicated by weights that nobody trained"),
    ],
)
def test_the_legend_shows_each_mark_as_it_is_drawn(state: int, label: str) -> None:
    figure = drawn([[state]])
    marks: list[Artist] = [*figure.axes[0].patches]
    marks.extend(figure.axes[0].lines)
    [mark] = marks
    [entry] = [h for h in figure.legends[0].legend_handles if h and h.get_label() == label]
    assert colour(entry) == colour(mark)
    if isinstance(mark, Line2D):
        assert isinstance(entry, Line2D)
        assert entry.get_marker() == mark.get_marker()
        assert entry.get_fillstyle() == mark.get_fillstyle()
