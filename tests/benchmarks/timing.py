"""How long training takes, and how many steps make a round worth timing."""

from __future__ import annotations

from time import perf_counter
from typing import Final

from tests.benchmarks.trainers import Run, Trainer

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
    """Find how many steps fill a round: about `target` seconds, or ten set-ups of its models if that is more.

    A step is what a long run takes longer than one of a single step. A busy machine can only make it seem
    longer than it is, and rounds too short: so the estimate has to stand a second, longer run.
    """
    base = _least_seconds(trainer(1), target)
    if base >= target and _least_seconds(trainer(2), target) > 1.5 * base:
        return 1  # more would be no more exact
    steps, wanted = 1, 0
    while True:
        steps, taken = _outweighing(trainer, max(steps, wanted), base, target)
        before, one_step = wanted, (taken - base) / (steps - 1)
        set_up = max(0.0, base - one_step)
        wanted = max(1, round(max(target, SET_UPS_A_ROUND * set_up) / one_step))
        if wanted <= 1.5 * before:
            return max(wanted, before)


def _outweighing(trainer: Trainer, steps: int, base: float, target: float) -> tuple[int, float]:
    """Add steps until most of a run is theirs; return how many, and its seconds."""
    enough = max(3 * base, target / 8)
    taken = _least_seconds(trainer(steps), target) if steps > 1 else base
    while taken < enough or steps == 1:
        # A compiled trainer compiles for every number of steps: the fewer tries, the better.
        steps = min(max(round(steps * target / (4 * taken)), 4 * steps), 64 * steps)
        taken = _least_seconds(trainer(steps), target)
    return steps, taken


def _least_seconds(run: Run, target: float) -> float:
    """Time a run three times, and a short one up to ten; a stall of the machine only ever adds."""
    least = spent = seconds(run)
    for again in range(9):
        if again > 1 and spent >= target:
            break
        taken = seconds(run)
        least, spent = min(least, taken), spent + taken
    return least
