"""Which feature an activation comes from, on neurons whose activations can be sorted by hand."""

from __future__ import annotations

import pytest
import torch

from tests.helpers.known_models import known_models
from tests.helpers.small import small
from tms.analysis.activations import (
    leading_shares,
    leading_shares_at_size,
    led_by_primary,
    led_by_primary_at_size,
)

W = torch.tensor([[0.5, -1.0], [1.0, 0.0]])
"""The first neuron's primary feature is the second one; the second neuron has one feature, with weight -1."""


def test_small_activations_of_a_secondary_feature_come_before_large_ones_of_the_primary() -> None:
    x = torch.tensor([[0.9, 0.0], [0.0, 0.3], [0.0, 0.8], [0.2, 0.0]])
    # Activations of the first neuron are 0.45, 0.3, 0.8 and 0.1; the second neuron has none.
    shares = led_by_primary(W, x, groups=4)
    assert shares[0].tolist() == [0, 1, 0, 1]
    assert shares[1].tolist() == [0, 0, 0, 0]


def test_the_feature_with_the_largest_contribution_counts_and_not_the_largest_input() -> None:
    x = torch.tensor([[0.7, 0.5], [0.9, 0.4]])
    assert led_by_primary(W, x, groups=2)[0].tolist() == [1, 0]


def test_a_large_negative_contribution_does_not_count() -> None:
    x = torch.tensor([[0.9, -0.2], [0.8, -0.3]])
    assert led_by_primary(W, x, groups=1)[0].tolist() == [0]


def test_the_largest_contribution_is_positive_where_a_larger_one_takes_away() -> None:
    weights = torch.tensor([[1.0], [0.5], [0.8]])
    x = torch.tensor([[0.5, 0.8, -0.75]])  # contributions 0.5, 0.4 and -0.6
    assert led_by_primary(weights, x, groups=1)[0].tolist() == [1]
    assert led_by_primary_at_size(weights, x, bins=2).tolist() == [1, 0]


def test_a_negative_weight_makes_a_feature_primary_on_its_negative_side() -> None:
    assert led_by_primary(W, torch.tensor([[-0.9, 0.9], [0.5, 0.9]]), groups=1)[1].tolist() == [1]


def test_each_seed_is_measured_on_inputs_of_its_own_point() -> None:
    """Inputs are active at the second point only; the two seeds have exchanged primary features."""
    experiment = small(
        n_features=2,
        n_hidden=1,
        architecture="relu_hidden_untied",
        signed=True,
        target="absolute",
        density=[[0.0, 0.5], [1.0, 0.5]],
    )
    weights = torch.tensor([[[1.0], [0.4]], [[0.4], [1.0]]])[:, None].expand(2, 2, 1, 2, 1)
    models = known_models(experiment, W=weights, W_out=weights, b=torch.zeros(2, 2, 1, 2))
    shares = leading_shares(models, 0, rows=2000)
    assert shares.shape == (2, 1, 100)
    assert shares[0].max() == 0
    assert shares[1].min() == 1
    assert leading_shares(models, 1, rows=2000)[0, 0, -1] == pytest.approx(1)


def test_sizes_are_in_units_of_the_neurons_largest_weight() -> None:
    """The weights of the second neuron are those of the first, doubled."""
    doubled = torch.stack([W[:, 0], 2 * W[:, 0]], dim=1)
    x = torch.tensor([[0.9, 0.0], [0.0, 0.3], [0.0, 0.7], [1.0, 1.0]])
    # The activations are 0.45 of the secondary feature, 0.3 and 0.7 of the primary one, and 1.5.
    assert led_by_primary_at_size(doubled, x, bins=2).tolist() == [0.5, 1]
    assert led_by_primary_at_size(doubled, x, bins=5).tolist() == [0, 1, 0, 1, 0]
    # The primary feature alone makes activations up to 1, and its largest one belongs to the last range.
    assert led_by_primary_at_size(doubled, torch.tensor([[0.0, 1.0]]), bins=2).tolist() == [0, 1]


def test_chosen_neurons_count_in_the_model_in_which_they_are_chosen() -> None:
    experiment = small(
        n_features=2, n_hidden=2, architecture="relu_hidden_untied", signed=True, target="absolute"
    )
    weights = torch.tensor([[1.0, 0.4], [0.9, 1.0]]).expand(2, 2, 1, 2, 2)
    models = known_models(experiment, W=weights, W_out=weights, b=torch.zeros(2, 2, 1, 2))
    both = torch.tensor([[True, False], [False, True]])
    shares = leading_shares_at_size(models, 1, both)
    assert shares.shape == (2, 20)
    # In the first neuron the two features weigh nearly the same, in the second one they do not.
    assert shares[0, 10:].mean() < 0.7
    assert shares[1, 10:].mean() > 0.8
