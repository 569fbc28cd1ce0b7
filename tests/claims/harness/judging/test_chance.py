"""The chance of failing that is predicted from one run is the share of many runs that fail."""

from __future__ import annotations

import math

import numpy as np
import pytest

from claims.harness.judging.chance import chance_of_failing, chance_of_missing
from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import Interval

RUNS = 4000


def quantity(values: tuple[float, ...], lo: float, hi: float = math.inf, kind: Kind = Kind.MEAN) -> Quantity:
    return Quantity(
        name="q", kind=kind, values=values, paper=None, acceptance=Interval(lo, hi), because="of theory"
    )


def normal(n: int) -> tuple[float, ...]:
    """Values of mean 0 and standard deviation 1, exactly."""
    values = np.linspace(-1, 1, n)
    return tuple(values / values.std(ddof=1))


@pytest.mark.parametrize(("n", "lo", "hi"), [(5, -3, math.inf), (8, -2, math.inf), (20, -1, 1.2), (8, -2, 2)])
def test_the_chance_of_a_mean_is_the_share_of_samples_whose_interval_leaves_the_region(
    n: int, lo: float, hi: float
) -> None:
    samples = np.random.default_rng(0).normal(size=(RUNS, n))
    missed = np.mean([not quantity(tuple(sample), lo, hi).accepted for sample in samples])
    assert 0.005 < missed < 0.5
    assert chance_of_missing(quantity(normal(n), lo, hi)) == pytest.approx(
        missed, abs=4 * math.sqrt(0.25 / RUNS)
    )


def test_the_chance_of_a_share_is_that_of_too_few_successes() -> None:
    values = (1.0,) * 15 + (0.0,) * 5
    samples = np.random.default_rng(0).random((RUNS, 20)) < 15.5 / 21
    missed = np.mean(
        [not quantity(tuple(sample.astype(float)), 0.35, kind=Kind.SHARE).accepted for sample in samples]
    )
    assert 0.05 < missed < 0.95
    assert chance_of_missing(quantity(values, 0.35, kind=Kind.SHARE)) == pytest.approx(missed, abs=0.04)


def test_seeds_that_all_agree_still_have_a_chance_to_miss_that_more_seeds_make_smaller() -> None:
    few, many = (chance_of_missing(quantity((1.0,) * n, 0.5, kind=Kind.SHARE)) for n in (8, 40))
    assert 0.1 < few < 0.5
    assert many < 1e-4


@pytest.mark.parametrize("kind", [Kind.MEAN, Kind.EXACT])
@pytest.mark.parametrize(("value", "chance"), [(1.0, 0.0), (3.0, 1.0)])
def test_what_never_varies_is_always_in_or_always_out(kind: Kind, value: float, chance: float) -> None:
    values = (value,) * (1 if kind is Kind.EXACT else 4)
    assert chance_of_missing(quantity(values, 0.0, 2.0, kind)) == chance


def test_a_documented_claim_fails_when_everything_is_accepted() -> None:
    clear, near = quantity(normal(8), 5.0), quantity(normal(8), -1.6)
    assert chance_of_failing([clear, near], documented=True) == pytest.approx(0, abs=1e-6)
    assert chance_of_failing([near], documented=True) == pytest.approx(1 - chance_of_missing(near))
    assert chance_of_failing([clear, near], documented=False) == 1
    assert chance_of_failing([], documented=True) == 0
