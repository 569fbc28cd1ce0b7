"""An interval bar contains all parts of its quantity, in order."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.harness.judging.quantity import Kind
from claims.harness.judging.statistics import Interval
from claims.harness.records.measured import Measured
from claims.harness.report.bars import WIDTH, Bar, bar_of
from tests.helpers.reports import document, measured, outcome

FINITE = st.floats(-1e90, 1e90)


def bar(quantity: Measured) -> Bar:
    return bar_of(document(outcome(measured=(quantity,)))["claims"][0]["quantities"][0])


@given(st.lists(FINITE, min_size=2, max_size=5), st.one_of(st.none(), FINITE), FINITE, st.floats(0, 1e90))
def test_bar_contains_all_its_parts_in_order(
    values: list[float], paper: float | None, lo: float, width: float
) -> None:
    drawn = bar(measured(*values, paper=paper, acceptance=Interval(lo, lo + width)))
    assert drawn.region is not None
    places = [drawn.region[0], *drawn.interval, drawn.mean, drawn.paper, drawn.baseline]
    assert all(0 <= place <= WIDTH for place in places if place is not None)
    assert drawn.interval[0] <= drawn.mean <= drawn.interval[1]
    assert drawn.region[1] > 0


def test_open_end_of_an_acceptance_region_reaches_the_edge() -> None:
    up, down = (
        bar(measured(1.0, 2.0, acceptance=Interval(*ends))).region
        for ends in ((0.5, math.inf), (-math.inf, 0.5))
    )
    assert up is not None
    assert down is not None
    assert sum(up) == pytest.approx(WIDTH)
    assert down[0] == 0


@pytest.mark.parametrize("value", [0.0, 1e-30, -3.0, 1e30])
def test_parts_that_are_all_at_one_number_are_in_the_middle(value: float) -> None:
    drawn = bar(measured(value, kind=Kind.EXACT, paper=value, acceptance=(value, value)))
    assert (drawn.mean, drawn.paper, drawn.interval) == (WIDTH / 2, WIDTH / 2, (WIDTH / 2, WIDTH / 2))


def test_quantity_of_a_note_has_a_bar_without_a_region() -> None:
    drawn = bar(measured(1.0, 2.0, acceptance=None, because=""))
    assert drawn.region is None
    assert 0 < drawn.interval[0] < drawn.mean < drawn.interval[1] < WIDTH
