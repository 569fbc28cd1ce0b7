"""Time a run, and choose how many steps a timed round has."""

from __future__ import annotations

from time import perf_counter
from typing import Final

from tests.benchmarks.trainers import Run, Trainer

ROUNDS: Final = 5
ROUND_SECONDS: Final = 0.5
SET_UPS_A_ROUND: Final = 10
"""The least length of a round in set-ups of its models, so that it measures steps."""


def seconds(run: Run) -> float:
    """Return the wall seconds of a run."""
    start = perf_counter()
    run()
    return perf_counter() - start


def steps_a_round(trainer: Trainer, target: float = ROUND_SECONDS) -> int:
    """Find how many steps fill a round: about `target` seconds, or ten set-ups of its models if that is more.

    The time of a step is estimated from the difference between a long run and a run of one step. A busy
    machine makes steps look longer than they are, and rounds too short; so a second, longer run must confirm
    the estimate.

    Parameters
    ----------
    trainer
        The trainer of the stack to time.
    target
        Seconds of a round.
    """
    base = _least_seconds(trainer(1), target)
    if base >= target and _least_seconds(trainer(2), target) > 1.5 * base:
        return 1  # more steps would not make it more exact
    steps, wanted = 1, 0
    while True:
        steps, taken = _outweighing(trainer, max(steps, wanted), base, target)
        previous, one_step = wanted, (taken - base) / (steps - 1)
        set_up = max(0.0, base - one_step)
        wanted = max(1, round(max(target, SET_UPS_A_ROUND * set_up) / one_step))
        if wanted <= 1.5 * previous:
            return max(wanted, previous)


def _outweighing(trainer: Trainer, steps: int, base: float, target: float) -> tuple[int, float]:
    """Add steps until they take most of a run; return their number and the run's seconds."""
    enough = max(3 * base, target / 8)
    taken = _least_seconds(trainer(steps), target) if steps > 1 else base
    while taken < enough or steps == 1:
        # A compiled trainer compiles anew for every number of steps, so few attempts are better.
        steps = min(max(round(steps * target / (4 * taken)), 4 * steps), 64 * steps)
        taken = _least_seconds(trainer(steps), target)
    return steps, taken


def _least_seconds(run: Run, target: float) -> float:
    """Return the least time of three runs, or of up to ten short ones; a stall can only add time."""
    least = spent = seconds(run)
    for again in range(9):
        if again > 1 and spent >= target:
            break
        taken = seconds(run)
        least, spent = min(least, taken), spent + taken
    return least
