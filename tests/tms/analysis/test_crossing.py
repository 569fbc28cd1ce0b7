"""Where two losses cross, with gaps where one kind of solution was not found."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tms.analysis.crossing import crossing, first_passing, log_slope, lowest_of_kind

X = np.geomspace(0.01, 1, 9)
NAN = float("nan")


def power_laws(critical: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Losses that are straight lines in the logarithms, equal at the critical position."""
    left, right = (torch.from_numpy((X / critical) ** slope)[:, None] for slope in (0.7, 0.2))
    return left, right


@pytest.mark.parametrize("critical", [0.02, 0.1, 0.13, 0.7])
def test_power_laws_cross_where_they_are_equal(critical: float) -> None:
    assert crossing(X, *power_laws(critical)) == pytest.approx(critical)


def test_positions_at_which_one_kind_is_missing_are_passed_over() -> None:
    left, right = power_laws(0.1)
    right[3:5] = NAN
    left[6] = NAN
    assert crossing(X, left, right) == pytest.approx(0.1)


def test_without_overlap_the_crossing_is_between_the_two_kinds() -> None:
    left, right = power_laws(0.1)
    left[5:], right[:5] = NAN, NAN
    assert crossing(X, left, right) == pytest.approx(np.sqrt(X[4] * X[5]))


def test_where_the_loser_vanishes_at_once_the_crossing_is_beside_it() -> None:
    left, right = power_laws(0.1)
    left[5:] = NAN
    assert X[4] <= crossing(X, left, right).item() <= X[5]


def test_solutions_that_never_give_way_do_not_cross() -> None:
    left, right = power_laws(0.1)
    assert np.isnan(crossing(X, right, left)).all()
    assert np.isnan(crossing(X, left, torch.full_like(left, NAN))).all()


def test_the_crossing_is_where_the_left_solution_gives_way_not_where_it_takes_over() -> None:
    left, right = power_laws(0.1)
    left[0] = 2 * right[0]
    assert crossing(X, left, right) == pytest.approx(0.1)


def test_every_seed_has_its_own_crossing() -> None:
    left, right = (torch.cat(both, dim=1) for both in zip(power_laws(0.05), power_laws(0.5), strict=True))
    assert crossing(X, left, right) == pytest.approx([0.05, 0.5])


def test_lowest_loss_is_that_of_the_kind_alone() -> None:
    loss = torch.tensor([[3.0, 1.0, 2.0], [3.0, 1.0, 2.0]])
    kind = torch.tensor([[True, False, True], [False, False, False]])
    lowest = lowest_of_kind(loss, kind)
    assert lowest[0] == 2
    assert lowest[1].isnan()


def test_a_level_is_first_passed_on_a_line_over_the_logarithm() -> None:
    x = np.array([1.0, 10.0, 100.0, 1000.0])
    values = torch.tensor([[0.0, 0.0, 1.0, 0.0], [0.0, 2.0, 0.0, 2.0]]).T
    assert first_passing(x, values, 0.5) == pytest.approx([10**1.5, 10**0.25])


@pytest.mark.parametrize(
    "curve", [[0.0, 0.0, 0.5, 0.0], [1.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0], [NAN] * 4]
)
def test_a_curve_that_never_passes_a_level_or_begins_above_it_has_no_place(curve: list[float]) -> None:
    passed = first_passing(np.array([1.0, 10.0, 100.0, 1000.0]), torch.tensor([curve]).T, 0.5)
    assert np.isnan(passed).all()


def test_losses_at_fewer_than_two_points_have_no_slope() -> None:
    losses = torch.full((9, 3), NAN)
    losses[0, 0] = 1.0
    losses[[1, 5], 1] = torch.tensor([1.0, 2.0])
    assert np.isnan(log_slope(X, losses)).tolist() == [True, False, True]


def test_the_slope_is_that_of_a_power_law_over_the_points_that_there_are() -> None:
    left, right = power_laws(0.1)
    both = torch.cat([left, right], dim=1)
    both[2:4, 0] = NAN
    assert log_slope(X, both) == pytest.approx([0.7, 0.2])
