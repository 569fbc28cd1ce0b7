"""Distances from principal component analysis."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tms.analysis.principal import principal_distance

COVARIANCE = np.diag([3.0, 2.0, 1.0])


def test_principal_components_have_distance_0_in_any_rotation() -> None:
    W = torch.eye(3)[:, :2]
    rotation = torch.tensor([[0.6, 0.8], [-0.8, 0.6]])
    both = torch.stack([W, W @ rotation])
    assert principal_distance(both[None], COVARIANCE)[0].tolist() == pytest.approx([0, 0], abs=1e-6)


def test_another_component_has_a_distance_relative_to_the_projection() -> None:
    W = torch.eye(3)[:, [0, 2]]
    # Feature 2 in the place of feature 1 changes two entries of the Gram matrix by 1.
    assert float(principal_distance(W, COVARIANCE)) == pytest.approx((2 / 2) ** 0.5)
    assert float(principal_distance(2 * torch.eye(3)[:, :2], COVARIANCE)) == pytest.approx(3)
