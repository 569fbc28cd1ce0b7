"""The timing of captured steps and of forms, without a GPU: on fake graphs, and in Triton's interpreter."""

from __future__ import annotations

import pytest

from tests.gpu import time_steps
from tests.gpu.time_steps import difference, eager_and_captured, plans_of
from tests.helpers.fake_graphs import BrokenGraph, FakeGraph
from tests.helpers.small import small
from tms.engines.cuda.forms import ACTIVE_INPUTS, REGISTERS, TENSOR_CORES
from tms.engines.cuda.plan import plan_of
from tms.engines.fused_cuda import lacking

SMALL = small(steps=2000, seeds=1)


def test_captured_and_eager_steps_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_steps, "EAGER_STEPS", 5)
    monkeypatch.setattr(time_steps, "CAPTURED_STEPS", 5)
    row = eager_and_captured(SMALL, "cpu", FakeGraph)
    assert set(row) == {"eager_us", "capture_ms", "captured_us", "ratio"}
    assert all(value > 0 for value in row.values())
    assert eager_and_captured(SMALL, "cpu", BrokenGraph)["problem"] == "the steps could not be captured"


def test_forms_are_timed_where_a_model_has_them() -> None:
    assert [name for name, _ in plans_of(SMALL)] == ["usual", REGISTERS, ACTIVE_INPUTS]
    large = small(n_features=40, n_hidden=20, batch_size=1024)
    assert [name for name, _ in plans_of(large)] == ["usual", TENSOR_CORES]


@pytest.mark.skipif(lacking() is not None, reason=f"the CUDA kernels are not tested: {lacking()}")
def test_difference_of_a_form_is_rounding_and_that_of_another_model_is_not() -> None:
    experiment = small(seeds=1, batch_size=40)
    usual = plan_of(experiment, ())
    assert difference(experiment, plan_of(experiment, (ACTIVE_INPUTS,)), usual, "cpu") < time_steps.LIKE
    other = plan_of(small(activation="quadratic", batch_size=40), ())
    assert difference(experiment, other, usual, "cpu") > 100 * time_steps.LIKE
