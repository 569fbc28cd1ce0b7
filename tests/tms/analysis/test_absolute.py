"""Which absolute values are computed, on models that do, do half, or do not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.helpers.known_models import known_models
from tests.helpers.small import small
from tms.analysis.absolute import (
    explained_when_active,
    hand_built_loss,
    has_a_pure_pair_for_each_feature,
    variance_explained,
)

OWN = torch.linspace(-1, 1, 2001)
SIDES = torch.cat([torch.eye(2), -torch.eye(2)], dim=1)


def explained(W: torch.Tensor, W_out: torch.Tensor, others: float = 0.0, b: float = 0.0) -> list[float]:
    x = torch.full((len(OWN), 2), others)
    return explained_when_active(W, W_out, torch.full((2,), b), x, OWN).tolist()


def test_two_sides_explain_all_whatever_the_other_feature_does() -> None:
    assert explained(SIDES, SIDES.abs()) == pytest.approx([1, 1])
    assert explained(SIDES, SIDES.abs(), others=0.7) == pytest.approx([1, 1])


def test_one_side_explains_less_than_a_constant() -> None:
    assert explained(SIDES[:, :2], SIDES[:, :2]) == pytest.approx([-1, -1], abs=0.01)


def test_an_output_that_is_off_leaves_the_mean_square() -> None:
    assert explained(SIDES, -SIDES.abs()) == pytest.approx([-3, -3], abs=0.01)


def test_a_constant_explains_nothing() -> None:
    assert explained(SIDES, 0 * SIDES, b=0.5) == pytest.approx([0, 0], abs=0.01)


def test_the_identity_is_not_the_absolute_value() -> None:
    assert max(explained(SIDES, SIDES)) < 0


def test_interference_of_another_feature_counts() -> None:
    mixed = SIDES.abs() + 0.5 * SIDES.abs().flip(0)
    assert max(explained(SIDES, mixed, others=1.0)) < explained(SIDES, mixed, others=0.0)[0]


def test_the_variance_explained_is_of_each_model_at_its_own_point() -> None:
    experiment = small(
        n_features=2,
        n_hidden=4,
        architecture="relu_hidden_untied",
        signed=True,
        target="absolute",
        density=[[1.0], [0.5]],
    )
    right, off = SIDES.abs(), -SIDES.abs()
    W = SIDES.expand(2, 2, 1, 2, 4)
    W_out = torch.stack([torch.stack([right, off]), torch.stack([off, right])])[:, :, None]
    models = known_models(experiment, W=W, W_out=W_out, b=torch.zeros(2, 2, 1, 2))
    first, second = (variance_explained(models, point) for point in (0, 1))
    torch.testing.assert_close(first, torch.tensor([[1.0, 1.0], [-3.0, -3.0]]).double(), atol=0.01, rtol=0)
    torch.testing.assert_close(second, first.flip(0))


@pytest.mark.parametrize(
    ("W", "pure"),
    [
        (SIDES, True),
        (SIDES[:, [2, 0, 3, 1]], True),
        (SIDES + 0.05 * SIDES.flip(0), True),
        (SIDES + 0.2 * SIDES.flip(0), False),
        (SIDES[:, [0, 1, 2, 2]], False),
        (SIDES.abs(), False),
        (torch.tensor([[1.0, -1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]]), False),
    ],
    ids=["pure", "another order", "almost pure", "mixed", "one side twice", "one side", "one feature"],
)
def test_each_feature_needs_one_pure_neuron_for_each_side(W: torch.Tensor, pure: bool) -> None:
    assert has_a_pure_pair_for_each_feature(W).item() is pure


def test_the_hand_built_loss_is_that_of_each_points_density_and_importance() -> None:
    """One of three features is served; the others cost I_i (p/3 - p^2/4)."""
    experiment = small(
        n_features=3,
        n_hidden=2,
        architecture="relu_hidden_untied",
        target="absolute",
        signed=True,
        density=[[0.6], [1.0]],
        importance=[[1.0, 2.0, 4.0], [4.0, 1.0, 1.0]],
    )
    np.testing.assert_allclose(hand_built_loss(experiment), [3 * (0.2 - 0.09), 2 / 12])
