"""Rates and margins over runs."""

from __future__ import annotations

import dataclasses
import math

import pytest

from claims.harness.baselines.drift import Steadiness
from claims.harness.flakiness.identity import Compared
from claims.harness.flakiness.summary import Rate, summarize
from claims.harness.flakiness.table import is_thin
from claims.harness.judging.outcomes import Verdict
from claims.harness.records.results import Outcome
from tests.helpers.flakes import only_claim, outcome, replicated, run, together
from tests.helpers.reports import measured


def test_rates_count_runs_and_their_intervals_are_exact() -> None:
    steady, drifted = Steadiness.STEADY, Steadiness.DRIFTED
    lines = [
        run(1, outcome(Verdict.REPLICATED, 1.0, 1.1, baseline=steady)),
        run(2, outcome(Verdict.CONTRADICTED, 1.9, 2.1, baseline=steady)),
        run(3, outcome(Verdict.REPLICATED, 1.0, 1.2, baseline=drifted)),
        run(4, outcome(Verdict.NOT_RUN, 1.0, 1.2, baseline=Steadiness.NOT_COMPARED)),
    ]
    summary = summarize(together(lines))
    assert (summary.failed, summary.drifted, summary.either) == (Rate(1, 4), Rate(1, 4), Rate(2, 4))
    assert only_claim(lines).failed == Rate(1, 3)
    assert only_claim(lines).drifted == Rate(1, 3)
    assert Rate(0, 100).interval == pytest.approx((0.0, 1 - 0.025 ** (1 / 100)))


def test_drift_of_a_loss_is_drift_of_the_run() -> None:
    lines = [run(1, replicated()), run(2, replicated())]
    lines[0]["losses"] = {"demo": ["steady", "1055"]}
    lines[1]["losses"] = {"demo": ["drifted", "1055"], "gone": ["drifted", "01d"]}
    summary = summarize(together(lines))
    assert summary.drifted == Rate(1, 2)
    assert summary.losses == {"demo": Rate(1, 2)}


def test_margin_is_the_distance_to_the_edge_in_standard_deviations_over_runs() -> None:
    claim = only_claim([run(k, replicated(1.7 + 0.01 * k, 1.7 + 0.01 * k)) for k in (1, 2, 3)])
    [margin] = claim.margins
    assert margin.of_mean == pytest.approx((2 - 1.72) / 0.01)
    assert margin.inside == pytest.approx((2 - 1.72) / 0.01)
    assert margin.spread == pytest.approx(0.01)
    assert claim.margin == margin.inside
    assert not is_thin(claim)


def test_margin_of_the_interval_is_that_of_its_end() -> None:
    [margin] = only_claim([run(k, replicated(1.5 + 0.01 * k, 1.51 + 0.01 * k)) for k in (1, 2, 3)]).margins
    assert 0 < margin.inside < margin.of_mean


def margin_of(expected: Verdict, *values: tuple[float, ...]) -> float:
    """Return the margin of a claim whose quantity has these values in turn, one tuple a run."""
    lines = [run(seed, outcome(expected, *of, expected=expected)) for seed, of in enumerate(values)]
    return only_claim(lines).margin


def test_margin_of_a_contradiction_is_the_distance_by_which_its_interval_lies_outside() -> None:
    exact = [(value, value) for value in (2.6, 2.7, 2.8)]
    assert margin_of(Verdict.CONTRADICTED, *exact) == pytest.approx((2.7 - 2) / 0.1)
    wide = [(value, value + 0.002) for value in (2.6, 2.7, 2.8)]
    assert 0 < margin_of(Verdict.CONTRADICTED, *wide) < (2.7 - 2) / 0.1


def test_the_quantity_that_is_furthest_outside_decides_a_contradiction() -> None:
    def contradicted(value: float) -> Outcome:
        near, far = (
            measured(value + more, value + more, acceptance=(0.0, 2.0), name=name)
            for more, name in ((0.0, "near"), (5.0, "far"))
        )
        one = outcome(Verdict.CONTRADICTED, value, value, expected=Verdict.CONTRADICTED)
        return dataclasses.replace(one, measured=(near, far))

    claim = only_claim([run(seed, contradicted(value)) for seed, value in enumerate((2.6, 2.7, 2.8))])
    assert claim.decisive is not None
    assert claim.decisive.name == "far"
    assert claim.margin == pytest.approx((7.7 - 2) / 0.1)


def test_a_quantity_that_never_leaves_the_edge_of_its_region_never_fails() -> None:
    assert margin_of(Verdict.REPLICATED, (2.0, 2.0), (2.0, 2.0), (2.0, 2.0)) == math.inf


def test_margin_of_what_is_inconclusive_is_the_distance_to_the_nearer_verdict() -> None:
    half = 63.657 * 0.01
    near_outside = [(value - 0.01, value + 0.01) for value in (2.5, 2.51, 2.52)]
    assert margin_of(Verdict.INCONCLUSIVE, *near_outside) == pytest.approx((2 - (2.51 - half)) / 0.01, 1e-3)
    near_inside = [(value - 0.01, value + 0.01) for value in (1.49, 1.5, 1.51)]
    assert margin_of(Verdict.INCONCLUSIVE, *near_inside) == pytest.approx((1.5 + half - 2) / 0.01, 1e-3)
    assert margin_of(Verdict.REPLICATED, *near_inside) == pytest.approx(-(1.5 + half - 2) / 0.01, 1e-3)
    assert margin_of(Verdict.CONTRADICTED, *near_outside) == pytest.approx(-(2 - (2.51 - half)) / 0.01, 1e-3)


def test_a_note_has_no_margin() -> None:
    assert math.isnan(margin_of(Verdict.NOTED, (1.0, 1.1), (1.0, 1.2)))


@pytest.mark.parametrize("expected", [Verdict.REPLICATED, Verdict.CONTRADICTED, Verdict.INCONCLUSIVE])
def test_every_verdict_but_the_documented_one_is_a_failure(expected: Verdict) -> None:
    verdicts = (Verdict.REPLICATED, Verdict.CONTRADICTED, Verdict.INCONCLUSIVE, Verdict.FAILED)
    claim = only_claim(
        [run(k, outcome(verdict, 1.0, 1.1, expected=expected)) for k, verdict in enumerate(verdicts)]
    )
    assert (claim.expected, claim.failed) == (expected, Rate(3, 4))


def test_quantity_that_never_varies_has_an_infinite_margin() -> None:
    assert math.isinf(only_claim([run(k, replicated(0.1, 0.1)) for k in (1, 2, 3)]).margin)


def test_claims_are_in_the_order_of_the_paper_whichever_ran_first() -> None:
    lines = [
        run(1, replicated(of="GEO-10")),
        run(1, *(replicated(of=name) for name in ("GEO-2", "DEMO-2"))),
    ]
    for line in lines:
        line["claims"] = [entry | {"compared": ""} for entry in line["claims"]]
    claims = summarize(together(lines, Compared({}, {}))).claims
    assert [claim.key.claim for claim in claims] == ["DEMO-2", "GEO-2", "GEO-10"]
