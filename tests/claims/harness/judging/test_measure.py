"""Measurements make quantities of numbers of any kind, and refuse what cannot be judged."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from claims.harness.errors import MisuseError
from claims.harness.judging.measure import Measure
from claims.harness.judging.outcomes import Position
from claims.harness.judging.quantity import Kind
from tests.helpers.quantities import BECAUSE


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
    assert measure.quantities[0].position is Position.INSIDE


@pytest.mark.parametrize("method", ["__call__", "count", "exact"])
def test_an_unknown_option_is_refused(method: str) -> None:
    values = 1 if method == "exact" else [1, 2]
    options = {"paper": None, "at_lest": 1, "because": BECAUSE}
    with pytest.raises(TypeError, match=r"^measure\('q'\) has no option at_lest\.$"):
        getattr(Measure(), method)("q", values, **options)


@pytest.mark.parametrize("values", [[0, 3], (0.0, 3.0), np.array([0, 3]), torch.tensor([0, 3])])
def test_measure_counts_whole_numbers_of_any_type(values: Any) -> None:
    measure = Measure()
    measure.count("q", values, paper=2, at_least=1, because=BECAUSE, unit="models", resolution=0.5)
    [count] = measure.quantities
    assert (count.kind, count.values, count.acceptance) == (Kind.COUNT, (0.0, 3.0), (1, math.inf))
    assert (count.name, count.paper, count.because) == ("q", 2, BECAUSE)
    assert (count.unit, count.resolution) == ("models", 0.5)


def test_measure_refuses_a_count_of_parts_of_things_and_of_no_region() -> None:
    with pytest.raises(MisuseError, match=r"must be a whole number from 0 to 1,000,000,000, not 0\.5"):
        Measure(is_note=True).count("q", [1, 0.5])
    with pytest.raises(MisuseError, match="exactly one of within, between, at_least and at_most"):
        Measure().count("q", [1, 2], paper=None)
    with pytest.raises(MisuseError, match="values must be one number a seed"):
        Measure(is_note=True).count("q", [[1, 2]])


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
        ([[1.0, 2.0]], {}, r"not an array of shape \(1, 2\)"),
        (["a", "b"], {}, "must be booleans or real numbers"),
        ([1j, 2j], {}, "must be booleans or real numbers"),
        ([1.0, 2.0], {"because": " "}, "needs because="),
        ([1.0, 2.0], {"because": None}, "needs because="),
        ([1.0, 2.0], {"paper": math.nan}, "paper must be finite or None, not nan"),
        ([1.0, 2.0], {"at_least": None}, "exactly one of within, between, at_least and at_most"),
        ([1.0, 2.0], {"at_most": 3}, "exactly one of within, between, at_least and at_most"),
        ([1.0, 2.0], {"at_least": None, "within": 1}, "within is a distance from paper"),
        ([1.0, 2.0], {"at_least": None, "within": -1, "paper": 1}, "within must not be negative"),
        ([1.0, 2.0], {"at_least": None, "between": (2, 1)}, "is no acceptance region"),
        ([1.0, 2.0], {"at_least": math.nan}, "is no acceptance region"),
        ([1.0, 2.0], {"at_least": -math.inf}, "is no acceptance region"),
        ([1.0, 2.0], {"at_least": math.inf}, "is no acceptance region"),
        ([1.0, 2.0], {"at_least": None, "at_most": -math.inf}, "is no acceptance region"),
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


def test_measure_needs_the_papers_value_in_a_statement_even_if_there_is_none() -> None:
    with pytest.raises(MisuseError, match="needs paper=, the paper's value, or None if it gives none"):
        Measure()("q", [1.0, 2.0], at_least=0, because=BECAUSE)


def test_measure_takes_values_alone_in_a_note() -> None:
    measure = Measure(is_note=True)
    measure("mean", [1.0, 2.0], unit="degrees", resolution=0.1)
    measure.exact("exact", 3.0)
    measure.count("count", [2])
    mean, exact, count = measure.quantities
    assert (mean.acceptance, mean.paper, mean.because, mean.unit, mean.resolution) == (
        *(None, None, "", "degrees"),
        0.1,
    )
    assert (exact.acceptance, exact.values) == (None, (3.0,))
    assert (count.acceptance, count.values) == (None, (2.0,))


@pytest.mark.parametrize(
    "given_region",
    [
        {"paper": None},
        {"paper": 1.0},
        {"within": 0.5},
        {"between": (1, 3)},
        {"at_least": 1},
        {"at_most": 0},
        {"because": BECAUSE},
    ],
)
def test_measure_refuses_an_acceptance_region_in_a_note(given_region: dict[str, Any]) -> None:
    name = next(iter(given_region))
    words = f"must not give {name}=: a robustness note has no acceptance region and no value of the paper"
    with pytest.raises(MisuseError, match=words):
        Measure(is_note=True)("q", [1.0, 2.0], **given_region)
    with pytest.raises(MisuseError, match=words):
        Measure(is_note=True).exact("q", 1.0, **given_region)
    with pytest.raises(MisuseError, match=words):
        Measure(is_note=True).count("q", [1], **given_region)
