"""How long training takes, and how many steps make a round worth timing."""

from __future__ import annotations

from time import perf_counter
from typing import Final

from benchmarks.stacks import Stack
from benchmarks.workloads import Workload

ROUNDS: Final = 5
ROUND_SECONDS: Final = 0.6
SET_UPS_A_ROUND: Final = 10
"""A round is so much longer than setting its models up that it measures steps."""


def seconds(stack: Stack, workload: Workload, steps: int) -> float:
    """Train a workload for so many steps; wall seconds, set-up included."""
    experiment = workload.experiment(steps)
    start = perf_counter()
    stack.train(experiment)
    return perf_counter() - start


def steps_a_round(stack: Stack, workload: Workload, target: float = ROUND_SECONDS) -> int:
    """Find how many steps fill a round, by trying ever more of them until they outweigh the set-up.

    A round takes about `target` seconds, or ten times as long as the set-up of its models where that is more.
    """

    def time_of(steps: int) -> float:
        taken = seconds(stack, workload, steps)
        # One stall of a busy machine must not pass for the time of a few steps.
        return taken if taken < target / 8 else min(taken, seconds(stack, workload, steps))

    steps, taken = 1, time_of(1)
    if taken >= target:
        return 1
    while True:
        before, taken = taken, time_of(4 * steps)
        if taken >= max(2.5 * before, target / 8):
            break
        steps *= 4
    one_step = (taken - before) / (3 * steps)
    set_up = max(0.0, before - steps * one_step)
    return round(max(target, SET_UPS_A_ROUND * set_up) / one_step)
