"""Time every workload on every stack of this machine; each round follows one of the notebook loop."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest

from tests.benchmarks.rounds import Timed
from tests.benchmarks.run import Bench, loop
from tests.benchmarks.stacks import Stack
from tests.benchmarks.timing import ROUNDS, seconds, steps_a_round
from tests.benchmarks.workloads import Workload
from tms.protocol import Unsupported


@pytest.mark.filterwarnings("default")  # warnings of the peers' libraries are no errors of ours
def test_training(workload: Workload, stack: Stack, benchmark: Any, bench: Bench) -> None:
    loop_run, loop_steps = loop(workload, stack.device)
    start = perf_counter()
    trainer = stack.prepare(workload.experiment(1))
    try:
        trainer(1)()
    except Unsupported as error:
        pytest.skip(f"{stack.name} does not support {workload.name}: {error}")
    first_call = perf_counter() - start
    steps = steps_a_round(trainer)
    loop_rounds: list[float] = []
    benchmark.group = str(workload)
    benchmark.extra_info["steps"] = steps
    benchmark.pedantic(trainer(steps), setup=lambda: loop_rounds.append(seconds(loop_run)), rounds=ROUNDS)
    rounds = tuple(benchmark.stats.stats.data)
    bench.add(workload, stack, first_call, Timed(steps, rounds, loop_steps, tuple(loop_rounds)))
