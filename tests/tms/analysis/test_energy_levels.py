"""Energy levels of a training run whose dimensionalities and losses are known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from tests.helpers.known_models import known_models
from tests.helpers.small import small
from tms.analysis.energy_levels import EnergyLevels, drops_at_jumps, swaps
from tms.analysis.jumps import level_changes
from tms.training import Trained

STEPS = tuple(range(0, 1001, 10))
LATER = 60
"""Checkpoint at which the third and the fourth feature jump into the second dimension."""


def run() -> Trained:
    """A digon that forms at the first checkpoint, and one that comes late to the other dimension."""
    experiment = dataclasses.replace(
        small(n_features=4, density=[[0.1]], seeds=1, steps=1000), checkpoints=STEPS
    )
    digon = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    both = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    W = torch.stack([0 * digon, *(both if k >= LATER else digon for k in range(1, len(STEPS)))])
    return known_models(
        experiment,
        history={"W": W[:, None, None], "b": torch.zeros(len(STEPS), 1, 1, 4)},
        W=W[-1][None, None, None],
        b=torch.zeros(1, 1, 1, 4),
    )


def levels(D: np.ndarray, loss: np.ndarray, settled: int = 0) -> EnergyLevels:
    """Levels of one seed with these paths."""
    changes = [level_changes(STEPS, D)]
    return EnergyLevels(np.array(STEPS), D[None], loss[None], changes, np.array([settled]))


def step(at: int, low: float = 0.0, high: float = 0.5) -> np.ndarray:
    return np.where(np.arange(len(STEPS)) < at, low, high)


def test_levels_are_read_off_the_checkpoints() -> None:
    found = EnergyLevels.of(run())
    assert found.steps.tolist() == list(STEPS)
    assert found.D.shape == (1, len(STEPS), 4)
    assert [(c.feature, c.last) for c in found.changes[0]] == [(0, 1), (1, 1), (2, LATER), (3, LATER)]
    assert found.loss[0, 0] > found.loss[0, 1] > found.loss[0, LATER]
    assert found.loss[0, 1] == found.loss[0, LATER - 1]


def test_the_first_descent_ends_when_nearly_all_features_have_come_that_stay() -> None:
    found = EnergyLevels.of(run())
    # Half of the features come with the first digon.
    assert found.settled.tolist() == [LATER]
    assert [[c.last for c in changes] for changes in found.later] == [[]]
    assert [c.last for c in dataclasses.replace(found, settled=np.array([5])).later[0]] == [LATER, LATER]


def coming_at(comes: list[int], goes: list[int]) -> Trained:
    """Features in dimensions of their own, from one checkpoint on and up to another."""
    n, k = len(comes), np.arange(len(STEPS))[:, None]
    experiment = dataclasses.replace(
        small(n_features=n, n_hidden=n, density=[[0.1]], seeds=1, steps=1000), checkpoints=STEPS
    )
    there = torch.from_numpy((k >= comes) & (k < goes)).float()
    W = there[:, :, None] * torch.eye(n)
    return known_models(
        experiment,
        history={"W": W[:, None, None], "b": torch.zeros(len(STEPS), 1, 1, n)},
        W=W[-1][None, None, None],
        b=torch.zeros(1, 1, 1, n),
    )


def test_one_late_feature_of_twenty_does_not_delay_the_end_of_the_first_descent() -> None:
    ends = [999] * 20
    assert EnergyLevels.of(coming_at([5] * 19 + [50], ends)).settled.tolist() == [5]
    assert EnergyLevels.of(coming_at([5] * 18 + [50] * 2, ends)).settled.tolist() == [50]


def test_features_that_go_again_do_not_end_the_first_descent() -> None:
    leaving = coming_at([5] * 18 + [50] * 2 + [5] * 4, [999] * 20 + [40] * 4)
    assert EnergyLevels.of(leaving).settled.tolist() == [50]


def test_a_change_that_begins_in_the_first_descent_is_part_of_it() -> None:
    D = np.stack([step(20), step(70)], axis=1)
    found = levels(D, np.ones(101), settled=20)
    assert found.jumps() == [1]
    assert levels(D, np.ones(101), settled=19).jumps() == [2]


def test_shares_are_of_the_features_that_end_represented() -> None:
    D = np.stack([step(0), step(0, 0, 0.56), step(0, 0, 0.1)], axis=1)
    assert levels(D, np.ones(101)).share_in_digons(0.05) == [0.5]
    assert levels(0 * D, np.ones(101)).share_in_digons(0.05) == [0.0]


def test_a_seed_without_changes_has_no_jumps_and_no_drop() -> None:
    drift = 0.5 * np.linspace(0, 1, 101)
    assert levels(np.stack([step(50), drift], axis=1), np.ones(101)).share_of_jumps() == [0.5]
    still = levels(np.zeros((101, 1)), np.linspace(2, 1, 101))
    assert still.share_of_jumps() == [0.0]
    assert drops_at_jumps(still) == ([0.5], [0.0])


@pytest.mark.parametrize(
    ("loss", "share"),
    [
        (np.linspace(2, 1, 101), 1 / 2),
        (step(50, 2.0, 1.0), 1.0),
        (step(45, 2.0, 1.0), 0.0),
        (step(50, 1.0, 2.0), -1.0),
        (np.linspace(2, 1, 101) + step(50, 0.03, 0.0), 2 / 3),
        (np.linspace(0, 5, 101) + step(50, 2.0, 1.0), 1.0),
    ],
    ids=["even", "a drop", "a drop elsewhere", "a rise", "twice as fast", "a drop on a rise"],
)
def test_the_fall_at_a_jump_is_compared_with_that_on_either_side(loss: np.ndarray, share: float) -> None:
    # The half of the change between the levels lasts for one interval, so the whole change for three.
    drops = drops_at_jumps(levels(step(50)[:, None], loss))
    assert drops.share == pytest.approx([share], abs=0.01)


def test_the_fall_in_the_first_descent_does_not_count() -> None:
    loss = step(42, 9.0, 2.0) - step(50, 0.0, 1.0)  # within a tenth of training before the jump
    assert drops_at_jumps(levels(step(50)[:, None], loss, settled=42)) == ([1.0], [1.0])


def test_a_jump_is_compared_with_a_tenth_of_training_on_either_side() -> None:
    far, near = step(30, 0.5, 0.0), step(45, 0.5, 0.0)
    shares = [
        drops_at_jumps(levels(step(50)[:, None], 1 + step(50, 2.0, 0.0) + drop)).share[0]
        for drop in (far, near)
    ]
    assert shares[0] == 1
    # 2 in the three intervals of the jump, 1/2 in the twenty around them.
    assert shares[1] == pytest.approx((2 / 3) / (2 / 3 + 0.5 / 20))


def test_a_whole_jump_is_longer_than_its_part_between_the_levels() -> None:
    rise = 0.5 * np.clip((np.arange(101) - 40) / 16, 0, 1)
    loss = 2 - np.clip((np.arange(101) - 40) / 16, 0, 1)
    drops = drops_at_jumps(levels(rise[:, None], loss))
    assert drops.share == pytest.approx([1.0], abs=0.01)
    assert drops.total == pytest.approx([1.0], abs=0.01)


def test_a_fall_is_paired_with_a_rise_at_the_same_time_only() -> None:
    fall = step(50, 0.3, 0.0)

    def rise(begin: int) -> np.ndarray:
        return np.asarray(0.3 * np.clip((np.arange(101) - begin) / 12, 0, 1))

    together = swaps(levels(np.stack([fall, rise(42)], axis=1), np.ones(101)))
    assert (together.paired, together.models) == ([True], [True])
    assert 0.05 < together.chance[0] < 0.1
    apart = swaps(levels(np.stack([fall, rise(72)], axis=1), np.ones(101)))
    assert (apart.paired, apart.models) == ([False], [False])
    assert swaps(levels(rise(42)[:, None], np.ones(101))).paired == []


def test_a_feature_without_a_place_does_not_swap() -> None:
    fall, rise = step(50, 0.2, 0.0), step(50, 0.0, 0.3)
    assert swaps(levels(np.stack([fall, rise], axis=1), np.ones(101))).paired == []


def test_levels_need_checkpoints() -> None:
    with pytest.raises(ValueError, match="without checkpoints"):
        EnergyLevels.of(known_models(small(), W=torch.zeros(2, 2, 1, 5, 2), b=torch.zeros(2, 2, 1, 5)))
