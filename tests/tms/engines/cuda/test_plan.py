"""Plans cover the batch, depend on one instance alone, and say when a kernel is launched early."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.helpers.small import small
from tms.engines.cuda import stack as stacks
from tms.engines.cuda.plan import parts_of, plan_of


@pytest.mark.parametrize("workload", ["phase", "uniform", "dynamics"])
@pytest.mark.parametrize("batch", [1, 100, 128, 1024, 5000])
def test_a_plan_covers_the_batch_and_does_not_depend_on_the_number_of_instances(
    workload: str, batch: int
) -> None:
    n, m = {"phase": (2, 1), "uniform": (400, 30), "dynamics": (100, 10)}[workload]
    one, many = (
        small(n_features=n, n_hidden=m, density=np.full((points, 1), 0.1), seeds=1, batch_size=batch)
        for points in (1, 500)
    )
    plan = plan_of(one)
    assert plan == plan_of(many)
    parts, span = parts_of(batch, n, plan)
    assert (parts - 1) * span < batch <= parts * span
    assert parts == 1 or (plan.shared and span % plan.tile == 0)
    assert plan.precision == "ieee"


@pytest.mark.parametrize(
    ("device", "hip", "capability", "early"),
    [
        ("cuda", None, (9, 0), True),
        ("cuda", None, (10, 0), True),
        ("cuda", None, (8, 6), False),
        ("cuda", "6.4", (9, 4), False),
        ("cpu", None, (9, 0), False),
    ],
)
def test_kernels_are_launched_early_on_hopper_and_later_alone(
    monkeypatch: pytest.MonkeyPatch, device: str, hip: str | None, capability: tuple[int, int], early: bool
) -> None:
    monkeypatch.setattr(torch.version, "hip", hip)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: capability)
    order = stacks.order(device)
    assert (order["chained"], "launch_pdl" in order) == (early, early)
