"""Which absolute values are computed, on models that do, do half, or do not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.helpers.known_models import known_models
from tests.helpers.small import small
from tms.analysis.absolute import (
    advantage_of_important,
    errors_of_own_output,
    explained_when_active,
    features_computed,
    features_represented,
    hand_built_loss,
    has_a_pure_pair_for_each_feature,
    most_mixed,
    relative_losses,
    rescaled_inputs,
    runs_that_learned,
    variance_explained,
)
from tms.training import Trained

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
        (SIDES + torch.tensor([[0.0, 0.2, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]), False),
        (SIDES[:, [0, 1, 2, 2]], False),
        (SIDES[:, [0, 1, 2, 3, 3]], False),
        (SIDES.abs(), False),
        (torch.tensor([[1.0, -1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]]), False),
    ],
    ids=[
        "pure",
        "another order",
        "almost pure",
        "mixed",
        "one mixed",
        "one side twice",
        "one neuron more",
        "one side",
        "one feature",
    ],
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


def absolute_models(W: torch.Tensor, W_out: torch.Tensor, **settings: object) -> Trained:
    """Models of two features in four neurons at two points, from weights (point, feature, neuron)."""
    experiment = small(
        n_features=2,
        n_hidden=4,
        architecture="relu_hidden_untied",
        signed=True,
        target="absolute",
        seeds=1,
        **({"density": [[1.0], [0.5]]} | settings),
    )
    shape = (2, 1, experiment.best_of, 2, 4)
    first, second = (weights[:, None, None].expand(shape) for weights in (W, W_out))
    return known_models(experiment, W=first, W_out=second, b=torch.zeros(shape[:4]))


def test_features_are_computed_from_a_share_of_their_variance_on() -> None:
    """The first feature is computed exactly; the second one at three quarters of its size."""
    out = SIDES.abs() * torch.tensor([[1.0], [0.75]])
    models = absolute_models(torch.stack([SIDES, SIDES]), torch.stack([out, -out]))
    # The error of the second is x/4, whose square is 1/48 on average: a quarter of the variance.
    assert [features_computed(models, 0, share).item() for share in (0.7, 0.8)] == [2, 1]
    assert features_computed(models, 0).item() == 2
    assert features_computed(models, 1).item() == 0


def test_losses_are_relative_to_those_of_ignoring_a_feature() -> None:
    """The first feature is computed exactly, the second on one side; or both are off."""
    one_side = SIDES.abs() * torch.tensor([[1.0, 1, 1, 1], [1.0, 1, 1, 0]])
    models = absolute_models(torch.stack([SIDES, SIDES]), torch.stack([one_side, -one_side]))
    # An output of 0 costs p/3. At density 1 ignoring costs 1/12, at density 1/2 it costs 5/48.
    torch.testing.assert_close(
        relative_losses(models, 0), torch.tensor([[0, 2.0]]).double(), atol=0.01, rtol=0
    )
    torch.testing.assert_close(
        relative_losses(models, 1), torch.tensor([[1.6, 1.6]]).double(), atol=0.01, rtol=0
    )


def test_interference_with_an_inactive_feature_counts_as_loss() -> None:
    """The second output adds half of the first |x|."""
    mixed = SIDES.abs()
    mixed[1] += 0.5 * SIDES.abs()[0]
    models = absolute_models(torch.stack([SIDES, SIDES]), torch.stack([mixed, mixed]))
    # Inactive and active, the error is |x_1| / 2, whose square is p/12 on average; ignoring costs 5/48.
    expected = torch.tensor([[0.0, (0.5 / 12) / (5 / 48)]]).double()
    torch.testing.assert_close(relative_losses(models, 1), expected, atol=0.02, rtol=0)


def test_a_feature_is_represented_if_one_of_its_sides_is_computed_at_low_density() -> None:
    one_side = SIDES.abs() * torch.tensor([[1.0, 1, 1, 1], [1.0, 1, 1, 0]])
    sparse = absolute_models(
        torch.stack([SIDES, SIDES]), torch.stack([one_side, -one_side]), density=[[0.01], [0.01]]
    )
    assert [features_represented(sparse, point).item() for point in (0, 1)] == [2, 0]


def test_inputs_are_rescaled_by_each_neurons_largest_weight() -> None:
    scale = torch.tensor([2.0, 0.5, 4.0, 1.0])
    models = absolute_models(torch.stack([SIDES * scale, SIDES]), torch.stack([SIDES.abs()] * 2))
    torch.testing.assert_close(rescaled_inputs(models, 0)[0], SIDES.double())
    # A neuron with input weight 4 and output weight 1 counts four times.
    assert errors_of_own_output(models, 0).item() == pytest.approx(3)
    assert errors_of_own_output(models, 1).item() == 0


def test_the_error_of_the_own_output_is_that_of_the_primary_feature() -> None:
    out = SIDES.abs() + 5 * SIDES.abs().flip(0)
    out[0, 2] = 0.4
    models = absolute_models(torch.stack([SIDES, SIDES]), torch.stack([out, out]))
    assert errors_of_own_output(models, 0).item() == pytest.approx(0.6)


def test_runs_learn_if_their_loss_is_a_small_share_of_that_of_the_best_constant() -> None:
    experiment = small(n_features=3, architecture="linear", density=1.0, best_of=4)
    # The constant costs 3/12 = 0.25.
    loss = torch.tensor([[[0.001, 0.0024, 0.0026, 1.0], [0.002, 0.3, 0.3, 0.3]]])
    models = known_models(experiment, loss=loss, W=torch.zeros(1, 2, 4, 3, 2), b=torch.zeros(1, 2, 4, 3))
    assert runs_that_learned(models, 0).tolist() == [0.5, 0.25]
    assert runs_that_learned(models, 0, unexplained=0.0104).tolist() == [0.75, 0.25]


def test_the_most_mixed_point_has_the_share_of_pure_neurons_nearest_to_one_half() -> None:
    mixed = SIDES.clone()
    mixed[1, 0] = 1
    mixed[1, 2] = 1
    shares = torch.stack([mixed, SIDES])
    models = absolute_models(shares, shares.abs())
    pure = absolute_models(torch.stack([SIDES, SIDES]), shares.abs())
    assert most_mixed(models) == (models, 0)
    assert most_mixed(absolute_models(shares.flip(0), shares.abs()))[1] == 1
    assert most_mixed(pure, models) == (models, 0)


def test_important_features_have_an_advantage_if_their_neurons_are_pure_more_often() -> None:
    W = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 0.5, 1.0, 0.5], [0.0, 0.0, 0.5, 1.0]])
    # Of two neurons of the first feature one is pure, and none of the other two.
    assert advantage_of_important(W, 1).item() == 0.5
    assert advantage_of_important(W.flip(0), 1).item() == pytest.approx(-1 / 3)
