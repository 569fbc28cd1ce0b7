"""Measurements of an embedding, on figures whose values are known and on what no rotation may change."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tms.analysis import geometry

SEEDS = st.integers(0, 2**32 - 1)
PER_FEATURE: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "norms": geometry.norms,
    "interference": geometry.interference,
    "dimensionality": geometry.dimensionality,
    "leverage": geometry.leverage,
    "antipode": geometry.antipode,
}


def polygon(corners: int) -> torch.Tensor:
    angles = 2 * np.pi * np.arange(corners) / corners
    return torch.from_numpy(np.stack([np.cos(angles), np.sin(angles)], axis=1))


def square_antiprism() -> torch.Tensor:
    """Eight unit vectors, at the height at which they are a tight frame of space."""
    z = 3**-0.5
    angles = np.pi / 2 * np.arange(4)
    rings = [
        np.stack([np.cos(angles + turn), np.sin(angles + turn), np.zeros(4)], axis=1) * (1 - z**2) ** 0.5
        for turn in (0, np.pi / 4)
    ]
    return torch.from_numpy(np.concatenate([rings[0] + [0, 0, z], rings[1] - [0, 0, z]]))


def bipyramid() -> torch.Tensor:
    """A triangle and two poles."""
    poles = torch.tensor([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]])
    return torch.cat([torch.nn.functional.pad(polygon(3), (0, 1)), poles.double()])


CUBE = torch.tensor(list(product((-1.0, 1.0), repeat=3)), dtype=torch.float64) / 3**0.5
DIGON = torch.tensor([[1.0], [-1.0]], dtype=torch.float64)
TETRAHEDRON = CUBE[[0, 3, 5, 6]]
OCTAHEDRON = torch.cat([torch.eye(3), -torch.eye(3)]).double()
TIGHT = {
    "digon": (DIGON, 1 / 2),
    "triangle": (polygon(3), 2 / 3),
    "tetrahedron": (TETRAHEDRON, 3 / 4),
    "square": (polygon(4), 1 / 2),
    "pentagon": (polygon(5), 2 / 5),
    "octahedron": (OCTAHEDRON, 1 / 2),
    "cube": (CUBE, 3 / 8),
    "square antiprism": (square_antiprism(), 3 / 8),
    "orthogonal features": (torch.eye(4).double(), 1.0),
}


def random_embedding(seed: int) -> torch.Tensor:
    """Any rank, some embeddings 0, norms of several magnitudes."""
    rng = np.random.default_rng(seed)
    n, m = rng.integers(1, 9), rng.integers(1, 6)
    rank = rng.integers(0, min(n, m) + 1)
    W = rng.normal(size=(n, rank)) @ rng.normal(size=(rank, m))
    return torch.from_numpy(W * 10.0 ** rng.integers(-1, 2, size=(n, 1)) * (rng.random((n, 1)) < 0.8))


def rank_of(W: torch.Tensor) -> int:
    return int(torch.linalg.matrix_rank(W))


def random_rotation(m: int, seed: int) -> torch.Tensor:
    rotation: torch.Tensor = torch.linalg.qr(
        torch.from_numpy(np.random.default_rng(seed).normal(size=(m, m)))
    ).Q
    return rotation


def direct_sum(*parts: torch.Tensor) -> torch.Tensor:
    blocks: torch.Tensor = torch.block_diag(*parts)
    return blocks


@given(SEEDS)
def test_every_share_of_a_dimension_is_between_0_and_1_and_they_sum_to_at_most_the_rank(seed: int) -> None:
    W = random_embedding(seed)
    shares = geometry.dimensionality(W)
    assert shares.min() >= 0
    assert shares.max() <= 1 + 1e-12
    assert shares.sum() <= rank_of(W) + 1e-9
    assert rank_of(W) <= W.shape[1]


@given(SEEDS)
def test_leverage_sums_to_the_rank_and_bounds_the_share_of_a_dimension(seed: int) -> None:
    W = random_embedding(seed)
    leverage = geometry.leverage(W)
    assert float(leverage.sum()) == pytest.approx(rank_of(W), abs=1e-9)
    assert leverage.min() >= -1e-12
    assert leverage.max() <= 1 + 1e-9
    assert (geometry.dimensionality(W) <= leverage + 1e-9).all()


def test_leverage_is_the_least_weight_of_a_feature_in_its_own_reconstruction() -> None:
    W = torch.from_numpy(np.random.default_rng(0).normal(size=(6, 3)))
    hat = W @ torch.linalg.inv(W.T @ W) @ W.T
    torch.testing.assert_close(geometry.leverage(W), hat.diagonal())


@pytest.mark.parametrize("name", TIGHT)
def test_features_of_a_tight_figure_share_its_dimensions_evenly_and_use_them_up(name: str) -> None:
    W, share = TIGHT[name]
    shares = geometry.dimensionality(W)
    torch.testing.assert_close(shares, torch.full((len(W),), share, dtype=torch.float64))
    assert float(shares.sum()) == pytest.approx(W.shape[1])
    torch.testing.assert_close(geometry.leverage(W), shares)


def test_poles_of_a_bipyramid_have_half_a_dimension_and_the_others_two_thirds() -> None:
    shares = geometry.dimensionality(bipyramid())
    expected = torch.tensor([2 / 3] * 3 + [1 / 2] * 2, dtype=torch.float64)
    torch.testing.assert_close(shares, expected)


def test_orthogonal_figures_keep_their_own_shares_whatever_their_sizes() -> None:
    parts = [DIGON, 2 * polygon(3), 0.3 * TETRAHEDRON, polygon(5), torch.ones(1, 1).double()]
    W = direct_sum(*parts)
    separate = torch.cat([geometry.dimensionality(part) for part in parts])
    torch.testing.assert_close(geometry.dimensionality(W), separate)
    assert float(geometry.dimensionality(W).sum()) == pytest.approx(W.shape[1])


def test_a_figure_that_is_not_tight_uses_up_less_than_its_dimensions() -> None:
    W = polygon(3).clone()
    W[0] *= 2
    assert geometry.dimensionality(W).sum() < 2 - 0.05


@pytest.mark.parametrize("name", PER_FEATURE)
@given(SEEDS)
def test_no_rotation_of_the_hidden_space_changes_what_is_measured(name: str, seed: int) -> None:
    W = random_embedding(seed)
    rotated = W @ random_rotation(W.shape[1], seed)
    torch.testing.assert_close(PER_FEATURE[name](rotated), PER_FEATURE[name](W), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", PER_FEATURE)
@given(SEEDS)
def test_measurements_move_with_the_features_when_those_are_reordered(name: str, seed: int) -> None:
    W = random_embedding(seed)
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(W)))
    torch.testing.assert_close(PER_FEATURE[name](W[order]), PER_FEATURE[name](W)[order], rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", PER_FEATURE)
def test_leading_axes_are_separate_embeddings(name: str) -> None:
    W = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 3, 5, 2)))
    measured = PER_FEATURE[name](W)
    assert measured.shape == (2, 3, 5)
    for point, seed in product(range(2), range(3)):
        torch.testing.assert_close(measured[point, seed], PER_FEATURE[name](W[point, seed]))


@given(SEEDS, st.floats(0.01, 100))
def test_scale_changes_neither_dimensionality_nor_leverage_and_squares_into_interference(
    seed: int, scale: float
) -> None:
    W = random_embedding(seed)
    torch.testing.assert_close(geometry.dimensionality(scale * W), geometry.dimensionality(W))
    torch.testing.assert_close(geometry.leverage(scale * W), geometry.leverage(W), rtol=1e-7, atol=1e-7)
    torch.testing.assert_close(
        geometry.interference(scale * W), scale**2 * geometry.interference(W), rtol=1e-9, atol=1e-7
    )


@given(SEEDS)
def test_measurements_equal_the_papers_sums(seed: int) -> None:
    W = random_embedding(seed).numpy()
    interference = geometry.interference(torch.from_numpy(W)).numpy()
    shares = geometry.dimensionality(torch.from_numpy(W)).numpy()
    for i, row in enumerate(W):
        length = np.sqrt((row**2).sum())
        if length == 0:
            assert interference[i] == shares[i] == 0
            continue
        others = sum((row / length @ other) ** 2 for j, other in enumerate(W) if j != i)
        assert interference[i] == pytest.approx(others, rel=1e-9, abs=1e-12 * (W**2).sum())
        assert shares[i] == pytest.approx(length**2 / (length**2 + others), rel=1e-9)


@pytest.mark.parametrize("angle", [0.0, 0.3, 1.0])
def test_interference_of_an_antipodal_pair_of_unit_features_is_1(angle: float) -> None:
    one = torch.tensor([np.cos(angle), np.sin(angle)])
    W = torch.stack([one, -one])
    torch.testing.assert_close(geometry.interference(W), torch.ones(2).double())
    torch.testing.assert_close(geometry.antipode(W), -torch.ones(2).double())


def test_orthogonal_features_do_not_interfere() -> None:
    torch.testing.assert_close(geometry.interference(3 * torch.eye(4)), torch.zeros(4).double())


def test_interference_weighs_the_other_feature_and_not_the_own() -> None:
    W = torch.tensor([[2.0, 0.0], [3.0, 0.0], [0.0, 5.0]])
    assert geometry.interference(W).tolist() == [9.0, 4.0, 0.0]


def test_a_feature_that_is_not_embedded_has_no_share_of_a_dimension_and_disturbs_no_other() -> None:
    W = torch.cat([polygon(5), torch.zeros(3, 2)])
    shares = geometry.dimensionality(W)
    torch.testing.assert_close(shares[:5], geometry.dimensionality(polygon(5)))
    for measured in (shares, geometry.interference(W), geometry.leverage(W), geometry.norms(W)):
        assert torch.isfinite(measured).all()
        torch.testing.assert_close(measured[5:], torch.zeros(3).double())
    assert not geometry.directions(W)[5:].any()


def test_an_embedding_of_zeros_alone_has_no_dimensions_to_share() -> None:
    W = torch.zeros(3, 2)
    assert not geometry.dimensionality(W).any()
    assert not geometry.leverage(W).any()
    assert geometry.dimensions_per_feature(W) == torch.inf


def test_the_smallest_float_still_has_a_direction() -> None:
    tiny = torch.finfo(torch.float32).smallest_normal
    W = torch.tensor([[tiny, 0.0], [0.0, 1.0]])
    torch.testing.assert_close(geometry.directions(W), torch.eye(2).double())
    torch.testing.assert_close(geometry.dimensionality(W), torch.ones(2).double())


@pytest.mark.parametrize(
    ("W", "dimensions"),
    [(DIGON, 1 / 2), (polygon(5), 2 / 5), (torch.eye(4).double(), 1.0), (2 * DIGON, 1 / 8)],
)
def test_dimensions_per_feature_are_hidden_dimensions_over_the_squared_frobenius_norm(
    W: torch.Tensor, dimensions: float
) -> None:
    assert float(geometry.dimensions_per_feature(W)) == pytest.approx(dimensions)


def test_dimensions_per_feature_does_not_count_features_that_are_not_embedded() -> None:
    W = torch.cat([DIGON, torch.zeros(7, 1)])
    assert float(geometry.dimensions_per_feature(W)) == pytest.approx(1 / 2)
    assert geometry.dimensions_per_feature(W.expand(2, 3, 9, 1)).shape == (2, 3)


def test_a_feature_is_represented_above_half_the_papers_norm() -> None:
    W = torch.tensor([[0.6, 0.0], [0.3, 0.3], [0.0, -0.51], [0.5, 0.0]])
    assert geometry.represented(W).tolist() == [True, False, True, False]
    assert geometry.represented(W, threshold=0.4).tolist() == [True, True, True, True]


def test_the_gram_matrix_cosines_and_projections_are_dot_products_of_rows() -> None:
    W = torch.tensor([[2.0, 0.0], [0.0, 3.0], [-4.0, 0.0], [0.0, 0.0]])
    assert geometry.gram(W).tolist() == [[4, 0, -8, 0], [0, 9, 0, 0], [-8, 0, 16, 0], [0, 0, 0, 0]]
    assert geometry.cosines(W).tolist() == [[1, 0, -1, 0], [0, 1, 0, 0], [-1, 0, 1, 0], [0, 0, 0, 0]]
    assert geometry.projections(W).tolist() == [[2, 0, -4, 0], [0, 3, 0, 0], [-2, 0, 4, 0], [0, 0, 0, 0]]


def test_an_antipode_must_be_represented() -> None:
    W = torch.tensor([[1.0, 0.0], [-0.1, 0.0], [0.0, 1.0]])
    torch.testing.assert_close(geometry.antipode(W), torch.tensor([0.0, 1.0, 0.0]).double())
    assert geometry.antipode(W[:1]).tolist() == [1.0]


@pytest.mark.parametrize("corners", [2, 3, 5, 8])
def test_gaps_of_a_polygon_are_even(corners: int) -> None:
    gaps = geometry.angular_gaps(polygon(corners)[torch.randperm(corners)])
    torch.testing.assert_close(gaps, torch.full((corners,), 360 / corners).double())


@given(SEEDS)
def test_gaps_around_the_plane_are_not_negative_and_sum_to_a_full_turn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gaps = geometry.angular_gaps(torch.from_numpy(rng.normal(size=(3, rng.integers(1, 8), 2))))
    assert gaps.min() >= 0
    torch.testing.assert_close(gaps.sum(-1), torch.full((3,), 360.0).double())


@pytest.mark.parametrize("name", PER_FEATURE)
def test_single_precision_is_measured_in_double(name: str) -> None:
    W = torch.from_numpy(np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32))
    assert PER_FEATURE[name](W).dtype == torch.float64
    torch.testing.assert_close(PER_FEATURE[name](W), PER_FEATURE[name](W.double()), rtol=0, atol=0)
