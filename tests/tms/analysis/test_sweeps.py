"""Points of a sweep by their coordinates."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
import torch

from tests.helpers.known_models import known_models
from tests.helpers.small import small
from tms.analysis import geometry
from tms.analysis.sweeps import independent_sweeps, nearest_point, of_lowest_loss, places, point_at
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


def test_enough_seeds_are_independent_sweeps(trained: Trained) -> None:
    first, second = independent_sweeps(trained, at_least=2)
    assert first.inverse_density.tolist() == pytest.approx([2.0, 10.0, 1 / 0.3])
    assert torch.equal(first.W, trained.W[:, 0])
    assert torch.equal(second.W, trained.W[:, 1])


def test_points_are_dealt_in_turn_where_seeds_are_few(trained: Trained) -> None:
    parts = independent_sweeps(trained, at_least=3)
    places = [part.inverse_density.tolist() for part in parts]
    assert places == [pytest.approx([2.0, 1 / 0.3]), pytest.approx([10.0])] * 2
    models = [[(0, 0), (2, 0)], [(1, 0)], [(0, 1), (2, 1)], [(1, 1)]]
    for part, chosen in zip(parts, models, strict=True):
        assert torch.equal(part.W, torch.stack([trained.W[point, seed] for point, seed in chosen]))


def test_a_sweep_is_measured_model_by_model(trained: Trained) -> None:
    part = independent_sweeps(trained, at_least=2)[1]
    assert part.D_star.tolist() == [geometry.dimensions_per_feature(W).item() for W in trained.W[:, 1]]
    assert part.D.tolist() == [geometry.dimensionality(W).tolist() for W in trained.W[:, 1]]


def test_more_sweeps_than_there_are_models_are_refused(trained: Trained) -> None:
    assert len(independent_sweeps(trained, at_least=6)) == 6
    with pytest.raises(ValueError, match=r"^small: 3 points of 2 seeds cannot make 7 sweeps\.$"):
        independent_sweeps(trained, at_least=7)


def test_places_are_the_points_of_every_sweep_in_order_with_their_densities() -> None:
    first, second = (small(density=[[p] for p in densities]) for densities in ((0.5, 0.1), (0.25,)))
    sweeps = [
        known_models(each, W=torch.zeros(each.n_points, 2, 1, 5, 2), b=torch.zeros(each.n_points, 2, 1, 5))
        for each in (first, second)
    ]
    expected = [(sweeps[0], 0, 0.5), (sweeps[0], 1, 0.1), (sweeps[1], 0, 0.25)]
    assert list(places(sweeps)) == expected
