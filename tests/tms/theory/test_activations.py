"""The expected loss with smooth output activations."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from tms.models import ACTIVATIONS
from tms.theory import smooth_expected_loss
from tms.theory.activations import SMOOTH


def squared_error(activation: str, slope: float, offset: float, x: float) -> float:
    return float((x - SMOOTH[activation](np.asarray(slope * x + offset))) ** 2)


@pytest.mark.parametrize("activation", list(SMOOTH))
@pytest.mark.parametrize(("w", "b"), [(1.0, 0.0), (2.0, -1.5), (0.3, 0.4)])
def test_loss_of_one_feature_equals_adaptive_quadrature(activation: str, w: float, b: float) -> None:
    p = 0.3
    active, _ = quad(lambda x: squared_error(activation, w * w, b, x), 0, 1, epsabs=1e-13)
    expected = p * active + (1 - p) * squared_error(activation, w * w, b, 0.0)
    assert smooth_expected_loss(activation, [[w]], [b], density=p) == pytest.approx(expected, abs=1e-11)


@pytest.mark.parametrize("activation", list(SMOOTH))
def test_loss_of_two_features_lies_within_the_error_of_samples(activation: str) -> None:
    rng = np.random.default_rng(0)
    W, b, density, importance = np.array([[1.0], [-0.8]]), np.array([0.1, -0.2]), [0.3, 0.7], [1.0, 2.0]
    x = rng.random((400_000, 2)) * (rng.random((400_000, 2)) < density)
    sampled = (importance * (x - SMOOTH[activation](x @ W @ W.T + b)) ** 2).sum(axis=1)
    exact = smooth_expected_loss(activation, W, b, density=density, importance=importance)
    assert abs(sampled.mean() - exact) < 4 * sampled.std() / np.sqrt(len(sampled))


@pytest.mark.parametrize("activation", list(SMOOTH))
def test_activation_is_the_one_that_models_are_trained_with(activation: str) -> None:
    z = np.linspace(-3, 3, 13)
    trained = ACTIVATIONS[activation](torch.from_numpy(z)).numpy()
    np.testing.assert_allclose(SMOOTH[activation](z), trained, atol=1e-12)


def test_a_batch_gives_what_its_members_give_alone() -> None:
    W = np.random.default_rng(0).normal(size=(4, 2, 1))
    together = smooth_expected_loss("gelu", W, density=np.full((3, 1, 1), 0.4))
    assert together.shape == (3, 4)
    assert together[1, 2] == pytest.approx(float(smooth_expected_loss("gelu", W[2], density=0.4)), rel=1e-13)


def test_bad_input_gets_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^activation is 'relu'; it must be one of 'gelu', 'quadratic'\.$"):
        smooth_expected_loss("relu", np.ones((2, 1)), density=0.5)
    with pytest.raises(
        ValueError, match=r"^W has 3 features; the loss of a smooth activation covers 1 to 2\.$"
    ):
        smooth_expected_loss("gelu", np.ones((3, 1)), density=0.5)
