"""Regimes of two sets of three features along trajectories that are known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from tests.helpers.known_models import known_models
from tests.helpers.small import small
from tms.analysis.trajectories import COMMON, OPPOSITE, PARTED, Trajectories

SETS = ((0, 1, 2), (3, 4, 5))
TRIPLE = torch.eye(3)
NOTHING = torch.zeros(6, 3)
APART = torch.tensor([[1.0, 0, 0]] * 3 + [[0, 1.0, 0]] * 3)
TOGETHER = torch.tensor([[1.0, 0, 0]] * 6)
OBTUSE = torch.tensor([[1.0, 0, 0]] * 3 + [[-0.4, 0.84**0.5, 0]] * 3)
AGAINST = torch.tensor([[1.0, 0, 0]] * 3 + [[-1.0, 0, 0]] * 3)
OPEN = torch.cat([TRIPLE, -TRIPLE])
# The second triple turned by 60 degrees around the diagonal of the first.
TURNED = torch.cat([TRIPLE, -(2 / 3 - TRIPLE)])
STEPS = (0, 10, 100, 1000, 10000)


def trajectories(*seeds: list[torch.Tensor]) -> Trajectories:
    experiment = dataclasses.replace(
        small(n_features=6, n_hidden=3, correlated=SETS, density=[[0.05]], seeds=len(seeds), steps=10000),
        checkpoints=STEPS,
    )
    W = torch.stack([torch.stack(seed) for seed in seeds], dim=1)[:, None]
    return Trajectories.of(
        known_models(
            experiment,
            history={"W": W, "b": torch.zeros(*W.shape[:-1])},
            W=W[-1][:, :, None],
            b=torch.zeros(1, len(seeds), 1, 6),
        )
    )


def test_the_regime_of_two_directions_lasts_from_the_first_to_the_last_checkpoint_with_them() -> None:
    found = trajectories([NOTHING, APART, APART, APART, OPEN], [NOTHING, NOTHING, APART, OPEN, OPEN])
    assert (found.begin.tolist(), found.end.tolist()) == ([1, 2], [3, 2])
    assert found.open_at.tolist() == [4, 3]
    assert found.sets == SETS
    assert found.density == 0.05


def test_half_way_is_by_the_logarithm_of_the_step() -> None:
    found = trajectories([NOTHING, APART, APART, 1.5 * APART, OPEN])
    assert found.at(0.5).tolist() == [2]
    assert found.at(1.0).tolist() == [3]
    assert torch.equal(found.middle, APART[None])


def test_small_directions_are_no_regime_of_their_own() -> None:
    assert trajectories([NOTHING, 0.3 * APART, APART, APART, OPEN]).begin.tolist() == [2]
    one_behind = APART * torch.tensor([[1.0], [1.0], [0.3], [1.0], [1.0], [1.0]])
    assert trajectories([NOTHING, one_behind, APART, APART, OPEN]).begin.tolist() == [2]


def test_the_way_to_two_directions_is_told() -> None:
    found = trajectories(
        [NOTHING, 0.38 * APART, APART, APART, OPEN],
        [NOTHING, 0.38 * TOGETHER, APART, APART, OPEN],
        [NOTHING, 0.38 * TOGETHER, AGAINST, AGAINST, OPEN],
        [NOTHING, OBTUSE, OBTUSE, OBTUSE, OPEN],
    )
    assert found.first_way.tolist() == [PARTED, COMMON, OPPOSITE, PARTED]


def test_a_seed_passes_both_stages_if_two_directions_come_first_and_open_later() -> None:
    found = trajectories(
        [NOTHING, APART, APART, OPEN, OPEN],
        [NOTHING, APART, APART, APART, APART],
        [NOTHING, OPEN, OPEN, OPEN, OPEN],
        [NOTHING, OPEN, APART, APART, APART],
        [APART, APART, APART, OPEN, OPEN],
        [OPEN, OPEN, OPEN, OPEN, OPEN],
    )
    assert found.passes_both.tolist() == [True, False, False, False, False, False]


def test_the_opening_is_antipodal_or_an_antiprism() -> None:
    found = trajectories([NOTHING, APART, APART, OPEN, OPEN], [NOTHING, APART, APART, TURNED, OPEN])
    assert found.opening.tolist() == pytest.approx([-1, -2 / 3], abs=1e-6)


def test_each_seed_has_the_loss_of_a_checkpoint_of_its_own() -> None:
    found = trajectories([NOTHING, APART, APART, APART, OPEN], [NOTHING, APART, APART, APART, NOTHING])
    # Everything is lost without weights: E[x^2] = p / 3 in each of six features.
    at_start, at_end = found.loss_at(np.array([0, 4]))
    assert at_start == pytest.approx(6 * 0.05 / 3, rel=0.1)
    assert at_end == pytest.approx(6 * 0.05 / 3, rel=0.1)
    assert found.loss_at(np.array([4, 4]))[0] < 0.5 * at_end


def test_stages_are_half_grown_two_directions_open_and_the_end() -> None:
    found = trajectories(
        [NOTHING, NOTHING, APART, OPEN, OPEN],
        [NOTHING, NOTHING, APART, APART, OPEN],
        [NOTHING, APART, APART, APART, OPEN],
    )
    assert [found.stages(seed) for seed in (0, 1, 2)] == [[1, 2, 3, 4], [1, 3, 4], [0, 3, 4]]
