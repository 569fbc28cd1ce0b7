"""A timed round has enough steps to outweigh the set-up of its models."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from tests.benchmarks import timing
from tests.benchmarks.trainers import Run, Trainer


@pytest.mark.parametrize(
    ("set_up", "one_step", "steps"),
    [(0.0, 0.001, 600), (0.02, 0.001, 600), (0.3, 0.001, 3000), (0.3, 0.1, 30), (0.9, 0.001, 9000),
     (0.0, 0.2, 3), (0.0, 5.0, 1)],
)  # fmt: skip
def test_a_round_has_the_steps_that_fill_it_and_outweigh_the_set_up(
    set_up: float, one_step: float, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = stalling(monkeypatch, set_up, one_step, Random(0), stalls=0)
    assert timing.steps_a_round(trainer, target=0.6) == pytest.approx(steps, abs=1)


@pytest.mark.parametrize("one_step", [0.0002, 0.002, 0.01, 0.05])
@pytest.mark.parametrize("seed", range(20))
def test_a_round_outweighs_a_large_set_up_on_a_machine_that_stalls(
    seed: int, one_step: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up = 0.1
    trainer = stalling(monkeypatch, set_up, one_step, Random(seed), stalls=0.25)
    taken = one_step * timing.steps_a_round(trainer, target=0.5)
    assert 5 * set_up < taken < 40 * set_up


def stalling(
    monkeypatch: pytest.MonkeyPatch, set_up: float, one_step: float, rng: Random, stalls: float
) -> Trainer:
    """Return a trainer on a fake clock: a share `stalls` of its runs takes up to three times as long."""
    clock = 0.0

    def trainer(asked: int) -> Run:
        def run() -> dict[str, Any]:
            nonlocal clock
            work = set_up + one_step * asked
            clock += work * (1 + (2 * rng.random() if rng.random() < stalls else 0))
            return {}

        return run

    monkeypatch.setattr(timing, "perf_counter", lambda: clock)
    return trainer
