"""Principal components of the features, against sampling and against what no rotation may change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tms import random_streams as streams
from tms.features import FeatureDistribution, sample
from tms.theory import (
    feature_covariance,
    feature_variance,
    linear_minimum,
    nearest_principal_projection,
    principal_loss,
)

SETS: dict[str, dict[str, Any]] = {
    "independent": {},
    "correlated": {"correlated": ((0, 1), (2, 3, 4))},
    "anticorrelated": {"anticorrelated": ((0, 1), (2, 3, 4))},
    "signed": {"correlated": ((0, 1),), "anticorrelated": ((2, 3, 4),), "signed": True},
}


@pytest.mark.parametrize("name", SETS)
def test_covariance_is_that_of_what_training_draws(name: str) -> None:
    density = np.array([[0.3, 0.3, 0.6, 0.6, 0.6]])
    features = FeatureDistribution(density=density, **SETS[name])
    x = (
        sample(features, density, streams.stream_keys(0, name, np.array([0]), 1), 0, 2**18)[0]
        .double()
        .numpy()
    )
    assert np.cov(x.T) == pytest.approx(feature_covariance(features)[0], abs=1.5e-3)


def test_each_point_has_the_covariance_of_its_own_densities() -> None:
    density = np.array([[0.3, 0.3, 0.6, 0.6, 0.6], [0.9, 0.9, 0.1, 0.1, 0.1]])

    def covariance(density: np.ndarray) -> np.ndarray:
        return feature_covariance(
            FeatureDistribution(density=density, correlated=((0, 1),), anticorrelated=((2, 3, 4),))
        )

    for k, together in enumerate(covariance(density.copy())):
        np.testing.assert_array_equal(together, covariance(density[[k]])[0])


def test_the_covariance_leaves_the_distribution_as_it_is() -> None:
    features = FeatureDistribution(density=np.full((1, 2), 0.5), anticorrelated=((0, 1),))
    feature_covariance(features)
    assert features.density.tolist() == [[0.5, 0.5]]


def test_for_independent_features_the_loss_of_pca_is_the_linear_minimum() -> None:
    density = np.array([[0.1, 0.3, 0.5, 0.7, 0.9]])
    covariance = feature_covariance(FeatureDistribution(density=density))
    variance = feature_variance(density)
    for m in (1, 3, 5, 6, 8):
        assert principal_loss(m, covariance) == pytest.approx(linear_minimum(m, variance=variance))


def test_projection_onto_distinct_components_does_not_depend_on_W() -> None:
    covariance = np.diag([3.0, 2.0, 1.0, 0.5])
    for seed in range(3):
        W = np.random.default_rng(seed).normal(size=(4, 2))
        assert nearest_principal_projection(W, covariance) == pytest.approx(np.diag([1, 1, 0, 0]), abs=1e-12)


@pytest.mark.parametrize("unit", [1.0, 1e-12])
def test_of_tied_components_the_nearest_to_W_are_taken(unit: float) -> None:
    covariance = unit * np.diag([2.0, 1.0, 1.0, 0.5])
    turned = np.array([[1, 0], [0, 0.6], [0, 0.8], [0, 0.0]])
    projection = nearest_principal_projection(turned, covariance)
    assert projection == pytest.approx(turned @ turned.T, abs=1e-12)
    wrong = nearest_principal_projection(turned + np.array([[0, 0], [0, 0], [0, 0], [0, 0.3]]), covariance)
    assert wrong == pytest.approx(turned @ turned.T, abs=1e-12)


def test_components_are_tied_that_rounding_alone_parts() -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        axes = np.linalg.qr(rng.normal(size=(4, 4)))[0]
        covariance = axes @ np.diag([2.0, 1.0, 1.0, 0.5]) @ axes.T
        projection = nearest_principal_projection(rng.normal(size=(4, 3)), covariance)
        assert projection == pytest.approx(axes[:, :3] @ axes[:, :3].T, abs=1e-9)


def test_nearest_means_the_range_of_W_whatever_its_lengths() -> None:
    W = np.array([[10.0, 0.0], [10.0, 0.0], [0.0, 0.1]])
    projection = nearest_principal_projection(W, np.diag([2.0, 1.0, 1.0]))
    assert projection == pytest.approx(np.diag([1, 0, 1]), abs=1e-12)


def test_correlated_pairs_have_their_sums_as_components() -> None:
    features = FeatureDistribution(density=np.full((1, 4), 0.5), correlated=((0, 1), (2, 3)))
    sums = np.kron(np.eye(2), np.full((2, 2), 0.5))
    W = np.random.default_rng(0).normal(size=(4, 2))
    assert nearest_principal_projection(W, feature_covariance(features)[0]) == pytest.approx(sums, abs=1e-9)
