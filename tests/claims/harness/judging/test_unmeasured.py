"""A quantity that the models do not have counts as outside, and never as what is documented."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from claims.harness.errors import MisuseError
from claims.harness.judging.claim import Claim
from claims.harness.judging.judge import judge
from claims.harness.judging.measure import Measure
from claims.harness.judging.outcomes import Verdict
from claims.harness.judging.quantity import LARGEST, Quantity
from claims.harness.judging.statistics import Interval
from claims.harness.judging.unmeasured import Unmeasured
from tests.helpers.quantities import BECAUSE, quantity

REPLICATED, CONTRADICTED = Verdict.REPLICATED, Verdict.CONTRADICTED
INCONCLUSIVE, NOTED, FAILED = Verdict.INCONCLUSIVE, Verdict.NOTED, Verdict.FAILED
STATED: dict[str, Any] = {"paper": 1.0, "at_least": 0.5, "because": BECAUSE}
LACKING = Unmeasured(name="angle", why="no model is a pentagon")
DOUBT = "The models of demo/tiny did not converge: the loss is 30% above the optimum."


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([1.0, math.nan, math.nan], "the value is nan in 2 of 3 seeds"),
        (torch.tensor([math.inf, 1.0]), "the value is inf in 1 of 2 seeds"),
        ([-math.inf, -math.inf], "the value is -inf in 2 of 2 seeds"),
        ([1.0, -2 * LARGEST], "the value is -2e+100 in 1 of 2 seeds"),
        ([], "no model has a value"),
        (torch.empty(0, dtype=torch.bool), "no model has a value"),
        ([1.0], "one model alone has a value, and a mean needs two"),
    ],
)
def test_values_that_make_no_quantity_are_no_error(values: Any, why: str) -> None:
    measure = Measure()
    measure("angle", values, unit="degrees", **STATED)
    assert measure.quantities == []
    [unmeasured] = measure.unmeasured
    assert unmeasured == Unmeasured(
        name="angle",
        why=why,
        paper=1.0,
        acceptance=Interval(0.5, math.inf),
        because=BECAUSE,
        unit="degrees",
    )
    assert str(unmeasured) == f"angle cannot be measured on these models: {why}."


def test_exact_value_that_is_not_finite_is_no_error() -> None:
    measure = Measure(is_note=True)
    measure.exact("angle", torch.tensor(math.nan))
    assert measure.unmeasured == [Unmeasured(name="angle", why="the value is nan")]


@pytest.mark.parametrize(
    ("values", "why"), [([], "no model has a value"), ([1.0, math.nan], "the value is nan in 1 of 2 seeds")]
)
def test_counts_that_the_models_do_not_have_are_no_error(values: list[float], why: str) -> None:
    measure = Measure(is_note=True)
    measure.count("pentagons", values)
    assert measure.unmeasured == [Unmeasured(name="pentagons", why=why)]


def test_one_count_alone_is_measured() -> None:
    measure = Measure(is_note=True)
    measure.count("pentagons", [0])
    assert (measure.unmeasured, len(measure.quantities)) == ([], 1)


@pytest.mark.parametrize("values", [[True], [False, True], [1.0, -LARGEST]])
def test_values_that_can_be_judged_make_a_quantity(values: list[Any]) -> None:
    measure = Measure()
    measure("angle", values, **STATED)
    assert measure.unmeasured == []
    assert len(measure.quantities) == 1


@pytest.mark.parametrize(
    ("name", "changed", "words"),
    [
        (" ", {}, "needs a name"),
        ("angle", {"because": ""}, "needs because="),
        ("angle", {"at_least": math.nan}, "is no acceptance region"),
        ("angle", {"paper": math.inf}, "paper must be finite"),
        ("angle", {"at_most": 1.0}, "exactly one of within"),
    ],
)
def test_claim_that_is_written_wrongly_is_an_error_also_without_values(
    name: str, changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(MisuseError, match=words):
        Measure()(name, [math.nan, 1.0], **{**STATED, **changed})


@pytest.mark.parametrize("values", [[1.0, 1.0], [math.nan, 1.0]])
def test_name_of_a_quantity_without_values_is_unique_too(values: list[float]) -> None:
    measure = Measure()
    measure("angle", [math.nan, 1.0], **STATED)
    with pytest.raises(MisuseError, match="called twice"):
        measure("angle", values, **STATED)


@pytest.mark.parametrize("quantities", [[], [quantity(1.0, 1.1, lo=0)], [quantity(1.0, 1.1, lo=2)]])
@pytest.mark.parametrize(
    ("documented", "doubts", "verdict"),
    [
        ({}, [], CONTRADICTED),
        ({"inconclusive": "few seeds"}, [], CONTRADICTED),
        ({"contradicted": "it is 2"}, [], FAILED),
        ({"is_note": True}, [], FAILED),
        ({}, [DOUBT], INCONCLUSIVE),
        ({"inconclusive": "few seeds"}, [DOUBT], INCONCLUSIVE),
        ({"contradicted": "it is 2"}, [DOUBT], FAILED),
        ({"is_note": True}, [DOUBT], FAILED),
    ],
)
def test_statement_is_contradicted_and_a_documented_contradiction_or_a_note_fails(
    documented: dict[str, Any], doubts: list[str], verdict: Verdict, quantities: list[Quantity]
) -> None:
    claim = Claim(id="DEMO-1", sentence="It holds.", source="", **documented)
    judged, reason = judge(claim, quantities, doubts, [LACKING])
    assert judged is verdict
    assert reason is not None
    assert reason.splitlines()[0] == str(LACKING)
    assert doubts == [line for line in reason.splitlines() if line == DOUBT]
