"""A quantity is accepted with its whole interval only, and fewer seeds never make that easier."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from claims.harness.judging.quantity import Kind
from claims.harness.judging.statistics import RESOLUTION
from tests.helpers.quantities import quantity

samples = st.lists(st.floats(-100, 100), min_size=3, max_size=20)


@given(samples, st.floats(-120, 120), st.floats(0, 50))
def test_quantity_is_accepted_only_with_its_whole_interval(
    sample: list[float], lo: float, width: float
) -> None:
    measured = quantity(*sample, lo=lo, hi=lo + width)
    assert measured.accepted == (lo <= measured.interval.lo and measured.interval.hi <= lo + width)
    assert not measured.accepted or lo <= measured.mean <= lo + width


@given(samples, st.floats(-120, 120))
def test_values_repeated_over_fewer_seeds_are_never_easier_to_accept(sample: list[float], lo: float) -> None:
    few, many = quantity(*sample, lo=lo), quantity(*sample * 3, lo=lo)
    assume(abs(few.interval.lo - lo) > 1e-9)  # at the edge itself, rounding decides
    assert many.accepted or not few.accepted
    assert few.interval.lo <= many.interval.lo + 1e-9
    assert few.interval.hi >= many.interval.hi - 1e-9


@given(st.integers(0, 12), st.integers(1, 12), st.integers(2, 5))
def test_shares_over_fewer_seeds_are_never_easier_to_accept(hits: int, misses: int, times: int) -> None:
    few = quantity(*[1.0] * hits, *[0.0] * misses, kind=Kind.SHARE, lo=0.2)
    many = quantity(*[1.0] * hits * times, *[0.0] * misses * times, kind=Kind.SHARE, lo=0.2)
    assert few.interval.lo <= many.interval.lo
    assert few.interval.hi >= many.interval.hi
    assert many.accepted or not few.accepted


@given(samples, st.floats(-120, 120), st.floats(0, 50), st.floats(0, 10))
def test_a_wider_acceptance_region_accepts_whatever_a_narrower_one_does(
    sample: list[float], lo: float, width: float, more: float
) -> None:
    narrow = quantity(*sample, lo=lo, hi=lo + width)
    wide = quantity(*sample, lo=lo - more, hi=lo + width + more)
    assert wide.accepted or not narrow.accepted


def test_exact_quantity_has_an_interval_without_width() -> None:
    assert quantity(2.5, hi=2.5, kind=Kind.EXACT).interval == (2.5, 2.5)
    assert quantity(2.5, hi=2.5, kind=Kind.EXACT).accepted


def test_smallest_change_is_read_from_the_largest_number_of_the_quantity() -> None:
    residual = quantity(3e-16, hi=1e-9, kind=Kind.EXACT)
    assert residual.smallest_change == pytest.approx(RESOLUTION * 1e-9)
    assert quantity(200.0, 100.0, hi=1e3).smallest_change == pytest.approx(RESOLUTION * 1e3)
