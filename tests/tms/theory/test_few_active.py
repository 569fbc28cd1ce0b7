"""L_0 and L_1 in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from tms.theory import loss_given_active, loss_given_none_active, loss_given_one_active

SEEDS = st.integers(0, 2**32 - 1)


def random_model(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n, m = rng.integers(1, 8), rng.integers(1, 4)
    represented = rng.random((n, 1)) < 0.8
    return rng.normal(size=(n, m)) * represented, rng.normal(scale=0.4, size=n), rng.uniform(0.1, 2, size=n)


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_terms_of_one_active_feature_equal_adaptive_quadrature(seed: int) -> None:
    W, b, importance = random_model(seed)
    n, gram = len(W), W @ W.T
    terms = loss_given_one_active(W, b, importance=importance)
    for i in range(n):
        for j in range(n):
            root = np.clip(-b[j] / gram[i, j], 0, 1) if gram[i, j] else 0.0
            target = 1.0 if i == j else 0.0
            expected = sum(
                quad(lambda x, i=i, j=j, t=target: (t * x - max(gram[i, j] * x + b[j], 0)) ** 2, *piece)[0]
                for piece in ((0, root), (root, 1))
            )
            ours = terms.feature_benefit[i] if i == j else terms.interference[i, j]
            assert ours == pytest.approx(importance[j] * expected / n, rel=1e-9, abs=1e-13)


@given(SEEDS)
@settings(max_examples=100, deadline=None)
def test_closed_forms_equal_the_enumeration_of_active_sets(seed: int) -> None:
    W, b, importance = random_model(seed)
    none = loss_given_none_active(b, importance=importance)
    one = loss_given_one_active(W, b, importance=importance).loss
    assert none == pytest.approx(float(loss_given_active(0, W, b, importance=importance)), rel=1e-13)
    assert one == pytest.approx(float(loss_given_active(1, W, b, importance=importance)), rel=1e-12)


def test_loss_of_no_active_feature_is_the_penalty_on_positive_biases() -> None:
    assert loss_given_none_active([-1.0, 0.5, 2.0], importance=[7, 2, 3]) == 2 * 0.25 + 3 * 4
    assert loss_given_none_active([-1.0, 0.5, 2.0]) == 0.25 + 4


@given(SEEDS)
@settings(max_examples=100, deadline=None)
def test_negative_interference_costs_nothing_when_one_feature_is_active(seed: int) -> None:
    W, b, importance = random_model(seed)
    b = -np.abs(b)
    terms = loss_given_one_active(W, b, importance=importance)
    assert (terms.interference[W @ W.T <= 0] == 0).all()


def test_positive_interference_costs_something_and_negative_bias_removes_it() -> None:
    W = np.array([[1.0, 0.0], [0.6, 0.8]])
    assert loss_given_one_active(W, [0.0, 0.0]).interference[0, 1] == pytest.approx(0.36 / 3 / 2)
    assert loss_given_one_active(W, [0.0, -0.6]).interference[0, 1] == 0


def test_a_batch_broadcasts() -> None:
    rng = np.random.default_rng(0)
    W, importance = rng.normal(size=(4, 5, 2)), rng.random((3, 1, 5))
    terms = loss_given_one_active(W, importance=importance)
    assert terms.loss.shape == (3, 4)
    alone = loss_given_one_active(W[1], importance=importance[2, 0])
    assert terms.loss[2, 1] == pytest.approx(float(alone.loss), rel=1e-13)


def test_bad_input_gets_one_sentence() -> None:
    with pytest.raises(
        ValueError, match=r"^importance has shape \(3,\); its last axis must have length 2 or 1.$"
    ):
        loss_given_one_active(np.ones((2, 1)), importance=np.ones(3))
    with pytest.raises(ValueError, match=r"^b has shape \(\); its last axis must be the feature axis.$"):
        loss_given_none_active(0.5)
    sentence = r"^importance contains -1; every importance must be at least 0.$"
    with pytest.raises(ValueError, match=sentence):
        loss_given_one_active(np.ones((2, 1)), importance=-1.0)
    with pytest.raises(ValueError, match=sentence):
        loss_given_none_active([0.5, 0.5], importance=[1.0, -1.0])
