"""The rule that judges a claim, and what a claim or a measurement may not be."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from claims.harness.errors import MisuseError
from claims.harness.judging.claim import Claim, claim
from claims.harness.judging.measure import Measure
from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import RESOLUTION, Interval
from claims.harness.judging.verdict import Verdict, judge

BECAUSE = "a tenth is what the plot can show"
samples = st.lists(st.floats(-100, 100), min_size=3, max_size=20)


def quantity(*values: float, lo: float = -math.inf, hi: float = math.inf, kind: Kind = Kind.MEAN) -> Quantity:
    return Quantity(
        name="q", kind=kind, values=values, paper=None, acceptance=Interval(lo, hi), because=BECAUSE
    )


def stated(not_replicated: str | None = None) -> Claim:
    return Claim(id="DEMO-1", sentence="It holds.", source="", not_replicated=not_replicated)


GOOD, BAD = quantity(1.0, 1.1, 0.9, lo=-10), quantity(1.0, 1.1, 0.9, lo=0.99)


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


@pytest.mark.parametrize(
    ("quantities", "not_replicated", "verdict"),
    [
        ([GOOD, GOOD], None, Verdict.REPLICATED),
        ([GOOD, BAD], None, Verdict.FAILED),
        ([GOOD, BAD], "it is not so", Verdict.NOT_REPLICATED),
        ([GOOD, GOOD], "it is not so", Verdict.FAILED),
        ([], None, Verdict.FAILED),
        ([], "it is not so", Verdict.FAILED),
    ],
)
def test_verdict_follows_from_the_quantities_and_the_documentation(
    quantities: list[Quantity], not_replicated: str | None, verdict: Verdict
) -> None:
    judged, reason = judge(stated(not_replicated), quantities)
    assert judged is verdict
    assert (reason is None) == (verdict is Verdict.REPLICATED)


def test_reason_lists_every_quantity_that_was_not_accepted_in_one_line_each() -> None:
    _, reason = judge(stated(), [BAD, GOOD, BAD])
    assert reason is not None
    assert len(reason.splitlines()) == 2
    assert "is not within [0.99, inf]" in reason
    assert BECAUSE in reason


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"id": "demo-1"}, "claim id 'demo-1'"),
        ({"id": "DEMO1"}, "claim id 'DEMO1'"),
        ({"id": "DEMO-1x"}, "claim id 'DEMO-1x'"),
        ({"id": "DMEO-1"}, "must be one of INTRO, DEMO, MATH"),
        ({"sentence": " "}, "needs a sentence"),
        ({"source": "https://example.org"}, "must be an anchor"),
        ({"not_replicated": ""}, "not_replicated must be a sentence or None"),
        ({"reading": " "}, "reading must be a sentence or None"),
    ],
)
def test_claim_in_another_form_is_refused(changed: dict[str, str], words: str) -> None:
    with pytest.raises(MisuseError, match=words):
        Claim(**{"id": "DEMO-1", "sentence": "It holds.", "source": "demo", **changed})


def test_claim_knows_its_section_and_its_place_in_the_paper() -> None:
    one = Claim(id="GEO-12", sentence="It holds.", source="#geometry")
    assert one.section == "GEO"
    assert stated().place < one.place
    assert one.url == "https://transformer-circuits.pub/2022/toy_model/index.html#geometry"
    assert stated().url == "https://transformer-circuits.pub/2022/toy_model/index.html"


@pytest.fixture
def registered(pytestconfig: pytest.Config) -> None:
    """The marker, which the plugin registers where claims run."""
    pytestconfig.addinivalue_line("markers", "claim: test of a claim")


def marks_of(test: Callable[..., None]) -> list[pytest.Mark]:
    """Return the marks that decorators put on a test function."""
    marks: list[pytest.Mark] = getattr(test, "pytestmark")  # noqa: B009 - functions have no such attribute
    return marks


@pytest.mark.usefixtures("registered")
def test_decorator_makes_an_undocumented_claim_an_ordinary_test() -> None:
    @claim("DEMO-1", "It holds.", source="")
    def marked() -> None: ...

    assert [mark.name for mark in marks_of(marked)] == ["claim"]


@pytest.mark.usefixtures("registered")
def test_decorator_makes_a_documented_miss_a_strict_xfail() -> None:
    @claim("DEMO-1", "It holds.", source="", not_replicated="it is not so")
    def marked() -> None: ...

    xfail = next(mark for mark in marks_of(marked) if mark.name == "xfail")
    assert xfail.kwargs["strict"]


@pytest.mark.parametrize(
    "values", [[1.0, 2.0], (1, 2), np.array([1.0, 2.0], np.float32), torch.tensor([1.0, 2.0])]
)
def test_measure_takes_numbers_of_any_kind(values: Any) -> None:
    measure = Measure()
    measure("q", values, paper=None, at_least=0, because=BECAUSE)
    assert measure.quantities[0].values == (1.0, 2.0)
    assert measure.quantities[0].kind is Kind.MEAN


def test_measure_makes_booleans_a_share() -> None:
    measure = Measure()
    measure("q", torch.tensor([True, True, False]), paper=1.0, at_least=0.5, because=BECAUSE)
    assert measure.quantities[0].kind is Kind.SHARE
    assert measure.quantities[0].mean == pytest.approx(2 / 3)


def test_measure_takes_one_exact_value() -> None:
    measure = Measure()
    measure.exact("q", torch.tensor(3.0), paper=3, within=0, because=BECAUSE)
    assert measure.quantities[0].accepted


@pytest.mark.parametrize(
    ("given_region", "acceptance"),
    [
        ({"within": 0.5}, (1.5, 2.5)),
        ({"between": (1, 3)}, (1, 3)),
        ({"at_least": 1}, (1, math.inf)),
        ({"at_most": 3}, (-math.inf, 3)),
    ],
)
def test_measure_makes_an_acceptance_region_of_any_form(
    given_region: dict[str, Any], acceptance: tuple[float, float]
) -> None:
    measure = Measure()
    measure("q", [1.0, 2.0], paper=2, because=BECAUSE, **given_region)
    assert measure.quantities[0].acceptance == acceptance


@pytest.mark.parametrize(
    ("values", "settings", "words"),
    [
        ([1.0, math.nan], {}, "every value must be finite, not nan"),
        ([1.0, math.inf], {}, "every value must be finite, not inf"),
        ([], {}, "at least 2 values, not 0"),
        ([1.0], {}, "at least 2 values, not 1"),
        ([[1.0, 2.0]], {}, r"not an array of shape \(1, 2\)"),
        (["a", "b"], {}, "must be booleans or real numbers"),
        ([1j, 2j], {}, "must be booleans or real numbers"),
        ([1.0, 2.0], {"because": " "}, "needs because="),
        ([1.0, 2.0], {"paper": math.nan}, "paper must be finite or None, not nan"),
        ([1.0, 2.0], {"at_least": None}, "exactly one of within, between, at_least and at_most"),
        ([1.0, 2.0], {"at_most": 3}, "exactly one of within, between, at_least and at_most"),
        ([1.0, 2.0], {"at_least": None, "within": 1}, "within is a distance from paper"),
        ([1.0, 2.0], {"at_least": None, "within": -1, "paper": 1}, "within must not be negative"),
        ([1.0, 2.0], {"at_least": None, "between": (2, 1)}, "is no acceptance region"),
        ([1.0, 2.0], {"at_least": math.nan}, "is no acceptance region"),
        ([1.0, 2.0], {"at_least": -math.inf}, "is no acceptance region"),
        ([1.0, 2.0], {"resolution": -1}, "resolution must be finite and not negative"),
    ],
)
def test_measure_refuses_what_cannot_be_judged(
    values: list[Any], settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(MisuseError, match=words):
        Measure()("q", values, **{"paper": None, "at_least": 0.0, "because": BECAUSE, **settings})


def test_measure_refuses_a_name_twice() -> None:
    measure = Measure()
    measure("q", [1.0, 2.0], paper=None, at_least=0, because=BECAUSE)
    with pytest.raises(MisuseError, match="called twice"):
        measure("q", [1.0, 2.0], paper=None, at_least=0, because=BECAUSE)
