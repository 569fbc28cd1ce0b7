"""The solution of |x| that is written down by hand: its weights compute what its loss says."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.small import is_one_sentence
from tms import random_streams as streams
from tms.features import FeatureDistribution, sample
from tms.theory import paired_neurons


def outputs(W: np.ndarray, W_out: np.ndarray, b: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.asarray(np.maximum(np.maximum(x @ W, 0) @ W_out.T + b, 0))


def test_the_loss_is_that_of_the_weights() -> None:
    p, importance = np.array([0.2, 0.9, 0.5, 0.7]), np.array([1.0, 2.0, 0.5, 3.0])
    built = paired_neurons(4, 5, density=p, importance=importance)
    features = FeatureDistribution(density=p[None], signed=True)
    x = sample(features, p[None], streams.stream_keys(0, "abs", np.array([0]), 1), 0, 2**18)[0].numpy()
    error = ((outputs(built.W, built.W_out, built.b, x) - np.abs(x)) ** 2) @ importance
    assert built.loss == pytest.approx(error.mean(), rel=0.01)
    served = ((outputs(built.W, built.W_out, built.b, x) - np.abs(x)) ** 2)[:, built.served]
    assert served.max() < 1e-12


def test_the_features_are_served_that_cost_most_and_not_the_first_or_the_most_important() -> None:
    """The costs are 2 x 0.0525, 1 x 0.0833 and 0.9 x 0.1111."""
    built = paired_neurons(3, 4, density=[0.175, 1.0, 2 / 3], importance=[2.0, 1.0, 0.9])
    assert built.served.tolist() == [True, False, True]
    assert built.b.tolist() == pytest.approx([0.0, 0.5, 0.0])
    assert float(built.loss) == pytest.approx(1 / 12)


def test_of_features_with_equal_cost_the_first_are_served() -> None:
    served = paired_neurons(100, 40, density=0.1, importance=np.tile([1.0, 2.0], 50)).served
    assert np.flatnonzero(served).tolist() == list(range(1, 40, 2))


def test_a_batch_gives_what_its_members_give_alone() -> None:
    density, importance = np.array([[0.2, 0.9, 0.5], [0.9, 0.1, 0.5]]), np.array([1.0, 0.8, 0.9])
    together = paired_neurons(3, 4, density=density, importance=importance)
    for k, p in enumerate(density):
        alone = paired_neurons(3, 4, density=p, importance=importance)
        for name in ("served", "W", "W_out", "b", "loss"):
            np.testing.assert_array_equal(getattr(together, name)[k], getattr(alone, name))


def test_an_odd_neuron_serves_no_feature() -> None:
    one, two = (paired_neurons(3, m, density=0.5) for m in (3, 4))
    assert one.served.tolist() == [True, False, False]
    assert two.served.tolist() == [True, True, False]
    assert not one.W[:, 2].any()
    assert float(two.loss) == pytest.approx(0.5 / 3 - 0.25 / 4)


def test_losses_of_the_hundred_features_are_those_of_the_closed_form() -> None:
    """Twenty of them are served; in units of the loss of zero outputs the rest costs 0.8^20 (1 - 3p/4)."""
    p = np.array([[1.0], [0.1], [0.01]])
    importance = 0.8 ** np.arange(100)
    relative = paired_neurons(100, 40, density=p, importance=importance).loss / (
        importance.sum() * p[:, 0] / 3
    )
    assert relative == pytest.approx(0.8**20 * (1 - 0.75 * p[:, 0]), rel=1e-6)


def test_enough_neurons_leave_no_loss() -> None:
    built = paired_neurons(2, 7, density=0.3)
    assert built.served.all()
    assert built.loss == 0


@pytest.mark.parametrize(("n_features", "n_neurons"), [(0, 4), (4, 0)])
def test_wrong_numbers_are_refused_in_one_sentence(n_features: int, n_neurons: int) -> None:
    with pytest.raises(ValueError, match=f"n_features is {n_features} and n_neurons {n_neurons}") as caught:
        paired_neurons(n_features, n_neurons, density=0.5)
    assert is_one_sentence(str(caught.value))
