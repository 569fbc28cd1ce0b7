"""Which features are grouped, on embeddings whose groups are known."""

from __future__ import annotations

import pytest
import torch

from tms.analysis.grouping import common_over_chance, grouped, how_often, within_sets, within_sets_by_chance

SETS = ((0, 1), (2, 3))
E = torch.eye(2)
# Antipodal pairs 0 with 2 and 1 with 3; 0 with 1 and 2 with 3; 0 with 3 and 1 with 2.
ACROSS = torch.stack([E[0], E[1], -E[0], -E[1]])
WITHIN = torch.stack([E[0], -E[0], E[1], -E[1]])
OTHER = torch.stack([E[0], E[1], -E[1], -E[0]])


def test_features_are_grouped_if_both_are_represented_and_not_orthogonal() -> None:
    assert grouped(ACROSS).tolist() == [False, True, False, False, True, False]
    short = ACROSS * torch.tensor([1.0, 1.0, 0.1, 1.0])[:, None]
    assert grouped(short).tolist() == [False, False, False, False, True, False]


def test_groups_within_sets_are_a_share_of_all_groups_of_several_models() -> None:
    models = torch.stack([torch.stack([ACROSS, WITHIN]), torch.stack([ACROSS, OTHER])])
    assert within_sets(models, SETS).tolist() == [0.5, 0.0]
    assert within_sets(models, ((0, 2), (1, 3))).tolist() == [0.5, 0.5]
    assert within_sets_by_chance(4, SETS) == pytest.approx(1 / 3)
    assert within_sets_by_chance(20, (range(10), range(10, 20))) == pytest.approx(9 / 19)


def test_common_groups_are_counted_against_random_labels() -> None:
    """Two of six pairs are grouped, so that by chance two models share a third of their groups."""
    same, different = torch.stack([ACROSS, ACROSS]), torch.stack([ACROSS, WITHIN])
    half = torch.stack([ACROSS, ACROSS, WITHIN])
    assert common_over_chance(torch.stack([same, different])).tolist() == pytest.approx([3.0, 0.0])
    assert common_over_chance(half).item() == pytest.approx(1.0)
    assert common_over_chance(torch.zeros(2, 4, 2)).isnan()
    # Pairs of models count by how much they would have in common: 1 of 2 x 1/6, 2 x 2/6 and 1 x 2/6.
    one_pair = ACROSS * torch.tensor([1.0, 0.0, 1.0, 0.0])[:, None]
    assert common_over_chance(torch.stack([ACROSS, one_pair, WITHIN])).item() == pytest.approx(1 / (8 / 6))


def test_the_share_of_models_is_symmetric() -> None:
    shares = how_often(torch.stack([ACROSS, ACROSS, WITHIN, OTHER]))
    assert shares[0, 2] == shares[2, 0] == 0.5
    assert shares[0, 1] == shares[3, 2] == 0.25
    assert (shares.diagonal() == 0).all()
