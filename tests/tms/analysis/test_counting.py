"""Counting features by dictionaries whose words are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.helpers.known_models import known_models
from tests.helpers.small import small
from tms.analysis import counting
from tms.analysis.sparse_autoencoder import Dictionaries


def test_a_word_is_in_use_if_it_is_active_for_a_tenth_of_the_time_of_a_feature() -> None:
    experiment = small(density=[[0.05]])
    models = known_models(experiment, W=torch.zeros(1, 2, 1, 5, 2), b=torch.zeros(1, 2, 1, 5))
    activity = torch.tensor([[0.0, 0.004, 0.006, 0.5], [0.0, 0.0, 0.0, 0.006]])
    dictionaries = Dictionaries(torch.zeros(2, 4, 2), activity, torch.zeros(2))
    assert counting.words_in_use(dictionaries, models).tolist() == [2, 1]


@pytest.mark.parametrize(
    ("loss", "size"),
    [
        ([3.0, 2.0, 1.0, 1.0], 39.0),
        ([3.0, 1.05, 1.0, 1.02], 20 - 10 * 0.05 / 1.95),
        ([1.0, 1.0, 1.0, 1.0], 10.0),
        ([2.0, 1.0, 2.0, 1.0], 78.0),
        ([1.0, 1.0, 1.0, 2.0], 80.0),
    ],
)
def test_the_loss_is_level_from_the_last_size_above_a_tenth_more_than_the_lowest(
    loss: list[float], size: float
) -> None:
    # The first size above which the loss stays within a tenth of the lowest one, read off straight lines.
    losses = np.array([loss, [5.0, 1.0, 1.0, 1.0]]).T
    found = counting.size_of_level_loss((10, 20, 40, 80), losses)
    expected = {39.0: 20 + 20 * 0.9, 78.0: 40 + 40 * 0.9}.get(size, size)
    assert found[0] == pytest.approx(expected, rel=1e-6)
    assert found[1] == pytest.approx(10 + 10 * 3.9 / 4)


def test_common_directions_are_counted_once_and_only_if_the_other_dictionary_has_them() -> None:
    axes = torch.eye(3, dtype=torch.float64)
    near = torch.nn.functional.normalize(axes[0] + 0.1 * axes[1], dim=0)
    words = torch.stack([axes[0], near, axes[1], axes[2]])
    others = torch.stack([axes[0], axes[1], -axes[2], axes[0]])
    found = counting.common_directions(torch.stack([words, words]), torch.stack([others, -others]))
    assert found.tolist() == [2, 1]


def test_opposite_words_are_two_directions() -> None:
    axes = torch.eye(2, dtype=torch.float64)
    words = torch.stack([axes[0], -axes[0], axes[1]])[None]
    assert counting.common_directions(words, words).tolist() == [3]


def test_directions_are_counted_in_the_first_dictionary() -> None:
    angles = torch.deg2rad(torch.tensor([-17.0, 17.0], dtype=torch.float64))
    apart = torch.stack([angles.cos(), angles.sin()], dim=-1)[None]  # each as near to the axis as is the same
    axis = torch.tensor([[[1.0, 0.0]]], dtype=torch.float64)
    assert counting.common_directions(axis, apart).tolist() == [1]
    assert counting.common_directions(apart, axis).tolist() == [2]
