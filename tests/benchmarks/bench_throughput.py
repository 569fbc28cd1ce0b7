"""Every workload on every stack that this machine can run, one after another."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from benchmarks.stacks import Stack, available
from benchmarks.throughput import Report, Throughput
from benchmarks.timing import ROUNDS, seconds, steps_a_round
from benchmarks.workloads import WORKLOADS, Workload

PAIRS = [pytest.param(*pair, id="-".join(map(str, pair))) for pair in product(WORKLOADS, available())]


@pytest.mark.parametrize(("workload", "stack"), PAIRS)
def test_training(workload: Workload, stack: Stack, benchmark: Any, report: Report) -> None:
    first_call = seconds(stack, workload, steps=1)
    steps = steps_a_round(stack, workload)
    experiment = workload.experiment(steps)
    benchmark.group = str(workload)
    benchmark.pedantic(stack.train, args=(experiment,), rounds=ROUNDS)
    report.rows.append(
        Throughput(
            workload=workload.name,
            batch_size=workload.batch_size,
            instances=experiment.n_instances,
            stack=stack.name,
            device=stack.device,
            steps=steps,
            first_call=first_call,
            rounds=tuple(benchmark.stats.stats.data),
        )
    )
    benchmark.extra_info["steps"] = steps
