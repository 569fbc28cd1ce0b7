"""Every workload on every stack that this machine can run, each round beside one of the notebook loop."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest

from tests.benchmarks.run import Bench, loop
from tests.benchmarks.stacks import Stack
from tests.benchmarks.throughput import Timed
from tests.benchmarks.timing import ROUNDS, seconds, steps_a_round
from tests.benchmarks.workloads import Workload


@pytest.mark.filterwarnings("default")  # the peers' libraries may warn of what they like
def test_training(workload: Workload, stack: Stack, benchmark: Any, bench: Bench) -> None:
    beside_run, beside_steps = loop(workload, stack.device)
    start = perf_counter()
    trainer = stack.prepare(workload.experiment(1))
    trainer(1)()
    first_call = perf_counter() - start
    steps = steps_a_round(trainer)
    beside: list[float] = []
    benchmark.group = str(workload)
    benchmark.extra_info["steps"] = steps
    benchmark.pedantic(trainer(steps), setup=lambda: beside.append(seconds(beside_run)), rounds=ROUNDS)
    rounds = tuple(benchmark.stats.stats.data)
    bench.add(workload, stack, first_call, Timed(steps, rounds, beside_steps, tuple(beside)))
