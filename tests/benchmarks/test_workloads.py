"""Every workload has a name of its own, and a floor."""

from __future__ import annotations

import pytest

from claims.harness.floor.counting import floor_of
from tests.benchmarks.workloads import WORKLOADS, Workload


def test_workloads_have_names_of_their_own() -> None:
    assert len({str(workload) for workload in WORKLOADS}) == len(WORKLOADS)


@pytest.mark.parametrize("workload", WORKLOADS, ids=str)
def test_a_sparse_floor_is_below_the_dense_one(workload: Workload) -> None:
    floor = floor_of(workload.experiment(1))
    assert 0 < floor.sparse < floor.dense
    assert floor.draws == workload.batch_size * workload.experiment(1).instances.density.size
