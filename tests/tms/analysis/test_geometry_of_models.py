"""Measurements of whole models: how far a Gram matrix deviates, and how leverage spreads."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from tms.analysis import geometry


def test_the_deviation_of_a_gram_matrix_is_relative_to_that_of_m_orthonormal_features() -> None:
    W = torch.eye(5)[:, :4]
    assert float(geometry.gram_deviation(W, torch.zeros(5, 5), 4)) == pytest.approx(1)
    assert float(geometry.gram_deviation(2 * W, geometry.gram(W), 4)) == pytest.approx(3)


def test_leverage_spreads_as_by_chance_in_random_subspaces_and_more_along_features() -> None:
    rng = np.random.default_rng(0)
    # A random basis of the subspace: its lengths and angles change no leverage score.
    random = torch.from_numpy(rng.normal(size=(200, 40, 6)) * np.arange(1, 7))
    assert float(geometry.leverage_spread(random).mean()) == pytest.approx(1, abs=0.02)
    along = geometry.leverage_spread(torch.eye(40, 6, dtype=torch.float64))
    # The scores are 1 for 6 of 40 features and 0 for the others.
    by_chance = math.sqrt(2 * 6 * 34 / (40**2 * 42))
    assert float(along) == pytest.approx(math.sqrt(6 / 40 * 34 / 40) / by_chance)
