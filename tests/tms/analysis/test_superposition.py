"""Superposed and dedicated features, on embeddings that are known."""

from __future__ import annotations

import pytest
import torch

from tms.analysis.superposition import (
    closed_outputs,
    dedicated,
    negative_share,
    no_later_than_first,
    onset,
    order_of_entry,
    ordered_share,
    paired,
    positively_disturbed,
    represented_per_dimension,
    shares_dimension,
    superposed,
)

# A feature of its own, an antipodal pair, and one that is not represented but lies along the first.
MIXED = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, -1.0], [0.3, 0.0]])


def test_a_pair_is_superposed_and_a_feature_without_another_is_dedicated() -> None:
    assert superposed(MIXED).tolist() == [False, True, True, False]
    assert dedicated(MIXED).tolist() == [True, False, False, False]
    assert shares_dimension(MIXED).tolist() == [False, True, True, False]


def test_interference_counts_from_half_of_a_pairs_on() -> None:
    weak, strong = (torch.tensor([[1.0], [-(square**0.5)]]) for square in (0.49, 0.51))
    assert superposed(weak)[0].item() is False
    assert superposed(strong)[0].item() is True


def test_a_long_feature_is_superposed_by_a_partner_that_hardly_takes_of_its_dimension() -> None:
    W = torch.tensor([[2.0], [-1.0]])
    assert superposed(W).tolist() == [True, True]
    assert shares_dimension(W).tolist() == [False, True]


def test_the_onset_is_the_first_point_at_which_a_feature_is_superposed() -> None:
    flags = torch.tensor([[[0, 0, 1]], [[1, 0, 0]], [[1, 0, 1]]]).bool()
    assert onset(flags).tolist() == [[1, 3, 0]]


def test_the_ordered_share_is_over_pairs_of_one_model() -> None:
    shared = torch.tensor([[0, 1, 1, 0], [1, 0, 0, 0]]).bool()
    own = torch.tensor([[1, 0, 0, 1], [0, 1, 0, 0]]).bool()
    # Features 1 and 2 come after 0 and before 3; feature 0 comes before 1.
    assert ordered_share(shared, own) == pytest.approx(2 / 5)
    assert ordered_share(own, shared) == pytest.approx(3 / 5)
    assert ordered_share(shared, torch.zeros_like(own)) == 0


def test_the_negative_share_weighs_dot_products_by_their_size() -> None:
    W = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8], [0.4, 0.0]])
    # Of the represented features, 0 and 1 have -1, 0 and 2 have 0.6, 1 and 2 have -0.6.
    assert negative_share(W) == pytest.approx(1.6 / 2.2)
    assert negative_share(torch.eye(2)).isnan()


def test_a_superposed_feature_is_paired_if_another_one_is_opposite() -> None:
    assert paired(MIXED).tolist() == [False, True, True, False]
    # At 160 degrees two features are a pair; the third is superposed with both, and nobody's opposite.
    angles = torch.deg2rad(torch.tensor([0.0, 163.0, 270.0, 300.0]))
    W = torch.stack([angles.cos(), angles.sin()], -1)
    assert superposed(W).all()
    assert paired(W).tolist() == [True, True, False, False]
    # The opposite of a feature that is hardly represented makes no pair of either.
    assert paired(torch.tensor([[1.0, 0.0], [-0.3, 0.0]])).tolist() == [False, False]
    # A short opposite interferes too little to make the longer feature superposed.
    assert paired(torch.tensor([[1.0, 0.0], [-0.6, 0.0]])).tolist() == [False, True]


def test_only_positive_dot_products_of_represented_features_disturb_positively() -> None:
    W = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8], [0.4, 0.0], [0.0, -0.4]])
    # 0 and 2 have 0.6; 1 has -1 and -0.6; 3 and 4 are not represented.
    assert positively_disturbed(W).tolist() == [True, False, True, False, False]
    weak = torch.tensor([[1.0, 0.0], [0.09, 1.0]])
    assert positively_disturbed(weak).tolist() == [False, False]


def test_represented_features_are_counted_for_each_dimension() -> None:
    stack = torch.stack([MIXED, torch.tensor([[1.0, 0.0], [0.2, 0.0], [0.0, 0.4], [0.0, 0.0]])])
    assert represented_per_dimension(stack).tolist() == [1.5, 0.5]


def test_the_order_of_entry_is_1_where_the_less_important_enter_earlier() -> None:
    first = torch.tensor([[3, 2, 1, 0], [0, 1, 2, 3], [2, 2, 2, 2], [2, 2, 1, 1]])
    # Ties count in tau-b: 4 pairs are ordered, and sqrt(4 x 6) are possible.
    assert order_of_entry(first).tolist() == pytest.approx([1, -1, 0, 4 / 24**0.5])


def test_features_that_enter_together_with_the_most_important_are_no_later() -> None:
    first = torch.tensor([[2, 2, 1, 3], [0, 1, 2, 3], [3, 0, 0, 0]])
    assert no_later_than_first(first).tolist() == pytest.approx([2 / 3, 0, 1])


def test_an_output_is_closed_if_neither_its_bias_nor_its_own_feature_opens_it() -> None:
    W = torch.tensor([[0.5, 0.0], [0.5, 0.0], [0.0, 0.0], [0.0, 0.0]])
    b = torch.tensor([-0.3, -0.2, 0.01, -0.01])
    # The own feature adds its squared norm, 0.25, and not its norm.
    assert closed_outputs(W, b).tolist() == [True, False, False, True]
    assert closed_outputs(torch.zeros(2, 2), torch.tensor([0.0, 0.01])).tolist() == [True, False]
