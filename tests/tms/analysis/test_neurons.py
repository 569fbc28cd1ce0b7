"""Measurements of a privileged basis, on weights whose features and neurons are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tms.analysis import neurons

SEEDS = st.integers(0, 2**32 - 1)
PAIR = torch.tensor([[1.0, 0.0], [0.0, 0.7], [0.0, -0.7], [0.1, 0.1]])
"""One feature in the first neuron, two in the second, one that is not represented."""


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


def test_a_neuron_of_one_feature_is_monosemantic_and_one_of_two_is_not() -> None:
    assert neurons.features_per_neuron(PAIR).tolist() == [1, 2]
    assert neurons.monosemantic(PAIR).tolist() == [True, False]
    assert neurons.polysemantic(PAIR).tolist() == [False, True]


def test_a_neuron_without_weights_is_neither() -> None:
    W = torch.zeros(4, 3)
    assert not neurons.monosemantic(W).any()
    assert not neurons.polysemantic(W).any()


def test_a_lower_threshold_counts_more_features() -> None:
    assert neurons.features_per_neuron(PAIR, 0.05).tolist() == [2, 3]


@pytest.mark.parametrize("threshold", [0.0, -1.0, float("nan")])
def test_a_threshold_that_counts_everything_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold must be positive"):
        neurons.serves(PAIR, threshold)


def test_alignment_is_one_on_a_neuron_and_one_kth_spread_over_k() -> None:
    W = torch.tensor([[0.0, -3.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0], [1.0, -1.0, 1.0, 1.0], [0.0] * 4])
    assert neurons.alignment(W).tolist() == pytest.approx([1, 1 / 2, 1 / 4, 0])


def test_random_directions_are_aligned_as_much_as_chance_says() -> None:
    m = 5
    assert neurons.alignment(noise(20000, m)).mean() == pytest.approx(3 / (m + 2), abs=0.01)


def test_a_rotation_of_the_hidden_layer_ends_alignment() -> None:
    rotation = torch.linalg.qr(noise(5, 5)).Q
    aligned = torch.eye(5).double()
    assert neurons.alignment(aligned).min() == 1
    assert neurons.alignment(aligned @ rotation).mean() < 0.7


@given(SEEDS)
def test_the_order_of_neurons_makes_no_distance(seed: int) -> None:
    W = noise(6, 4, seed=seed)
    order = torch.from_numpy(np.random.default_rng(seed).permutation(4))
    assert neurons.distance_up_to_permutation(W, W[:, order]) == 0


def test_the_order_of_features_and_the_sign_of_a_neuron_make_a_distance() -> None:
    W = torch.eye(4)[:, :3]
    assert neurons.distance_up_to_permutation(W, W.flip(0)) > 1
    assert neurons.distance_up_to_permutation(W, W * torch.tensor([1, 1, -1])) == pytest.approx(2)


def test_one_changed_weight_is_a_distance_of_its_change() -> None:
    changed = PAIR.clone()
    changed[3, 0] += 0.3
    assert neurons.distance_up_to_permutation(PAIR, changed.flip(1)) == pytest.approx(0.3)


@given(SEEDS)
def test_rescaling_keeps_the_model_and_makes_the_largest_input_weight_one(seed: int) -> None:
    W, W_out, x = noise(6, 4, seed=seed), noise(6, 4, seed=seed + 1), noise(20, 6, seed=seed + 2)
    into, out = neurons.rescaled(W, W_out)
    assert into.abs().amax(0).tolist() == pytest.approx([1.0] * 4)
    torch.testing.assert_close(torch.relu(x @ into) @ out.mT, torch.relu(x @ W) @ W_out.mT)


def test_a_neuron_without_input_weights_is_not_rescaled() -> None:
    W, W_out = torch.zeros(3, 1), torch.ones(3, 1)
    assert neurons.rescaled(W, W_out)[1].tolist() == [[1.0]] * 3


def test_the_secondary_share_is_that_of_the_second_largest_weight() -> None:
    W = torch.tensor([[2.0, 1.0, 0.0], [-0.5, -1.0, 0.0], [0.1, 0.5, 0.0]])
    assert neurons.secondary_share(W).tolist() == [0.25, 1.0, 1.0]
