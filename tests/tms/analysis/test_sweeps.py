"""Points of a sweep by their coordinates."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
import torch

from tests.helpers.small import small
from tms.analysis.sweeps import nearest_point, of_lowest_loss, point_at
from tms.training import Trained, train


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(small(density=[[0.5], [0.1], [0.3]], steps=1), device="cpu")


def test_a_point_is_found_by_its_coordinate(trained: Trained) -> None:
    assert [point_at(trained, "density", p) for p in (0.1, 0.3 + 1e-9, 0.5)] == [1, 2, 0]


def test_a_value_that_no_point_has_is_refused_and_the_values_are_listed(trained: Trained) -> None:
    with pytest.raises(
        ValueError, match=r"^small: 0 points have density = 0\.2; the sweep has 0\.5, 0\.1, 0\.3\.$"
    ):
        point_at(trained, "density", 0.2)


def test_a_value_that_several_points_have_is_refused() -> None:
    twice = train(small(density=[[0.5], [0.5]], steps=1), device="cpu")
    with pytest.raises(ValueError, match="2 points have density"):
        point_at(twice, "density", 0.5)


def test_the_nearest_point_is_by_difference_and_not_by_ratio(trained: Trained) -> None:
    assert nearest_point(trained, "density", 0.19) == 1
    assert nearest_point(trained, "density", 0.21) == 2


@pytest.mark.parametrize("find", [point_at, nearest_point])
def test_an_unknown_coordinate_is_refused_and_the_known_ones_are_listed(
    trained: Trained, find: Callable[[Trained, str, float], int]
) -> None:
    with pytest.raises(ValueError, match=r"^small has no coordinate 'attack'; it has density\.$"):
        find(trained, "attack", 1.0)


def test_the_model_of_lowest_loss_is_that_of_its_own_point(trained: Trained) -> None:
    told = dataclasses.replace(trained, loss=torch.tensor([[1.0, 2.0], [4.0, 3.0], [0.0, 5.0]]))
    assert torch.equal(of_lowest_loss(told, 0), trained.W[0, 0])
    assert torch.equal(of_lowest_loss(told, 1), trained.W[1, 1])
