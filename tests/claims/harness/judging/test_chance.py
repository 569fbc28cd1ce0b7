"""The chances that are predicted from one run are the shares of many runs."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pytest

from claims.harness.judging.chance import chance_of_failing, chances_of
from claims.harness.judging.outcomes import Position, Verdict
from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import Interval

RUNS = 4000
REPLICATED, CONTRADICTED, INCONCLUSIVE = (
    Verdict.REPLICATED,
    Verdict.CONTRADICTED,
    Verdict.INCONCLUSIVE,
)


def quantity(values: tuple[float, ...], lo: float, hi: float = math.inf, kind: Kind = Kind.MEAN) -> Quantity:
    return Quantity(
        name="q", kind=kind, values=values, paper=None, acceptance=Interval(lo, hi), because="of theory"
    )


def normal(n: int) -> tuple[float, ...]:
    """Values of mean 0 and standard deviation 1, exactly."""
    values = np.linspace(-1, 1, n)
    return tuple(values / values.std(ddof=1))


def shares_of(samples: Iterable[np.ndarray], lo: float, hi: float, kind: Kind) -> tuple[float, float]:
    """Return the shares of samples that are inside and outside."""
    positions = [quantity(tuple(sample.astype(float)), lo, hi, kind).position for sample in samples]
    return tuple(positions.count(p) / len(positions) for p in (Position.INSIDE, Position.OUTSIDE))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("n", "lo", "hi"),
    [
        (5, -3, math.inf),
        (8, -2, math.inf),
        (20, -1, 1.2),
        (8, -2, 2),
        (8, 1.4, math.inf),
        (8, 1.2, 2),
        (5, -3, -1),
    ],
)
def test_the_chances_of_a_mean_are_the_shares_of_samples_inside_and_outside(
    n: int, lo: float, hi: float
) -> None:
    samples = np.random.default_rng(0).normal(size=(RUNS, n))
    inside, outside = shares_of(samples, lo, hi, Kind.MEAN)
    assert any(0.005 < share < 0.995 for share in (inside, outside))
    tolerance = 4 * math.sqrt(0.25 / RUNS)
    assert chances_of(quantity(normal(n), lo, hi)) == pytest.approx((inside, outside), abs=tolerance)


@pytest.mark.parametrize("lo", [0.35, 0.9])
def test_the_chances_of_a_share_are_those_of_so_many_successes(lo: float) -> None:
    values = (1.0,) * 15 + (0.0,) * 5
    samples = np.random.default_rng(0).random((RUNS, 20)) < 15.5 / 21
    inside, outside = shares_of(samples, lo, math.inf, Kind.SHARE)
    assert any(0.05 < share < 0.95 for share in (inside, outside))
    chances = chances_of(quantity(values, lo, kind=Kind.SHARE))
    assert chances == pytest.approx((inside, outside), abs=0.04)


@pytest.mark.parametrize(
    ("values", "lo", "hi"),
    [
        ((1.0, 1.0, 1.0), 0.3, math.inf),
        ((0.0, 0.0, 0.0), -math.inf, 2.5),
        ((4.0, 4.0, 3.0, 3.0), 1.4, 7.0),
        ((0.0, 1.0, 0.0), 1.9, math.inf),
    ],
)
def test_the_chances_of_a_count_are_those_of_so_many_things(
    values: tuple[float, ...], lo: float, hi: float
) -> None:
    n, total = len(values), sum(values)
    samples = np.random.default_rng(0).poisson((total + 0.5) / n, (RUNS, n))
    shares = shares_of(samples, lo, hi, Kind.COUNT)
    assert any(0.05 < share < 0.95 for share in shares)
    chances = chances_of(quantity(values, lo, hi, kind=Kind.COUNT))
    assert chances == pytest.approx(shares, abs=4 * math.sqrt(0.25 / RUNS))


def test_the_chances_of_a_large_count_are_sure_far_from_the_edges() -> None:
    chances = chances_of(quantity((1e6, 1e6), 9e5, 1.1e6, kind=Kind.COUNT))
    assert chances == pytest.approx((1, 0), abs=1e-8)


def test_seeds_that_all_agree_still_have_a_chance_to_miss_that_more_seeds_make_smaller() -> None:
    few, many = (1 - chances_of(quantity((1.0,) * n, 0.5, kind=Kind.SHARE)).inside for n in (8, 40))
    assert 0.1 < few < 0.5
    assert many < 1e-4


@pytest.mark.parametrize("kind", [Kind.MEAN, Kind.EXACT])
@pytest.mark.parametrize(("value", "chances"), [(1.0, (1, 0)), (3.0, (0, 1))])
def test_what_never_varies_is_always_in_or_always_out(
    kind: Kind, value: float, chances: tuple[float, float]
) -> None:
    values = (value,) * (1 if kind is Kind.EXACT else 4)
    assert chances_of(quantity(values, 0.0, 2.0, kind)) == chances


def test_a_claim_fails_if_its_verdict_is_not_the_documented_one() -> None:
    sure, far = quantity(normal(8), -9.0), quantity(normal(8), 9.0)
    nearly_in, nearly_out = quantity(normal(8), -1.6), quantity(normal(8), 1.6)
    slips, stays = chances_of(nearly_in), chances_of(nearly_out)
    assert 0.01 < 1 - slips.inside < 0.5
    assert 0.01 < 1 - stays.outside < 0.5

    assert chance_of_failing([sure, nearly_in], REPLICATED) == pytest.approx(1 - slips.inside)
    assert chance_of_failing([nearly_in, nearly_in], REPLICATED) == pytest.approx(2 * (1 - slips.inside))
    assert chance_of_failing([sure, far], REPLICATED) == 1
    assert chance_of_failing([nearly_out, nearly_in], CONTRADICTED) == pytest.approx(1 - stays.outside)
    assert chance_of_failing([nearly_out, far], CONTRADICTED) == pytest.approx(0, abs=1e-6)
    assert chance_of_failing([nearly_in], INCONCLUSIVE) == pytest.approx(slips.inside + slips.outside)
    assert chance_of_failing([sure, nearly_out], INCONCLUSIVE) == pytest.approx(stays.outside, abs=1e-6)
    assert chance_of_failing([far], INCONCLUSIVE) == pytest.approx(1)


def test_a_note_never_fails() -> None:
    noted = Quantity(name="q", kind=Kind.MEAN, values=normal(8), paper=None, acceptance=None)
    assert chance_of_failing([noted], Verdict.NOTED) == 0
    with pytest.raises(ValueError, match="q has no acceptance region"):
        chances_of(noted)


def test_in_a_lenient_run_only_the_opposite_of_the_documented_verdict_fails() -> None:
    nearly_in, nearly_out = quantity(normal(8), -0.5), quantity(normal(8), 0.5)
    for near in (nearly_in, nearly_out):
        inside, outside = chances_of(near)
        assert chance_of_failing([near], REPLICATED, lenient=True) == pytest.approx(outside)
        assert chance_of_failing([near], CONTRADICTED, lenient=True) == pytest.approx(inside)
        assert chance_of_failing([near], INCONCLUSIVE, lenient=True) == 0
    assert chances_of(nearly_in).inside > 2 * chances_of(nearly_in).outside
