"""Rates and margins over runs."""

from __future__ import annotations

import math

import pytest

from claims.harness.baselines.drift import Steadiness
from claims.harness.flakiness.identity import Compared
from claims.harness.flakiness.summary import Rate, summarize
from claims.harness.flakiness.table import is_thin
from claims.harness.judging.outcomes import Verdict
from tests.helpers.flakes import only_claim, outcome, replicated, run, together


def test_rates_count_runs_and_their_intervals_are_exact() -> None:
    steady, drifted = Steadiness.STEADY, Steadiness.DRIFTED
    lines = [
        run(1, outcome(Verdict.REPLICATED, 1.0, 1.1, baseline=steady)),
        run(2, outcome(Verdict.FAILED, 1.9, 2.1, baseline=steady)),
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
    assert margin.of_interval == pytest.approx((2 - 1.72) / 0.01)
    assert margin.spread == pytest.approx(0.01)
    assert claim.margin == margin.of_interval
    assert not is_thin(claim)


def test_margin_of_the_interval_is_that_of_its_end() -> None:
    [margin] = only_claim([run(k, replicated(1.5 + 0.01 * k, 1.51 + 0.01 * k)) for k in (1, 2, 3)]).margins
    assert 0 < margin.of_interval < margin.of_mean


def test_margin_of_a_documented_miss_is_the_distance_of_its_clearest_miss() -> None:
    def missed_by(*values: float) -> float:
        lines = [
            run(seed, outcome(Verdict.NOT_REPLICATED, value, value, documented=True))
            for seed, value in enumerate(values)
        ]
        return only_claim(lines).margin

    assert missed_by(2.6, 2.7, 2.8) == pytest.approx((2.7 - 2) / 0.1)
    assert missed_by(2.1, 2.2) == pytest.approx(0.15 / math.sqrt(0.005))


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
