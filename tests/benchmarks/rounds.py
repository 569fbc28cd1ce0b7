"""Timed rounds of one stack beside the notebook loop, and the rows of a report that follow from them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from claims.harness.records.throughput import NOTEBOOK, Throughput


@dataclass(frozen=True)
class Timed:
    """The rounds of one stack, each right after a round of the notebook loop.

    Parameters
    ----------
    steps, rounds
        Steps per round, and wall seconds of each round.
    loop_steps, loop_rounds
        The same for the notebook loop.
    """

    steps: int
    rounds: tuple[float, ...]
    loop_steps: int
    loop_rounds: tuple[float, ...]

    @property
    def ratios(self) -> tuple[float, ...]:
        """Speeds relative to the loop, pair by pair."""
        pairs = zip(self.rounds, self.loop_rounds, strict=True)
        return tuple((self.steps / own) / (self.loop_steps / loop) for own, loop in pairs)

    @property
    def steps_per_second(self) -> float:
        """Speed of the median round."""
        return self.steps / statistics.median(self.rounds)


def notebook_row(measured: Sequence[tuple[Throughput, Timed]]) -> Throughput:
    """Return the notebook loop's own row, from all of its rounds beside the stacks of one workload.

    Parameters
    ----------
    measured
        Rows and rounds of the stacks that were measured on the workload, at least one.
    """
    example, first = measured[0]
    rounds = [taken for _, timed in measured for taken in timed.loop_rounds]
    speed = first.loop_steps / statistics.median(rounds)
    return replace(
        example,
        stack=NOTEBOOK,
        steps_per_second=speed,
        ratio=1.0,
        ratio_range=(1.0, 1.0),
        first_call=0.0,
        floor_share=example.floor_share / example.steps_per_second * speed,
    )
