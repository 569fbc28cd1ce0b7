"""Minima of three correlated pairs in two dimensions."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.helpers.small import small
from tms import theory
from tms.analysis.collapse import lowest_loss, principal, start
from tms.analysis.geometry import angular_gaps
from tms.analysis.sets import collapsed, pair_components

PAIRS = ((0, 1), (2, 3), (4, 5))


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_start_has_as_many_collapsed_pairs_as_asked_for(count: int) -> None:
    W = torch.from_numpy(start(count))
    assert collapsed(W, PAIRS).tolist() == [k < count for k in range(3)]
    corners = angular_gaps(W)
    assert corners[corners > 1].numpy() == pytest.approx(np.full(6 - count, 360 / (6 - count)))
    plus, minus = pair_components(W, PAIRS)
    assert plus[:count].tolist() == pytest.approx([1.0] * count)
    assert minus[:count].tolist() == pytest.approx([0.0] * count)


def test_the_principal_solution_leaves_one_pair_out() -> None:
    W = principal(1)
    np.testing.assert_allclose(np.linalg.norm(W, axis=1) ** 2, [0.5, 0.5, 0, 0, 0.5, 0.5])
    np.testing.assert_allclose(W[:2] @ W[4:].T, 0)


def test_the_lowest_loss_is_that_of_pca_where_features_are_dense() -> None:
    experiment = small(n_features=6, density=[[0.05], [0.98]], correlated=PAIRS)
    loss = lowest_loss(experiment)
    pca = theory.principal_loss(2, theory.feature_covariance(experiment.features))
    assert loss[1] == pytest.approx(pca[1], rel=0.01)
    assert loss[0] < 0.5 * pca[0]


def test_the_lowest_loss_is_that_of_the_best_start() -> None:
    experiment = small(n_features=6, density=[[0.05]], correlated=PAIRS)
    quadrature, p = theory.Quadrature(experiment.features), np.full(6, 0.05)
    hexagon, pca = (
        quadrature.descend(W, bias, density=p).loss
        for W, bias in ((start(0), np.full(6, -0.1)), (principal(), p / 4))
    )
    assert hexagon < 0.99 * pca
    assert lowest_loss(experiment)[0] == pytest.approx(hexagon, rel=1e-3)
