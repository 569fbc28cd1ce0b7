"""Floors and ceilings count what they say, and every workload has a name of its own."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.benchmarks import ceilings, growth
from tests.benchmarks.floors import floor_of
from tests.benchmarks.workloads import WORKLOADS, Workload
from tms import random_streams


def test_workloads_have_names_of_their_own() -> None:
    assert len({str(workload) for workload in WORKLOADS}) == len(WORKLOADS)


@pytest.mark.parametrize("workload", WORKLOADS, ids=str)
def test_a_sparse_floor_is_below_the_dense_one(workload: Workload) -> None:
    floor = floor_of(workload.experiment(1))
    assert 0 < floor.sparse < floor.dense
    assert floor.draws == workload.batch_size * workload.experiment(1).instances.density.size


def test_floor_counts_what_a_perfect_model_needs() -> None:
    floor = floor_of(growth.experiment_at(n=20, density=0.1, batch=50, instances=3))
    m, rows, parameters = growth.HIDDEN, 50, 3 * (20 * growth.HIDDEN + 20)
    rng = np.random.default_rng(0)
    active = rng.random((200_000, 20)) < 0.1
    products = 2 * m * (4 * active.sum(1) + 20 * active.any(1))  # k rows: in, back in, back out twice
    outputs = 6 * 20 * active.any(1)
    expected = 3 * rows * (products + outputs).mean() + 12 * parameters
    assert floor.sparse == pytest.approx(expected, rel=0.005)
    assert floor.dense == 3 * rows * (10 * 20 * m + 6 * 20) + 12 * parameters
    assert floor.bytes == 24 * parameters


def test_floor_of_dense_features_is_that_of_dense_products() -> None:
    floor = floor_of(growth.experiment_at(density=1.0))
    assert floor.sparse == pytest.approx(floor.dense)


def test_ceilings_mix_counters_as_the_streams_do(monkeypatch: pytest.MonkeyPatch) -> None:
    zero = np.zeros(1, dtype=np.uint32)
    monkeypatch.setattr(random_streams, "step_keys", lambda keys, step: (zero, zero))  # noqa: ARG005
    expected = random_streams.bits(np.zeros(1, dtype=np.uint64), 0, (40, 100)).reshape(-1).numpy()
    mixed = ceilings.mixed(torch.arange(4000, dtype=torch.int32)).numpy()
    np.testing.assert_array_equal(mixed.astype(np.uint32), expected)
    filled = np.empty(4000, dtype=np.uint32)
    ceilings.fill(1, filled)
    np.testing.assert_array_equal(filled, expected)
