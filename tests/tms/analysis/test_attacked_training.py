"""Training under attack."""

from __future__ import annotations

import numpy as np
import torch

from tests.helpers.known_models import known_models
from tests.helpers.small import small
from tms.analysis import attacked_training
from tms.models import ReLUOutput


def test_an_attacked_model_at_strength_0_is_the_model_itself_and_otherwise_is_not() -> None:
    generator = torch.Generator().manual_seed(1)
    W, x = torch.randn(2, 5, 2, generator=generator), torch.rand(2, 10, 5, generator=generator)
    model = attacked_training.Attacked(W, torch.tensor([0.0, 1.0]))
    plain = ReLUOutput(W)
    assert torch.equal(model(x)[0], plain(x)[0])
    assert not torch.allclose(model(x)[1], plain(x)[1])


def test_training_under_strong_attacks_keeps_less_of_every_feature() -> None:
    experiment = small(
        density=np.full((2, 1), 0.1), coordinates={"attack": np.array([0.0, 2.0])}, steps=200, seeds=3
    )
    norms = torch.linalg.matrix_norm(attacked_training.train_attacked(experiment, device="cpu").W)
    assert (norms[1] < norms[0]).all()


def test_the_eliminating_strength_is_where_the_share_falls_below_for_good() -> None:
    strength = np.array([0.0, 1.0, 3.0, 7.0])
    superposed = np.array([[8.0, 5.0, 1.0, 0.0], [8.0, 0.0, 8.0, 4.0], [8.0, 1.0, 3.0, 1.0]]).T
    assert attacked_training.eliminating_strength(strength, superposed, 0.25).tolist() == [2.5, 7.0, 5.0]


def test_features_are_counted_where_superposition_is_first_eliminated_for_good() -> None:
    superposed = np.array([[8.0, 4.0, 0.0, 0.0], [8.0, 0.0, 8.0, 0.0], [8.0, 1.0, 3.0, 4.0]]).T
    represented = np.array([[9.0, 7.0, 5.0, 3.0], [9.0, 7.0, 8.0, 2.0], [9.0, 7.0, 5.0, 3.0]]).T
    assert attacked_training.left_when_eliminated(represented, superposed, 0.25).tolist() == [5, 2, 0]


def test_models_without_superposition_have_none_to_eliminate() -> None:
    strength, superposed = np.array([0.0, 1.0]), np.array([[0.0, 8.0, 0.0], [0.0, 0.0, 3.0]])
    for found in (
        attacked_training.eliminating_strength(strength, superposed, 0.5),
        attacked_training.left_when_eliminated(superposed, superposed, 0.5),
    ):
        assert np.isnan(found).tolist() == [True, False, True]


def test_the_clean_loss_is_that_of_inputs_without_attack_with_importance() -> None:
    experiment = small(
        n_features=3, density=[[1.0], [1.0]], importance=[[1.0, 2.0, 4.0], [1.0, 0.0, 0.0]], n_hidden=2
    )
    first_two = torch.eye(3)[:, :2].expand(2, 2, 1, 3, 2)
    loss = attacked_training.clean_loss(known_models(experiment, W=first_two, b=torch.zeros(2, 2, 1, 3)))
    # The third feature is output as 0: its loss is 4 times the mean of x^2.
    np.testing.assert_allclose(loss[0], 4 / 3, rtol=0.1)
    np.testing.assert_allclose(loss[1], 0, atol=1e-6)
    assert loss[0, 0] != loss[0, 1]
