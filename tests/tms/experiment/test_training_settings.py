"""Learning rates and initial weights are those that the settings ask for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.helpers.small import small

LEVEL = 0.001


def test_a_constant_schedule_keeps_the_rate() -> None:
    assert small(schedule="constant", learning_rate=0.3, steps=4).rates().tolist() == [0.3] * 4


@given(st.integers(1, 60), st.floats(1e-6, 1))
@settings(max_examples=20)
def test_a_cosine_schedule_is_torchs(steps: int, rate: float) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    expected = []
    for _ in range(steps):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    np.testing.assert_allclose(small(learning_rate=rate, steps=steps).rates(), expected, rtol=1e-9)


def test_a_cosine_schedule_falls_from_the_peak_towards_zero() -> None:
    rates = small(learning_rate=0.3, steps=100).rates()
    assert rates[0] == 0.3
    assert rates[50] == pytest.approx(0.15)
    assert (np.diff(rates) < 0).all()
    assert 0 < rates[-1] < 0.3 * 0.001


def test_a_rate_with_a_warm_up_rises_in_three_tenths_of_the_steps_and_then_is_a_cosine() -> None:
    rates = small(schedule="warm_up", learning_rate=0.8, steps=10).rates()
    np.testing.assert_allclose(rates[:3], [0.2, 0.4, 0.6])
    np.testing.assert_allclose(rates[3:], small(learning_rate=0.8, steps=7).rates())
    assert small(schedule="warm_up", learning_rate=0.8, steps=1).rates().tolist() == [0.8]
    assert small(schedule="warm_up", learning_rate=0.8, steps=6).rates()[:2].tolist() == [0.4, 0.8]


@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_initial_weights_are_normal_at_the_scale_of_xavier(scale: float) -> None:
    experiment = small(n_features=40, n_hidden=10, density=0.5, seeds=20, init_scale=scale)
    W = experiment.initial_weights()
    assert W.dtype == np.float32
    assert W.shape == (20, 40, 10)
    sigma = scale * np.sqrt(2 / 50)
    assert stats.kstest(W.ravel(), "norm", args=(0, sigma)).pvalue > LEVEL


def test_initial_output_weights_can_be_the_sizes_of_the_input_weights() -> None:
    settings = {"architecture": "relu_hidden_untied", "n_hidden": 8, "init_scale": 0.5}
    drawn, sizes = small(**settings), small(**settings, initial_output="sizes")
    np.testing.assert_array_equal(sizes.initial_weights(), drawn.initial_weights())
    np.testing.assert_array_equal(sizes.initial_weights(role=1), np.abs(drawn.initial_weights()))
    assert (drawn.initial_weights(role=1) < 0).any()
    # Every output is open for its own feature, on both sides.
    W, W_out = sizes.initial_weights(), sizes.initial_weights(role=1)
    for sign in (1, -1):
        assert ((np.maximum(sign * W, 0) * W_out).sum(-1) > 0).all()


def test_initial_weights_differ_between_instances_roles_and_run_seeds() -> None:
    experiment = small()
    drawn = [experiment.initial_weights(), experiment.initial_weights(role=1)]
    drawn.append(experiment.with_run_seed(1).initial_weights())
    rows = np.concatenate(drawn).reshape(12, -1)
    correlations = np.corrcoef(rows)[np.triu_indices(12, 1)]
    assert len(np.unique(rows)) == rows.size
    # 10 numbers a row; of 66 pairs none comes so close by chance.
    assert np.abs(correlations).max() < 0.97
