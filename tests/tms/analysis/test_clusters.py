"""Clusters at fractions: seen where values gather, not in what is smooth, shuffled or smeared."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch

from tms.analysis import geometry
from tms.analysis.clusters import (
    DENOMINATOR,
    FRACTIONS,
    SMOOTH,
    THREE_TIMES,
    at_first_by_model,
    cell,
    counted,
    fractions_up_to,
    gathered,
    gathered_by_model,
    lines,
    share_at_fractions,
    smooth_share_at_first,
)


def clustered(fraction: float, rng: np.random.Generator) -> np.ndarray:
    return np.concatenate([rng.uniform(0, 1, 2000), np.abs(fraction + 0.002 * rng.normal(size=300))])


def test_the_denominator_is_the_largest_of_the_papers_fractions() -> None:
    assert max(Fraction(label).denominator for label in FRACTIONS) == DENOMINATOR
    assert {label: float(Fraction(label)) for label in FRACTIONS} == FRACTIONS


def test_fractions_are_those_of_the_farey_sequence() -> None:
    known = ["0", "1/5", "1/4", "1/3", "2/5", "1/2", "3/5", "2/3", "3/4", "4/5", "1"]
    assert list(map(str, fractions_up_to(5))) == known
    with pytest.raises(ValueError, match="denominator is 0"):
        fractions_up_to(0)


def test_a_cell_ends_half_way_to_the_neighbours_and_a_window_a_third_of_the_way() -> None:
    # The neighbours of 2/5 among fractions up to eighths are 3/8 and 3/7.
    low, high = (3 / 8 + 2 / 5) / 2, (3 / 7 + 2 / 5) / 2
    assert cell(2 / 5) == pytest.approx((low, high, 2 / 5 - (2 / 5 - low) / 3, 2 / 5 + (high - 2 / 5) / 3))
    assert cell(2 / 5, 5) == pytest.approx((11 / 30, 9 / 20, 2 / 5 - 1 / 90, 2 / 5 + 1 / 60))
    assert cell(0.0) == pytest.approx((0, 1 / 16, 0, 1 / 48))
    assert cell(1.0) == pytest.approx((15 / 16, 1, 47 / 48, 1))


def test_cells_cover_everything_once() -> None:
    cells = [cell(float(fraction)) for fraction in fractions_up_to()]
    assert [each.low for each in cells[1:]] == pytest.approx([each.high for each in cells[:-1]])


def test_a_fraction_of_too_large_a_denominator_has_no_cell() -> None:
    assert cell(4 / 11, 11).low < 4 / 11
    with pytest.raises(ValueError, match="its denominator must be at most 8"):
        cell(4 / 11)


def test_the_ends_of_windows_and_cells_count() -> None:
    values = np.array([0.0, 1 / 48, 1 / 47, 1 / 16, 1 / 15, np.nan])
    assert counted(values, 0.0) == (2, 4)
    assert gathered(values, 0.0) == pytest.approx((2 + 1) / (4 + 3))


@pytest.mark.parametrize("fraction", FRACTIONS.values(), ids=FRACTIONS)
def test_a_cluster_is_seen_at_its_fraction_and_at_no_other(fraction: float) -> None:
    values = clustered(fraction, np.random.default_rng(0))
    for other in FRACTIONS.values():
        assert (gathered(values, other) > THREE_TIMES) == (other == fraction)


@pytest.mark.parametrize("fraction", FRACTIONS.values(), ids=FRACTIONS)
def test_a_smooth_spread_gathers_a_third_anywhere(fraction: float) -> None:
    rng = np.random.default_rng(1)
    assert gathered(rng.uniform(0, 1, 100_000), fraction) == pytest.approx(SMOOTH, abs=0.04)
    assert gathered(0.2 + 0.8 * rng.uniform(0, 1, 100_000), 1 / 2) == pytest.approx(SMOOTH, abs=0.04)


def test_a_window_three_times_as_dense_as_the_rest_gathers_three_fifths() -> None:
    found = cell(1 / 2)
    inside = np.full(3000, 0.5)
    rest = np.concatenate([np.full(1000, found.low + 1e-6), np.full(1000, found.high - 1e-6)])
    assert gathered(np.concatenate([inside, rest]), 1 / 2) == pytest.approx(THREE_TIMES, abs=1e-3)


def test_smearing_removes_a_cluster() -> None:
    rng = np.random.default_rng(2)
    values = clustered(2 / 5, rng)
    assert gathered(values, 2 / 5) > 5 / 7
    assert gathered(values + 0.03 * rng.normal(size=values.shape), 2 / 5) < 2 / 4


def test_shuffling_the_weights_of_a_packed_model_removes_its_clusters() -> None:
    rng = np.random.default_rng(3)
    digons = np.concatenate([np.eye(30), -np.eye(30)])
    W = np.concatenate([digons @ np.linalg.qr(rng.normal(size=(30, 30)))[0], np.zeros((20, 30))])
    shuffled = rng.permuted(W, axis=0)
    assert gathered(geometry.dimensionality(torch.from_numpy(W)).numpy(), 1 / 2) > 50 / 52
    assert gathered(geometry.dimensionality(torch.from_numpy(shuffled)).numpy(), 1 / 2) < THREE_TIMES


def test_no_values_are_no_evidence() -> None:
    assert gathered(np.array([]), 1 / 2) == SMOOTH
    assert gathered(np.array([0.9, np.nan]), 1 / 2) == SMOOTH


def test_the_share_at_fractions_counts_represented_features_alone() -> None:
    digon = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
    alone = torch.tensor([[0.0, 1.0]])
    small = torch.tensor([[0.0, 0.001]])
    assert share_at_fractions(torch.cat([digon, alone])) == pytest.approx(2 / 3)
    assert share_at_fractions(torch.cat([digon, small])) == 1
    assert share_at_fractions(torch.stack([digon, 0.1 * digon])).isnan().tolist() == [False, True]


def test_a_represented_feature_with_hardly_any_dimension_is_at_no_fraction() -> None:
    assert share_at_fractions(torch.ones(100, 1)) == 0


@pytest.mark.parametrize(("off", "share"), [(0.9, 0.5), (1.1, 0.0)])
def test_a_dimensionality_just_outside_the_window_is_at_no_fraction(off: float, share: float) -> None:
    # Two features in one dimension have D_i of 1 / (1 + r^2) and r^2 / (1 + r^2) at a ratio r of their norms.
    D = 0.5 + off * (cell(1 / 2).inner_high - 0.5)
    pair = torch.tensor([[1.0], [-((1 / D - 1) ** 0.5)]], dtype=torch.float64)
    assert share_at_fractions(pair) == pytest.approx(2 * share)


def test_lines_are_where_enough_values_gather() -> None:
    rng = np.random.default_rng(4)
    smooth = rng.uniform(0, 1, 300)
    values = np.concatenate([np.full(50, 3 / 7), np.full(9, 3 / 5), np.full(50, 2 / 5), smooth])
    assert set(lines(values, 8, at_least=20)) == {Fraction(2, 5), Fraction(3, 7)}
    assert set(lines(values, 8, at_least=60)) == set()
    assert lines(values, 8, 20)[Fraction(3, 7)] == gathered(values, 3 / 7)
    # A smooth spread has values enough in every window, and no line.
    assert lines(rng.uniform(0, 1, 20_000), 8, 20) == {}


def test_ones_and_noise_make_no_line() -> None:
    rng = np.random.default_rng(5)
    for W in (torch.ones(400, 30), torch.from_numpy(0.02 * rng.normal(size=(400, 30)))):
        D = geometry.dimensionality(W).numpy()
        for fraction in FRACTIONS.values():
            if fraction > 0:
                assert gathered(D, fraction) <= SMOOTH


def standard_error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / len(values) ** 0.5)


def test_pseudo_values_have_the_spread_of_leaving_out_one_model_of_a_density() -> None:
    window = cell(1 / 2)
    near, far = 0.5, window.high - 1e-6
    groups = [np.array([[near, near, 0.9], [near, far, far], [0.9, 0.9, 0.9]]), np.array([[near, far]] * 2)]
    # In the window and in the cell: (2, 2), (1, 3), (0, 0) at one density and (1, 2) twice at the other;
    # three added values, of which one is in the window, make (6, 12) with all of them.
    left_out = [(4 / 10, 5 / 9, 6 / 12), (5 / 10, 5 / 10), (5 / 11, 6 / 11, 6 / 11)]
    variance = sum((len(each) - 1) * np.var(each) for each in left_out)
    pseudo = gathered_by_model(groups, [1 / 2])
    assert len(pseudo) == 8
    assert pseudo.mean() == pytest.approx(6 / 12)
    assert standard_error(pseudo) == pytest.approx(variance**0.5)
    # A part with more values in the window than the others of its group has a higher pseudo-value.
    assert pseudo[0] > pseudo[2] > pseudo[1]


def test_cells_of_several_fractions_are_pooled() -> None:
    beside = cell(3 / 5).low + 1e-6
    groups = [np.array([[4 / 7, 4 / 7, 3 / 5, 2 / 3], [3 / 5, beside, 2 / 3, 2 / 3]])]
    # In the windows and in the cells of both: (3, 3) and (1, 2); three added values make (5, 8) with them.
    pseudo = gathered_by_model(groups, [4 / 7, 3 / 5])
    assert pseudo.mean() == pytest.approx(5 / 8)
    assert pseudo[0] > pseudo[1]
    assert gathered_by_model(groups, [3 / 5]).mean() == pytest.approx(3 / 6)
    # In another largest denominator the neighbours are others: the value beside is in no cell of 3/5.
    assert gathered_by_model(groups, [4 / 7, 3 / 5], 12).mean() == pytest.approx(5 / 7)


def test_differences_between_densities_are_no_spread() -> None:
    far = cell(1 / 2).high - 1e-6
    one_in, one_out = np.full((40, 20), 0.5), np.full((40, 20), far)
    of_two_densities = gathered_by_model([one_in, one_out], [1 / 2])
    of_one = gathered_by_model([np.concatenate([one_in, one_out])], [1 / 2])
    assert of_two_densities.mean() == pytest.approx(0.5, abs=0.01)
    assert standard_error(of_two_densities) < 0.01 < 0.05 < standard_error(of_one)


def test_the_spread_of_pseudo_values_is_that_over_models_and_not_over_features() -> None:
    rng = np.random.default_rng(6)
    alike = np.where(rng.random((400, 1)) < 0.5, 0.5, cell(1 / 2).high - 1e-6) * np.ones((400, 20))
    pseudo = gathered_by_model([alike], [1 / 2])
    assert pseudo.mean() == pytest.approx(0.5, abs=0.07)
    assert pseudo.std() / 20 == pytest.approx(0.5 / 20, rel=0.05)


def test_share_at_the_first_of_two_fractions_counts_windows_and_not_cells() -> None:
    first, second, beside = 3 / 5, 2 / 3, cell(3 / 5).high - 1e-6
    groups = [
        np.array([[first, second, beside, 0.9], [second, second, beside, 0.9]]),
        np.array([[first, beside, 0.9, 0.9], [second, second, second, 0.9]]),
    ]
    # At the first and at both: (1, 2), (0, 2), (1, 1), (0, 3), and (1, 3) of the added values.
    pseudo = at_first_by_model(groups, first, second)
    assert pseudo.mean() == pytest.approx(3 / 11)
    assert pseudo[0] > pseudo[1]
    assert pseudo[2] > pseudo[3]
    assert at_first_by_model(groups, second, first).mean() == pytest.approx(7 / 11)


def test_a_smooth_spread_has_its_share_at_the_first_of_two_fractions() -> None:
    smooth = np.random.default_rng(7).uniform(0.5, 0.75, (200, 400))
    share = smooth_share_at_first(3 / 5, 2 / 3)
    assert share == pytest.approx(0.375)
    assert at_first_by_model([smooth], 3 / 5, 2 / 3).mean() == pytest.approx(share, abs=0.02)


def test_an_empty_cell_excludes_no_share() -> None:
    values = gathered_by_model([np.full((2, 20), 0.1)] * 50, [1 / 2])
    error = standard_error(values)
    assert values.mean() - 2.58 * error < 0
    assert values.mean() + 2.58 * error > 0.6


def test_one_model_has_no_spread() -> None:
    with pytest.raises(ValueError, match=r"groups have \[2, 1\] models"):
        gathered_by_model([np.ones((2, 5)), np.ones((1, 5))], [1 / 2])
    with pytest.raises(ValueError, match=r"groups have \[\] models"):
        gathered_by_model([], [1 / 2])
