"""Clusters at fractions: seen where values gather, not in what is smooth, shuffled or smeared."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tms.analysis import geometry
from tms.analysis.clusters import (
    FRACTIONS,
    HALF_WIDTH,
    SMOOTH,
    THREE_TIMES,
    gathered,
    share_at_fractions,
)


def clustered(fraction: float, rng: np.random.Generator) -> np.ndarray:
    return np.concatenate([rng.uniform(0, 1, 2000), fraction + 0.002 * rng.normal(size=300)])


@pytest.mark.parametrize("fraction", FRACTIONS.values(), ids=FRACTIONS)
def test_a_cluster_is_seen_at_its_fraction_and_at_no_other(fraction: float) -> None:
    values = clustered(fraction, np.random.default_rng(0))
    for other in FRACTIONS.values():
        assert (gathered(values, other) > THREE_TIMES) == (other == fraction)


@pytest.mark.parametrize("fraction", FRACTIONS.values(), ids=FRACTIONS)
def test_a_smooth_spread_gathers_a_third_anywhere(fraction: float) -> None:
    rng = np.random.default_rng(1)
    if fraction:
        assert gathered(rng.uniform(0, 1, 100_000), fraction) == pytest.approx(SMOOTH, abs=0.04)
        assert gathered(np.sqrt(rng.uniform(0, 1, 100_000)), fraction) == pytest.approx(SMOOTH, abs=0.04)
    else:
        assert gathered(np.abs(rng.uniform(-1, 1, 100_000)), fraction) == pytest.approx(SMOOTH, abs=0.04)


def test_a_window_three_times_as_dense_as_its_flanks_gathers_three_fifths() -> None:
    inside, flank = np.full(3000, 0.5), np.full(1000, 0.5 + 2 * HALF_WIDTH)
    values = np.concatenate([inside, flank, 1 - flank])
    assert gathered(values, 1 / 2) == pytest.approx(THREE_TIMES, abs=1e-3)


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


def test_windows_at_neighbouring_fractions_and_their_flank_do_not_overlap() -> None:
    assert 2 / 5 - HALF_WIDTH > 3 / 8 + 3 * HALF_WIDTH - 1e-12


@pytest.mark.parametrize("half", [0, -1, np.nan, np.inf])
def test_a_window_without_width_is_refused(half: float) -> None:
    with pytest.raises(ValueError, match="half is"):
        gathered(np.zeros(3), 0, half)


def test_the_share_at_fractions_counts_represented_features_alone() -> None:
    digon = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
    alone = torch.tensor([[0.0, 1.0]])
    small = torch.tensor([[0.0, 0.001]])
    assert share_at_fractions(torch.cat([digon, alone])) == pytest.approx(2 / 3)
    assert share_at_fractions(torch.cat([digon, small])) == 1
    assert share_at_fractions(torch.stack([digon, 0.1 * digon])).isnan().tolist() == [False, True]


def test_a_dimensionality_just_outside_the_window_is_at_no_fraction() -> None:
    # Two features in one dimension have D_i of 1 / (1 + r^2) and r^2 / (1 + r^2) at a ratio r of their norms.
    for off, share in ((0.9, 1.0), (1.1, 0.0)):
        D = 0.5 + off * HALF_WIDTH
        pair = torch.tensor([[1.0], [-((1 / D - 1) ** 0.5)]], dtype=torch.float64)
        assert share_at_fractions(pair) == share
