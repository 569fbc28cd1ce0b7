"""Matching of learned to true directions, and recovery where it is known to be possible."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from tests.helpers.small import small
from tms.analysis.sparse_autoencoder import (
    ROWS,
    learned_dictionaries,
    matched_cosines,
    matched_cosines_of_seeds,
    random_directions,
)
from tms.training import Trained, train

TRUE = torch.eye(4).double()


def test_the_true_directions_match_in_any_order_and_at_any_length() -> None:
    found = 3 * TRUE[[2, 0, 3, 1]]
    torch.testing.assert_close(matched_cosines(TRUE, found), torch.ones(4).double())


def test_each_word_matches_one_feature_alone() -> None:
    found = torch.cat([TRUE[:1].repeat(3, 1), TRUE[1:2]])
    assert matched_cosines(TRUE, found).tolist() == pytest.approx([1, 1, 0, 0])


def test_an_opposite_direction_is_no_match() -> None:
    assert matched_cosines(TRUE[:1], -TRUE[:1]).item() == pytest.approx(-1)


def test_fewer_words_than_features_are_refused() -> None:
    with pytest.raises(ValueError, match="need at least as many words"):
        matched_cosines(TRUE, TRUE[:3])


def in_dimensions_of_their_own() -> Trained:
    trained = train(small(n_features=4, n_hidden=4, density=0.1, seeds=2, steps=1), device="cpu")
    return dataclasses.replace(
        trained, parameters={**trained.parameters, "W": torch.eye(4).expand(1, 2, 4, 4)}
    )


def test_features_in_dimensions_of_their_own_are_recovered() -> None:
    found = learned_dictionaries(in_dimensions_of_their_own(), 0, size=8, penalty=0.1, steps=1500).words
    for words in found:
        assert matched_cosines(TRUE, words).min() > 0.9


def test_activity_is_a_share_of_inputs() -> None:
    found = learned_dictionaries(in_dimensions_of_their_own(), 0, size=8, penalty=0.1, steps=0)
    active = ROWS * found.activity
    assert torch.equal(active, active.round())
    # A word that is the direction of an input is active at least with the features of that input.
    assert (found.activity > 0.08).all()


def test_the_penalty_is_on_the_sum_of_the_activations_of_all_words() -> None:
    models = in_dimensions_of_their_own()
    cost = {}
    for size in (1, 8):
        free, dear = (
            learned_dictionaries(models, 0, size=size, penalty=each, steps=0).loss for each in (0.0, 1.0)
        )
        cost[size] = dear - free
    assert (cost[8] > 4 * cost[1]).all()


def test_each_seeds_represented_features_are_matched_with_its_own_dictionary() -> None:
    true = torch.stack([TRUE, TRUE])
    there = torch.tensor([[True, True, False, True], [False, True, False, False]])
    first, second = matched_cosines_of_seeds(true, there, [TRUE, TRUE[[0, 2]]])
    assert first.tolist() == [1, 1, 1]
    assert second.tolist() == [0]


def test_random_directions_have_the_shape_of_the_dictionaries_and_depend_on_the_seed_alone() -> None:
    like = torch.zeros(2, 3, 4)
    assert random_directions(like, 1).shape == like.shape
    assert torch.equal(random_directions(like, 1), random_directions(like + 1, 1))
    assert not torch.equal(random_directions(like, 1), random_directions(like, 2))
