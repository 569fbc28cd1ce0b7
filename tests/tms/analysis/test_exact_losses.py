"""Exact losses of models whose loss is known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.helpers.known_models import known_models
from tests.helpers.small import small
from tms.analysis.exact_losses import best_by_expected_loss, expected_losses, quadrature_losses


def test_each_point_has_its_own_density_and_importance() -> None:
    importance = np.array([[1.0, 0.5], [2.0, 3.0]])
    experiment = small(n_features=2, n_hidden=1, density=[[0.1], [0.5]], importance=importance, seeds=3)
    # A model that outputs nothing loses I_i E[x_i^2] = I_i p / 3 in each feature.
    loss = expected_losses(torch.zeros(2, 3, 4, 2, 1), torch.zeros(2, 3, 4, 2), experiment)
    assert loss.shape == (2, 3, 4)
    np.testing.assert_allclose(loss, np.broadcast_to(np.array([0.05, 2.5 / 3])[:, None, None], loss.shape))


def test_the_trial_of_lowest_expected_loss_is_kept_at_each_point_and_seed() -> None:
    experiment = small(
        n_features=2, n_hidden=1, density=[[0.1], [0.5]], importance=[[1.0], [1.0]], seeds=2, best_of=3
    )
    # The further its biases lie above 0, the more a model without weights loses on sparse features.
    b = torch.tensor([[[2.0, 0.0, 1.0], [1.0, 2.0, 0.0]], [[0.0, 2.0, 1.0], [2.0, 1.0, 0.0]]])
    trials = known_models(experiment, W=torch.zeros(2, 2, 3, 2, 1), b=b[..., None].expand(2, 2, 3, 2).clone())
    assert not best_by_expected_loss(trials).b.any()


def test_losses_by_quadrature_are_of_every_trial_at_the_density_of_its_point() -> None:
    experiment = small(density=[[0.1], [0.4]], seeds=2, best_of=3)
    W, b = torch.zeros(2, 2, 3, 5, 2), torch.zeros(2, 2, 3, 5)
    b[:, :, 2] = 10.0
    loss = quadrature_losses(known_models(experiment, W=W, b=b))
    assert loss.shape == (2, 2, 3)
    for trial in (0, 1):
        np.testing.assert_allclose(loss[:, 0, trial], [5 * 0.1 / 3, 5 * 0.4 / 3], rtol=5e-3)
    assert (loss[:, :, 2] > 100).all()


def test_partners_of_a_set_are_active_together() -> None:
    """Two correlated features along one direction are read as their sum; independent ones less often."""
    settings = {"n_features": 2, "n_hidden": 1, "density": [[0.2]], "seeds": 1}
    W, b = torch.full((1, 1, 1, 2, 1), 0.5**0.5), torch.zeros(1, 1, 1, 2)
    alone = quadrature_losses(known_models(small(**settings), W=W, b=b))
    together = quadrature_losses(known_models(small(**settings, correlated=((0, 1),)), W=W, b=b))
    # Both active, each output is off by half of the difference: E[(x - y)^2] / 2 = 1/12, against 1/6 for one.
    assert together.item() == pytest.approx(0.2 / 12, rel=0.01)
    assert alone.item() == pytest.approx(0.2**2 / 12 + 2 * 0.2 * 0.8 / 6, rel=0.01)
