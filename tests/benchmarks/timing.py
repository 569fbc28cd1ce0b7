"""How long training takes, and how many steps make a round worth timing."""

from __future__ import annotations

from time import perf_counter
from typing import Final

from benchmarks.trainers import Run, Trainer

ROUNDS: Final = 5
ROUND_SECONDS: Final = 0.5
SET_UPS_A_ROUND: Final = 10
"""A round is so much longer than setting its models up that it measures steps."""


def seconds(run: Run) -> float:
    """Wall seconds of a run."""
    start = perf_counter()
    run()
    return perf_counter() - start


def steps_a_round(trainer: Trainer, target: float = ROUND_SECONDS) -> int:
    """Find how many steps fill a round, by trying ever more of them until they outweigh the set-up.

    A round takes about `target` seconds, or ten times as long as the set-up of its models where that is more.
    """

    def time_of(steps: int) -> float:
        run = trainer(steps)
        taken = seconds(run)
        # One stall of a busy machine must not pass for the time of a few steps.
        return taken if taken < target / 8 else min(taken, seconds(run))

    steps, taken = 1, time_of(1)
    if taken >= target:
        # More than one step would be no more exact, unless the step is the smaller part of it.
        twice = time_of(2)
        if twice > 1.5 * taken:
            return 1
    while True:
        before, fewer = taken, steps
        # A compiled trainer compiles for every number of steps: the fewer tries, the better.
        steps = min(max(round(steps * target / (4 * taken)), 4 * steps), 64 * steps)
        taken = time_of(steps)
        if taken >= max(2 * before, target / 8):
            break
    one_step = (taken - before) / (steps - fewer)
    set_up = max(0.0, before - fewer * one_step)
    return max(1, round(max(target, SET_UPS_A_ROUND * set_up) / one_step))
