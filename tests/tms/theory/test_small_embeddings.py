"""A feature among small embeddings: its loss by simulation, and its limits."""

from __future__ import annotations

import numpy as np
import pytest

from tms import theory
from tms.theory.small_embeddings import lone_feature


def simulated_loss(density: float, norm: float, bias: float, interference: float) -> float:
    """Loss of one feature and of 400 small embeddings in one dimension, per unit of a feature's variance.

    The loss of 400 features that have no embedding is subtracted.
    """
    rng, n = np.random.default_rng(0), 400
    variance = density / 3 - density**2 / 4
    u = np.sqrt(interference / n) * np.where(np.arange(n) % 2, 1.0, -1.0)
    w = np.concatenate([[norm], u])
    b = np.concatenate([[bias], density / 2 - u * norm * density / 2])
    change = 0.0
    for _ in range(20):
        x = rng.random((4000, n + 1)) * (rng.random((4000, n + 1)) < density)
        hidden = x @ w
        errors = x - np.maximum(hidden[:, None] * w + b, 0)
        change += float((errors**2).sum(1).mean() - ((x[:, 1:] - density / 2) ** 2).sum(1).mean()) / 20
    return change / variance


@pytest.mark.parametrize("density", [1 / 1.2, 1 / 1.45, 1 / 1.8])
def test_the_gain_is_what_a_simulation_of_many_features_gains(density: float) -> None:
    found = lone_feature(density)
    simulated = simulated_loss(density, found.norm, found.bias, found.interference)
    assert 1 - simulated == pytest.approx(found.gain, abs=0.01)


@pytest.mark.parametrize("change", [(0.05, 0, 0), (-0.05, 0, 0), (0, 0.03, 0), (0, 0, 0.08), (0, 0, -0.08)])
def test_other_embeddings_have_a_higher_simulated_loss(change: tuple[float, float, float]) -> None:
    found = lone_feature(1 / 1.45)
    best = simulated_loss(1 / 1.45, found.norm, found.bias, found.interference)
    moved = np.add((found.norm, found.bias, found.interference), change)
    assert simulated_loss(1 / 1.45, *moved) > best


def test_the_dimensionality_passes_three_quarters_as_features_grow_sparser() -> None:
    D = [lone_feature(1 / inverse).dimensionality for inverse in (1.2, 1.4, 1.6, 2.0)]
    assert pytest.approx([0.765, 0.750, 0.738, 0.7215], abs=0.001) == D
    found = lone_feature(1 / 1.45)
    assert found.dimensionality == pytest.approx(found.norm**2 / (found.norm**2 + found.interference))


def test_a_lone_feature_gains_more_than_a_direction_of_the_linear_model() -> None:
    assert lone_feature(1 / 1.45).gain == pytest.approx(1.0205, abs=0.0005)
    assert lone_feature(1.0).gain == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("density", [0.0, -0.1, 1.1, np.nan])
def test_a_density_out_of_range_is_refused(density: float) -> None:
    with pytest.raises(ValueError, match="density is"):
        lone_feature(density)


def test_it_is_a_public_name_of_the_theory() -> None:
    assert theory.lone_feature is lone_feature
