"""A quantity is inside or outside with its whole interval only, and fewer seeds never make that easier."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from claims.harness.errors import MisuseError
from claims.harness.judging.outcomes import Position
from claims.harness.judging.quantity import LARGEST_COUNT, Kind
from claims.harness.judging.statistics import RESOLUTION, count_interval
from tests.helpers.quantities import quantity

INSIDE, OUTSIDE, UNDECIDED = Position.INSIDE, Position.OUTSIDE, Position.UNDECIDED
samples = st.lists(st.floats(-100, 100), min_size=3, max_size=20)


@given(samples, st.floats(-120, 120), st.floats(0, 50))
def test_position_is_that_of_the_whole_interval(sample: list[float], lo: float, width: float) -> None:
    measured = quantity(*sample, lo=lo, hi=lo + width)
    below, above = measured.interval
    assert (measured.position is INSIDE) == (lo <= below and above <= lo + width)
    assert (measured.position is OUTSIDE) == (above < lo or below > lo + width)


@pytest.mark.parametrize(
    ("lo", "hi", "position"),
    [
        (1.0, math.inf, INSIDE),
        (2.0, math.inf, INSIDE),
        (2.1, math.inf, UNDECIDED),
        (3.0, math.inf, UNDECIDED),
        (3.1, math.inf, OUTSIDE),
        (-math.inf, 3.0, INSIDE),
        (-math.inf, 2.9, UNDECIDED),
        (-math.inf, 2.0, UNDECIDED),
        (-math.inf, 1.9, OUTSIDE),
        (2.0, 3.0, INSIDE),
        (2.4, 2.6, UNDECIDED),
        (3.0, 4.0, UNDECIDED),
        (3.1, 4.0, OUTSIDE),
        (1.0, 2.0, UNDECIDED),
        (1.0, 1.9, OUTSIDE),
    ],
)
def test_an_interval_that_touches_an_edge_belongs_to_the_side_it_comes_from(
    lo: float, hi: float, position: Position
) -> None:
    measured = quantity(2.4, 2.6, lo=lo, hi=hi)
    measured.__dict__["interval"] = type(measured.interval)(2.0, 3.0)
    assert measured.position is position


@pytest.mark.parametrize(
    ("hits", "lo", "hi", "position"),
    [
        (20, 0.76, 1.0, INSIDE),  # [0.767, 1]
        (20, 0.78, math.inf, UNDECIDED),
        (20, -math.inf, 0.76, OUTSIDE),
        (0, -math.inf, 0.24, INSIDE),  # [0, 0.233]
        (0, 0.24, math.inf, OUTSIDE),
        (10, 0.5, math.inf, UNDECIDED),  # [0.218, 0.782]
        (10, 0.79, 1.0, OUTSIDE),
    ],
)
def test_position_of_a_share_is_that_of_its_exact_interval(
    hits: int, lo: float, hi: float, position: Position
) -> None:
    assert quantity(*[1.0] * hits, *[0.0] * (20 - hits), kind=Kind.SHARE, lo=lo, hi=hi).position is position


@pytest.mark.parametrize(
    ("values", "lo", "hi", "position"),
    [
        ((4.0, 4.0, 3.0, 3.0), 1.5, math.inf, INSIDE),  # [1.558, 6.709]
        ((4.0, 4.0, 3.0, 3.0), 1.6, math.inf, UNDECIDED),
        ((4.0, 4.0, 3.0, 3.0), -math.inf, 1.5, OUTSIDE),
        ((0.0, 0.0, 0.0), 1.7, math.inf, UNDECIDED),  # [0, 1.766]
        ((0.0, 0.0, 0.0), 1.8, math.inf, OUTSIDE),
        ((0.0,), -math.inf, 5.3, INSIDE),  # [0, 5.298]
    ],
)
def test_position_of_a_count_is_that_of_its_exact_interval_which_has_a_width_even_if_all_are_equal(
    values: tuple[float, ...], lo: float, hi: float, position: Position
) -> None:
    assert quantity(*values, kind=Kind.COUNT, lo=lo, hi=hi).position is position


def test_mean_of_a_count_is_that_of_one_value_and_its_interval_rests_on_the_total() -> None:
    few = quantity(2.0, 0.0, 2.0, kind=Kind.COUNT)
    assert few.mean == pytest.approx(4 / 3)
    assert few.interval == count_interval(4, 3) == quantity(4.0, 0.0, 0.0, kind=Kind.COUNT).interval


@given(st.lists(st.integers(0, 30), min_size=1, max_size=6), st.integers(2, 5))
def test_counts_over_fewer_models_are_never_easier_to_decide(counts: list[int], times: int) -> None:
    few, many = (quantity(*map(float, counts * repeated), kind=Kind.COUNT, lo=2.5) for repeated in (1, times))
    assert few.interval.lo <= many.interval.lo
    assert few.interval.hi >= many.interval.hi
    assert few.position in (UNDECIDED, many.position)


@given(samples, st.floats(-120, 120))
def test_values_repeated_over_fewer_seeds_are_never_easier_to_decide(sample: list[float], lo: float) -> None:
    few, many = quantity(*sample, lo=lo), quantity(*sample * 3, lo=lo)
    assume(all(abs(end - lo) > 1e-9 for end in few.interval))  # at the edge itself, rounding decides
    assert few.position in (UNDECIDED, many.position)
    assert few.interval.lo <= many.interval.lo + 1e-9
    assert few.interval.hi >= many.interval.hi - 1e-9


@given(st.integers(0, 12), st.integers(1, 12), st.integers(2, 5))
def test_shares_over_fewer_seeds_are_never_easier_to_decide(hits: int, misses: int, times: int) -> None:
    few = quantity(*[1.0] * hits, *[0.0] * misses, kind=Kind.SHARE, lo=0.2)
    many = quantity(*[1.0] * hits * times, *[0.0] * misses * times, kind=Kind.SHARE, lo=0.2)
    assert few.interval.lo <= many.interval.lo
    assert few.interval.hi >= many.interval.hi
    assert few.position in (UNDECIDED, many.position)


@given(samples, st.floats(-120, 120), st.floats(0, 50), st.floats(0, 10))
def test_a_wider_acceptance_region_contains_whatever_a_narrower_one_does(
    sample: list[float], lo: float, width: float, more: float
) -> None:
    narrow = quantity(*sample, lo=lo, hi=lo + width)
    wide = quantity(*sample, lo=lo - more, hi=lo + width + more)
    assert wide.position is INSIDE or narrow.position is not INSIDE
    assert narrow.position is OUTSIDE or wide.position is not OUTSIDE


@pytest.mark.parametrize(("value", "position"), [(2.4, INSIDE), (2.5, INSIDE), (2.6, OUTSIDE)])
def test_exact_quantity_has_an_interval_without_width_and_is_never_undecided(
    value: float, position: Position
) -> None:
    measured = quantity(value, hi=2.5, kind=Kind.EXACT)
    assert measured.interval == (value, value)
    assert measured.position is position


def test_quantity_of_a_note_has_no_position() -> None:
    assert quantity(1.0, 1.1).position is None
    assert str(quantity(1.0, 1.0)) == "q: 1 [1, 1] (99% interval over 2 seeds)"


def test_region_without_a_reason_is_refused() -> None:
    with pytest.raises(MisuseError, match="needs because="):
        dataclasses.replace(quantity(1.0, 1.1, lo=0), because=" ")


@pytest.mark.parametrize(
    ("values", "kind", "words"),
    [
        ((1.0,), Kind.MEAN, "a mean needs at least 2 values, not 1"),
        ((), Kind.SHARE, "a share needs at least 1 value, not 0"),
        ((), Kind.COUNT, "a count needs at least 1 value, not 0"),
        ((1.0, 2.0), Kind.EXACT, "an exact quantity needs exactly 1 value, not 2"),
    ],
)
def test_numbers_of_values_that_have_no_interval_are_refused(
    values: tuple[float, ...], kind: Kind, words: str
) -> None:
    with pytest.raises(MisuseError, match=words):
        dataclasses.replace(quantity(1.0, 1.1), values=values, kind=kind)


@pytest.mark.parametrize("value", [2.5, -1.0, 1e-12, 2.0 * LARGEST_COUNT])
def test_a_count_that_is_no_whole_number_of_things_is_refused(value: float) -> None:
    words = rf"measure\('q'\): a count must be a whole number from 0 to 1,000,000,000, not {value}\.$"
    with pytest.raises(MisuseError, match=words.replace("+", r"\+")):
        quantity(1.0, value, kind=Kind.COUNT)


@pytest.mark.parametrize("value", [0.0, 1.0, float(LARGEST_COUNT)])
def test_a_whole_number_of_things_is_a_count(value: float) -> None:
    lo, hi = quantity(value, kind=Kind.COUNT).interval
    assert lo <= value < hi


def test_smallest_change_is_read_from_the_largest_number_of_the_quantity() -> None:
    residual = quantity(3e-16, hi=1e-9, kind=Kind.EXACT)
    assert residual.smallest_change == pytest.approx(RESOLUTION * 1e-9)
    assert quantity(200.0, 100.0, hi=1e3).smallest_change == pytest.approx(RESOLUTION * 1e3)
    assert quantity(200.0, 100.0).smallest_change == pytest.approx(RESOLUTION * 200)
    assert quantity(-200.0, 100.0, hi=50.0).smallest_change == pytest.approx(RESOLUTION * 200)
    of_the_paper = dataclasses.replace(quantity(1.0, 2.0, hi=5.0), paper=-30.0)
    assert of_the_paper.smallest_change == pytest.approx(RESOLUTION * 30)
    assert dataclasses.replace(of_the_paper, resolution=0.25).smallest_change == 0.25


def test_spread_is_that_over_seeds_and_the_interval_follows_from_it() -> None:
    measured = quantity(1.0, 2.0, 4.0, 9.0)
    assert measured.mean == 4.0
    assert measured.sd == pytest.approx((38 / 3) ** 0.5)
    half = 5.8409 * measured.sd / 2  # Student's t at 99.5% with 3 degrees of freedom
    assert measured.interval == pytest.approx((4 - half, 4 + half), rel=1e-4)
    assert quantity(3.0, kind=Kind.EXACT).sd == 0


def test_a_line_says_what_was_measured_with_its_unit_and_where_it_lies() -> None:
    share = quantity(1.0, 1.0, 0.0, 1.0, kind=Kind.SHARE, lo=0.9)
    assert str(share).startswith(
        "q: 0.75 [0.1109, 0.9987] (99% interval over 4 seeds) crosses an edge of [0.9, "
    )
    count = quantity(4.0, 4.0, 3.0, 3.0, kind=Kind.COUNT, lo=1.0)
    assert str(count).startswith(
        "q: 3.5 [1.558, 6.709] (99% interval over 4 seeds) lies in [1, inf], because "
    )
    exact = quantity(3.0, hi=2.5, kind=Kind.EXACT, unit="degrees")
    assert str(exact).startswith("q: 3 degrees (exact) lies outside [-inf, 2.5], because ")
