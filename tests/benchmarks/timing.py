"""How long training takes, and how many steps make a round worth timing."""

from __future__ import annotations

from time import perf_counter
from typing import Final

from benchmarks.stacks import Stack
from benchmarks.workloads import Workload

ROUNDS: Final = 5
ROUND_SECONDS: Final = 0.6
"""So long that setting up a stack of models is a small part of it, and short enough for five of them."""


def seconds(stack: Stack, workload: Workload, steps: int) -> float:
    """Train a workload for so many steps; wall seconds, set-up included."""
    experiment = workload.experiment(steps)
    start = perf_counter()
    stack.train(experiment)
    return perf_counter() - start


def steps_a_round(stack: Stack, workload: Workload, target: float = ROUND_SECONDS) -> int:
    """Find how many steps take about so many seconds, by trying ever more of them."""
    steps = 1
    while (taken := seconds(stack, workload, steps)) < target / 8:
        steps *= 4
    return max(1, round(steps * target / taken))
