"""Energy levels of a training run whose dimensionalities and losses are known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from tests.helpers.known_models import known_models
from tests.helpers.small import small
from tms.analysis.energy_levels import EnergyLevels, falls_around_jumps
from tms.training import Trained

STEPS = (0, *(round(float(step)) for step in np.geomspace(10, 1000, 21)))
LATER = 12
"""Checkpoint, the start counted, at which the third feature jumps into the second dimension."""


def run(loss: torch.Tensor) -> Trained:
    """A digon, beside a feature that comes to the second one of two dimensions late, to a small one there."""
    experiment = dataclasses.replace(
        small(n_features=4, density=[[0.1]], seeds=1, steps=1000), checkpoints=STEPS
    )
    digon = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    both = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    W = torch.stack([both if k >= LATER else digon for k in range(len(STEPS))])[:, None, None]
    return known_models(
        experiment,
        history={"W": W, "b": torch.zeros(len(STEPS), 1, 1, 4)},
        history_loss=loss[:, None, None],
        W=W[-1][:, :, None],
        b=torch.zeros(1, 1, 1, 4),
    )


def stepwise() -> torch.Tensor:
    """Loss that falls from 10 to 2 at once, and to 1 as the third feature jumps."""
    loss = torch.full((len(STEPS),), 2.0)
    loss[0] = 10.0
    loss[LATER:] = 1.0
    return loss


def test_levels_leave_the_start_out_and_find_the_jumps() -> None:
    levels = EnergyLevels.of(run(stepwise()))
    assert levels.steps.tolist() == list(STEPS[1:])
    assert levels.m == 2
    assert levels.D.shape == (1, len(STEPS) - 1, 4)
    assert [(jump.feature, jump.first, jump.last) for jump in levels.jumps[0]] == [
        (feature, LATER - 2, LATER - 1) for feature in (2, 3)
    ]


def test_the_loss_settles_where_it_made_nine_tenths_of_its_descent() -> None:
    loss = stepwise()
    assert EnergyLevels.of(run(loss)).settled.tolist() == [STEPS[LATER]]
    loss[3:LATER] = 1.8
    assert EnergyLevels.of(run(loss)).settled.tolist() == [STEPS[3]]


def test_shares_are_of_the_features_that_end_represented() -> None:
    levels = EnergyLevels.of(run(stepwise()))
    assert levels.share_in_digons() == [1.0]
    assert levels.share_arrived_by_jumps(0.35) == [0.5]
    nobody = dataclasses.replace(levels, D=np.zeros_like(levels.D))
    assert nobody.share_in_digons() == [0.0]
    assert nobody.share_arrived_by_jumps(0.35) == [0.0]


def test_a_feature_that_leaves_has_not_arrived_by_a_jump() -> None:
    levels = EnergyLevels.of(run(stepwise()))
    falling = np.full((1, len(levels.steps), 1), 1.0)
    falling[0, 10:] = 0.5
    assert dataclasses.replace(levels, D=falling).share_arrived_by_jumps(0.35) == [0.0]


def test_falls_are_relative_to_that_during_jumps() -> None:
    clock = np.log(STEPS[1:])
    level = torch.from_numpy(1 - 0.01 * (clock - clock[0])).float()
    level[LATER - 1 :] -= 0.5
    falls = falls_around_jumps(EnergyLevels.of(run(torch.cat([torch.tensor([9.0]), level]))))
    during = 0.01 + 0.5 / (clock[LATER - 1] - clock[LATER - 2])
    assert falls.before == pytest.approx([0.01 / during], rel=1e-3)
    assert falls.after == pytest.approx([0.01 / during], rel=1e-3)
    assert falls.drops == pytest.approx([(0.5 + 0.01 * (clock[LATER - 1] - clock[LATER - 2])) / 2], rel=1e-3)


def test_levels_need_checkpoints() -> None:
    with pytest.raises(ValueError, match="without checkpoints"):
        EnergyLevels.of(known_models(small(), W=torch.zeros(2, 2, 1, 5, 2), b=torch.zeros(2, 2, 1, 5)))
