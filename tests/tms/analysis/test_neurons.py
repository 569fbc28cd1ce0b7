"""Measurements of a privileged basis, on weights whose features and neurons are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.known_models import known_models
from tests.helpers.small import small
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


def test_a_model_has_both_kinds_if_some_neuron_is_of_each() -> None:
    assert neurons.has_both_kinds(torch.stack([PAIR, torch.eye(4)[:, :2]])).tolist() == [True, False]
    assert not neurons.has_both_kinds(PAIR[:, 1:])


def test_the_mean_alignment_is_over_represented_features() -> None:
    W = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.1, 0.1]])
    assert neurons.mean_alignment(W) == pytest.approx(3 / 4)
    assert neurons.mean_alignment(0.1 * W).isnan()


def test_weights_are_negligible_relative_to_their_features_norm() -> None:
    W = torch.tensor([[10.0, 0.5, 0.0, 0.0], [0.6, 0.3, 0.3, 0.05], [0.1, 0.0, 0.0, 0.0]])
    assert neurons.negligible_share(W) == pytest.approx((3 / 4 + 1 / 4) / 2)


def test_distances_are_between_the_models_of_each_seed() -> None:
    first, second = torch.stack([PAIR, PAIR]), torch.stack([PAIR.flip(1), 2 * PAIR])
    expected = [0.0, float(torch.linalg.matrix_norm(PAIR))]
    assert neurons.distances_up_to_permutation(first, second).tolist() == pytest.approx(expected)


def test_how_often_the_relu_is_open_depends_on_weights_bias_and_density() -> None:
    settings = {"n_features": 1, "n_hidden": 2, "architecture": "relu_hidden", "density": [[1.0], [0.25]]}
    W, b = torch.tensor([[1.0, -1.0]]).expand(2, 2, 1, 1, 2), torch.zeros(2, 2, 1, 1)
    plain = neurons.open_share(known_models(small(**settings), W=W, b=b))
    torch.testing.assert_close(plain, torch.tensor([[0.5] * 2, [0.125] * 2]).double(), atol=0.02, rtol=0)
    bias = torch.tensor([1.0, 0.5]).expand(2, 2, 1, 2)
    biased = known_models(small(**settings, hidden_bias=True), W=W, b=b, b_hidden=bias)
    # The first neuron is always open, the second one where x < 1/2: in half of the active inputs.
    expected = torch.tensor([[0.75] * 2, [(1 + 0.75 + 0.25 / 2) / 2] * 2]).double()
    torch.testing.assert_close(neurons.open_share(biased), expected, atol=0.02, rtol=0)


def test_shares_are_of_each_models_neurons() -> None:
    W = torch.stack([PAIR, torch.eye(4)[:, :2], torch.zeros(4, 2)])
    assert neurons.monosemantic_share(W).tolist() == [0.5, 1, 0]
    assert neurons.polysemantic_share(W).tolist() == [0.5, 0, 0]
    assert neurons.polysemantic_share(PAIR, 0.05).item() == 1


def test_features_per_neuron_are_averaged_over_the_neurons_of_each_model() -> None:
    W = torch.stack([torch.stack([PAIR, 0 * PAIR]), torch.stack([PAIR.flip(1), torch.ones(4, 2)])])
    experiment = small(n_features=4, n_hidden=2, architecture="relu_hidden")
    models = known_models(experiment, W=W[:, :, None], b=torch.zeros(2, 2, 1, 4))
    assert neurons.mean_features_per_neuron(models).tolist() == [[1.5, 0], [1.5, 4]]


def test_runs_are_like_the_best_if_they_have_as_many_pure_neurons_up_to_one() -> None:
    pure = torch.eye(4)[:, :3]
    one, none = pure.clone(), pure.clone()
    one[3, 0] = 1
    none[3] = 1
    trials = torch.stack([pure, one, none])
    experiment = small(n_features=4, n_hidden=3, architecture="relu_hidden", best_of=3)
    W = torch.stack([torch.stack([trials, trials.flip(0)]), torch.stack([trials, trials[[1, 0, 2]]])])
    models = known_models(experiment, W=W, b=torch.zeros(2, 2, 3, 4))
    # The first trial is the best: with three, none, three and two pure neurons.
    expected = torch.tensor([[2 / 3, 1 / 3], [2 / 3, 2 / 3]]).double()
    torch.testing.assert_close(neurons.runs_like_the_best(models), expected)


def test_runs_are_compared_with_another_model_up_to_one_neuron() -> None:
    """Of four neurons, two of the other model are pure; the runs have four, three and none."""
    mixed = torch.eye(4)
    mixed[0, 1:3] = mixed[1, 2] = 1.0
    three = torch.eye(4)
    three[0, 1] = 1.0
    runs = torch.stack([torch.eye(4), three, torch.ones(4, 4)])
    found = neurons.runs_like(mixed[None], runs[None])
    torch.testing.assert_close(found, torch.tensor([1 / 3]).double())


def test_the_load_by_rank_is_a_correlation_of_ranks_over_neurons() -> None:
    """Neurons of features 1, 2 and 4 serve one, two and three features; the weights could be in any order."""
    rising = torch.tensor([[1.0, 0.0, 0.3], [0.0, 1.0, 0.3], [0.0, 0.3, 0.0], [0.0, 0.0, 1.0]])
    falling = torch.tensor([[1.0, 0.0, 0.0], [0.3, 1.0, 0.0], [0.3, 0.3, 0.0], [0.0, 0.0, 1.0]])
    pure = torch.eye(4)[:, :3]
    found = neurons.load_by_rank(torch.stack([rising, rising[:, [2, 0, 1]], falling, pure]))
    assert found.tolist() == pytest.approx([1, 1, -1, 0])
    assert neurons.load_by_rank(torch.stack([rising, pure])[None]).shape == (1, 2)


def test_neurons_average_over_as_many_features_as_equal_small_weights_would_give() -> None:
    W = torch.zeros(4, 6, 2)
    W[0, :, 0], W[0, 3, 1] = 0.2, -0.2  # over 6, and over 1
    W[1, :, 0] = 0.1 * torch.tensor([1.0, -1, 1, -1, 1, -1])  # cancels, and nothing
    W[2, :4], W[2, 4] = -0.1, 1.0  # one feature is stored
    W[3] = torch.tensor([[0.24, 0.08], *[[0.08, 0.08]] * 5])
    expected = [(6 + 1) / 2, 0, 4, (64 / 14 + 6) / 2]
    assert neurons.mean_features_averaged(W).tolist() == pytest.approx(expected)
