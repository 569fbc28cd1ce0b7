"""Two features with a correlation of being active."""

from __future__ import annotations

import numpy as np
import pytest

from tms import theory
from tms.analysis.partial_correlation import Correlated, by_natural_solutions, critical_density, is_principal


def test_correlation_moves_probability_from_one_active_to_both() -> None:
    p = np.array([0.2, 0.2])
    # The order of states is that of independent features: none, the second, the first, both.
    assert Correlated(0.0).probabilities(p) == pytest.approx([0.64, 0.16, 0.16, 0.04])
    assert Correlated(1.0).probabilities(p) == pytest.approx([0.8, 0, 0, 0.2])
    assert Correlated(0.5).probabilities(p) == pytest.approx([0.72, 0.08, 0.08, 0.12])


def test_independent_features_have_the_exact_loss() -> None:
    W, b = np.array([[1.0], [-0.6]]), np.array([0.1, 0.05])
    exact = theory.expected_loss(W, b, density=0.3)
    assert Correlated(0.0).loss(W, b, density=0.3) == pytest.approx(float(exact), rel=2e-3)


def test_natural_solutions_have_equal_loss_at_their_critical_density() -> None:
    for c in (0.0, 0.2, 0.5):
        p = float(by_natural_solutions(np.array([c]))[0])
        pair, principal = (
            float(Correlated(c).loss(W, np.zeros(2), density=p))
            for W in (np.array([[1.0], [-1.0]]), np.full((2, 1), 0.5**0.5))
        )
        assert pair == pytest.approx(principal, rel=2e-3)
    assert by_natural_solutions(np.array([0.0, 0.6, 1.0])).tolist() == pytest.approx([4 / 7, 0, 0])


def test_the_principal_component_is_best_above_the_critical_density() -> None:
    critical = critical_density(0.3)
    assert critical == pytest.approx(0.422, abs=0.005)
    assert not is_principal(Correlated(0.3), 0.97 * critical)
    assert is_principal(Correlated(0.3), 1.03 * critical)


def test_independent_features_have_no_critical_density_and_a_correlated_set_none_above_zero() -> None:
    assert critical_density(0.0) == 1.0
    assert critical_density(1.0) == 0.0
