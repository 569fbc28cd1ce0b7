"""Antipodal pairs: what counts, and which features are left out."""

from __future__ import annotations

import pytest
import torch

from tms.analysis.antipodes import median_lowest_cosine, median_norm_difference, share_in_pairs

PAIRS = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.8], [0.0, -1.0]])
SMALL = torch.tensor([[0.0, -0.3]])


def at(degrees: float) -> torch.Tensor:
    angle = torch.deg2rad(torch.tensor(degrees))
    return torch.stack([torch.cos(angle), torch.sin(angle)])[None]


def test_pairs_are_found_among_represented_features_alone() -> None:
    W = torch.cat([PAIRS, SMALL])
    assert median_lowest_cosine(W).item() == pytest.approx(-1)
    assert share_in_pairs(W) == 1
    # The small embedding would be the antipode of the third feature and have no antipode of its own size.
    assert median_norm_difference(torch.cat([PAIRS[2:], SMALL])).item() == pytest.approx((0.2 + 0.25) / 2)


def test_the_difference_of_norms_is_a_share_of_the_antipodes_norm() -> None:
    assert median_norm_difference(PAIRS).item() == pytest.approx((0 + 0.2) / 2)
    assert median_norm_difference(PAIRS[2:]).item() == pytest.approx((0.2 + 0.25) / 2)


@pytest.mark.parametrize(("degrees", "share"), [(173.0, 1.0), (171.0, 0.0)])
def test_a_pair_may_be_eight_degrees_from_exact(degrees: float, share: float) -> None:
    assert share_in_pairs(torch.cat([at(0.0), at(degrees)])) == share


def test_the_median_lowest_cosine_is_that_of_a_pentagon() -> None:
    pentagon = torch.cat([at(72.0 * k) for k in range(5)])
    assert median_lowest_cosine(pentagon).item() == pytest.approx(-0.809, abs=1e-3)


def test_each_model_has_its_own_number() -> None:
    triple = torch.cat([at(0.0), at(120.0), at(180.0), at(240.0)])
    found = share_in_pairs(torch.stack([PAIRS, triple, 0.1 * PAIRS]))
    assert found[:2].tolist() == [1.0, 0.5]
    assert found.isnan().tolist() == [False, False, True]
    assert median_lowest_cosine(0.1 * PAIRS).isnan()
