"""Naming the figure of five features, on figures that are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.known_models import known_models
from tests.helpers.small import small
from tms.analysis.nothing_to_measure import NothingToMeasure
from tms.analysis.pentagon import (
    NORMS,
    curves_by_kind,
    departure_among_pentagons,
    exact_critical_density,
    is_pentagon,
    is_two_digons,
    kinds,
    lowest_by_kind,
    lowest_loss,
    neighbour_angle,
    norm_departure,
)
from tms.features import FeatureDistribution
from tms.theory import Quadrature


def at(*degrees: float, norms: float | list[float] = 1.0) -> torch.Tensor:
    angles = np.deg2rad(degrees)
    lengths = np.broadcast_to(norms, angles.shape)[:, None]
    return torch.from_numpy(lengths * np.stack([np.cos(angles), np.sin(angles)], axis=1))


PENTAGON = at(0, 72, 144, 216, 288)
DIGONS = at(0, 0, 180, 90, 270, norms=[0, 1, 1, 1, 1])
OTHERS = {
    "five corners of a hexagon": at(0, 60, 120, 180, 240),
    "a square with a feature wedged in": at(0, 45, 90, 180, 270),
    "nearly a square with a feature wedged in": at(0, 4, 93, 182, 271),
    "two lines at 65 degrees": at(0, 0, 65, 180, 245, norms=[0, 1, 1, 1, 1]),
    "a triangle and an antipodal pair": at(0, 120, 240, 90, 270),
    "three features": at(0, 120, 240, 0, 0, norms=[1, 1, 1, 0, 0]),
    "all in one direction": at(0, 1, 2, 3, 4),
}


@given(turn=st.floats(0, 360), order=st.permutations(range(5)), mirrored=st.booleans())
def test_figures_keep_their_name_as_they_are_turned_mirrored_and_relabelled(
    turn: float, order: list[int], mirrored: bool
) -> None:
    angle = np.deg2rad(turn)
    rotation = torch.tensor([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    flip = torch.diag(torch.tensor([-1.0 if mirrored else 1.0, 1.0], dtype=torch.float64))
    pentagon, digons = ((W @ rotation @ flip)[order] for W in (PENTAGON, DIGONS))
    assert is_pentagon(pentagon)
    assert not is_two_digons(pentagon)
    assert is_two_digons(digons, absent=order.index(0))
    assert not is_pentagon(digons)


@pytest.mark.parametrize("name", OTHERS)
def test_other_figures_are_neither(name: str) -> None:
    assert not is_pentagon(OTHERS[name])
    assert not is_two_digons(OTHERS[name])


def test_digons_tell_which_feature_is_absent() -> None:
    assert is_two_digons(DIGONS, absent=0)
    assert not is_two_digons(DIGONS, absent=1)


def test_a_pentagon_of_which_one_feature_vanishes_is_none() -> None:
    assert not is_pentagon(PENTAGON * torch.tensor([0.1, 1, 1, 1, 1])[:, None])


def test_angle_to_the_neighbours_is_the_mean_of_both_sides() -> None:
    assert neighbour_angle(PENTAGON) == pytest.approx(72)
    assert neighbour_angle(at(10, 70, 150, 220, 330)) == pytest.approx((60 + 40) / 2)
    assert neighbour_angle(at(10, 70, 150, 220, 330), feature=2) == pytest.approx((80 + 70) / 2)


def test_leading_axes_are_kept() -> None:
    both = torch.stack([PENTAGON, DIGONS])[None]
    assert is_pentagon(both).tolist() == [[True, False]]
    assert is_two_digons(both, absent=0).tolist() == [[False, True]]
    assert neighbour_angle(both).shape == (1, 2)


def test_each_solution_is_named_and_digons_by_which_feature_is_at_zero() -> None:
    every = torch.stack([PENTAGON, DIGONS, DIGONS[[1, 0, 2, 3, 4]], OTHERS["three features"]])
    assert kinds(every).tolist() == [
        "pentagon",
        "two digons, varied feature at zero",
        "two digons, another at zero",
        "other",
    ]


def test_the_lowest_loss_of_a_kind_is_over_the_trials_of_each_seed() -> None:
    W = torch.stack([PENTAGON, DIGONS, PENTAGON, DIGONS[[1, 0, 2, 3, 4]]]).expand(1, 2, 4, 5, 2)
    loss = torch.tensor([[[3.0, 5.0, 2.0, 1.0], [2.0, 4.0, 6.0, 1.0]]])
    digons, pentagons = lowest_by_kind(W, loss)
    assert digons.tolist() == [[5.0, 4.0]]
    assert pentagons.tolist() == [[2.0, 2.0]]


def test_a_curve_has_the_points_at_which_a_run_is_of_its_kind() -> None:
    x = np.array([1.0, 2.0, 3.0])
    loss = torch.tensor([[3.0, 1.0], [4.0, 5.0], [6.0, 7.0]])
    names = np.array([["pentagon", "other"], ["digons", "digons"], ["pentagon", "pentagon"]])
    curves = curves_by_kind(x, loss, names)
    assert set(curves) == {"pentagon", "digons"}
    assert [values.tolist() for values in curves["pentagon"]] == [[1.0, 3.0], [3.0, 6.0]]
    assert [values.tolist() for values in curves["digons"]] == [[2.0], [4.0]]


def test_the_exact_losses_of_two_digons_and_a_pentagon_are_equal_at_one_density() -> None:
    features = FeatureDistribution(density=np.full((1, 5), 0.05))
    critical = exact_critical_density(features, density=0.05, low=0.18, high=0.4)
    assert 0.18 < critical < 0.4
    digons, pentagon = (
        Quadrature(features).descend(W, bias, density=np.array([0.05 * critical, *[0.05] * 4])).loss
        for W, bias in ((DIGONS.numpy(), np.zeros(5)), (PENTAGON.numpy(), np.full(5, -0.2)))
    )
    assert digons == pytest.approx(pentagon, rel=1e-3)
    # The losses change sign at one place alone, wherever the search begins.
    assert exact_critical_density(features, density=0.05, low=0.15, high=0.6) == pytest.approx(
        critical, rel=2e-3
    )


def test_norms_depart_by_their_relative_distance_from_a_function_of_the_bias() -> None:
    W, b = torch.stack([2 * PENTAGON, PENTAGON])[None], torch.full((1, 2, 5), -0.5)
    assert norm_departure(W, b, lambda b: 1 / (1 + b)).tolist() == pytest.approx([0.0, 0.5])
    assert norm_departure(W, b, lambda b: 1 - b).tolist() == pytest.approx([1 / 3, 1 / 3])


def test_no_descent_from_a_random_start_is_lower_than_that_from_the_four_geometries() -> None:
    """Each point has another best geometry, and at the second and the third the first feature is left out."""
    density = np.array([[0.05] * 5, [0.003, *[0.05] * 4], [0.4] * 5, [1.0] * 5])
    importance = np.array([[1.0] * 5, [1.0] * 5, [0.1, 1, 0.9, 0.8, 0.7], 0.8 ** np.arange(5)])
    experiment = small(n_features=5, density=density, importance=importance, coordinates={})
    found, rng = lowest_loss(experiment), np.random.default_rng(0)
    quadrature = Quadrature(experiment.features)
    for point in range(4):
        p, weights = density[point], importance[point]
        random = min(
            quadrature.descend(
                rng.normal(scale=0.7, size=(5, 2)),
                rng.uniform(-0.3, 0.5, 5) * p,
                density=p,
                importance=weights,
            ).loss
            for _ in range(8)
        )
        assert found[point] == pytest.approx(random, rel=2e-3)


def test_the_departure_is_that_of_points_at_which_all_seeds_have_a_pentagon() -> None:
    """At the second point one seed has two digons, whose norms would make the mean another one."""
    experiment = small(density=[[0.1], [0.1]], seeds=2, best_of=1)
    W = torch.stack([torch.stack([2 * PENTAGON, PENTAGON]), torch.stack([DIGONS, PENTAGON])])[:, :, None]
    trained = known_models(experiment, W=W, b=torch.zeros(2, 2, 1, 5))
    for norm in NORMS.values():
        assert departure_among_pentagons(trained, norm).tolist() == pytest.approx([1.0, 0.0])
    with pytest.raises(NothingToMeasure, match="no point"):
        departure_among_pentagons(trained.at([1]), NORMS["1 / (1 - b)"])


def test_readings_of_the_norm_differ_in_sign_and_square_of_the_bias() -> None:
    b = torch.tensor(-0.2)
    values = [norm(b).item() for norm in NORMS.values()]
    assert values == pytest.approx([1 / 1.2, 1 / 0.8, (1 / 1.2) ** 0.5, (1 / 0.8) ** 0.5, 1.2**0.5])
