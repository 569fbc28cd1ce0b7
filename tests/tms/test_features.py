"""Inputs are active as often, together and with such values as their distribution says.

The statistical tests use fixed keys, so that they always give the same answer; each is at the level 0.001.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tms.features import (
    FeatureDistribution,
    activity_threshold,
    inputs_from,
    sample,
    tables,
    value_scale,
)
from tms.random_streams import stream_keys

LEVEL = 0.001
ROWS = 40_000
CORRELATED, ANTICORRELATED = (0, 1, 2), (3, 4, 5, 6)
TIED: dict[str, Any] = {"correlated": (CORRELATED,), "anticorrelated": (ANTICORRELATED,)}
DENSITIES = st.one_of(
    st.floats(0, 1), st.sampled_from([0.0, 1.0, 1e-3, 1e-9, 1e-40, 5e-324, 1 - 2**-24, 1 - 2**-53])
)


def draw(density: Any, rows: int = ROWS, step: int = 3, **settings: Any) -> np.ndarray:
    """Rows of the first instance; a density for each feature."""
    features = FeatureDistribution(density=np.array([density], dtype=np.float64), **settings)
    keys = stream_keys(0, "features", np.arange(1), 1)
    return sample(features, features.density, keys, step, rows)[0].numpy()


def made_of(words: list[int], density: float) -> list[float]:
    """One input of seven features in two sets and one by itself, from the words of its draws."""
    features = FeatureDistribution(density=np.full((1, 8), density), **TIED)
    drawn = torch.from_numpy(np.array([[words]], dtype=np.uint32))
    values: list[float] = inputs_from(features, drawn, *tables(features, features.density, "cpu")).tolist()[
        0
    ][0]
    return values


def share_is(active: Any, density: float) -> bool:
    return bool(stats.binomtest(int(active.sum()), active.size, density).pvalue > LEVEL)


def is_uniform(values: np.ndarray) -> bool:
    binned = np.histogram(values, bins=20, range=(0, 1))[0]
    return bool(
        stats.kstest(values, "uniform").pvalue > LEVEL
        and stats.chisquare(binned).pvalue > LEVEL
        and binned.sum() == len(values)
    )


@pytest.mark.parametrize("density", [0.003, 0.05, 0.3, 0.5, 0.9, 0.999])
def test_a_feature_is_active_as_often_as_its_density_says(density: float) -> None:
    assert share_is(draw([density, 0.5])[:, 0] > 0, density)


def test_each_instance_and_feature_has_a_density_of_its_own() -> None:
    density = np.array([[0.1, 0.2, 0.7], [0.6, 0.02, 0.4]])
    keys = stream_keys(0, "features", np.arange(2), 1)
    x = sample(FeatureDistribution(density=density), density, keys, 0, ROWS).numpy()
    for instance in range(2):
        for i in range(3):
            assert share_is(x[instance, :, i] > 0, density[instance, i])


@pytest.mark.parametrize("density", [0.01, 0.3, 0.7, 1.0])
def test_active_values_are_uniform(density: float) -> None:
    x = draw([density, 0.5], rows=100_000)[:, 0]
    assert is_uniform(x[x > 0])


def test_independent_features_are_active_independently_of_each_other() -> None:
    active = draw([0.3, 0.3, 0.6]) > 0
    for i, j in ((0, 1), (0, 2), (1, 2)):
        table = np.histogram2d(active[:, i], active[:, j], bins=2)[0]
        assert stats.chi2_contingency(table).pvalue > LEVEL


def test_values_of_independent_features_are_not_correlated() -> None:
    x = draw([1.0, 1.0, 1.0])
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert stats.pearsonr(x[:, i], x[:, j]).pvalue > LEVEL


def test_signs_are_even_and_independent_of_magnitude() -> None:
    x = draw([0.4, 0.4], signed=True)[:, 0]
    positive, negative = x[x > 0], -x[x < 0]
    assert share_is(x[x != 0] > 0, 0.5)
    assert is_uniform(positive)
    assert is_uniform(negative)
    assert stats.ks_2samp(positive, negative).pvalue > LEVEL


def test_signs_of_different_features_are_independent() -> None:
    sign = np.sign(draw([1.0, 1.0], signed=True))
    assert share_is(sign[:, 0] == sign[:, 1], 0.5)


def test_a_sign_changes_no_magnitude() -> None:
    np.testing.assert_array_equal(
        np.abs(draw([0.3, 0.8, 0.5], signed=True)), draw([0.3, 0.8, 0.5], signed=False)
    )


@pytest.mark.parametrize("density", [0.02, 0.4])
def test_a_correlated_set_is_active_as_a_whole_or_not_at_all(density: float) -> None:
    active = draw([density] * 8, **TIED)[:, CORRELATED] > 0
    assert (active.all(axis=1) == active.any(axis=1)).all()
    assert share_is(active[:, 0], density)


def test_values_within_a_correlated_set_are_uniform_and_not_correlated() -> None:
    x = draw([0.4] * 8, **TIED)[:, CORRELATED]
    x = x[x[:, 0] > 0]
    for i in range(3):
        assert is_uniform(x[:, i])
        assert stats.pearsonr(x[:, i], x[:, (i + 1) % 3]).pvalue > LEVEL


@pytest.mark.parametrize("density", [0.02, 0.4, 1.0])
def test_at_most_one_feature_of_an_anticorrelated_set_is_active(density: float) -> None:
    active = draw([density] * 8, **TIED)[:, ANTICORRELATED] > 0
    assert active.sum(axis=1).max() == 1
    assert share_is(active.any(axis=1), density)


def test_features_of_an_anticorrelated_set_are_active_equally_often_with_uniform_values() -> None:
    x = draw([0.4] * 8, rows=100_000, **TIED)[:, ANTICORRELATED]
    assert stats.chisquare((x > 0).sum(axis=0)).pvalue > LEVEL
    for i in range(len(ANTICORRELATED)):
        assert is_uniform(x[x[:, i] > 0, i])


def test_sets_and_free_features_are_independent_of_each_other() -> None:
    active = draw([0.4] * 8, **TIED) > 0
    groups = [active[:, 0], active[:, ANTICORRELATED].any(axis=1), active[:, 7]]
    for a, b in ((0, 1), (0, 2), (1, 2)):
        table = np.histogram2d(groups[a], groups[b], bins=2)[0]
        assert stats.chi2_contingency(table).pvalue > LEVEL


@pytest.mark.parametrize("signed", [False, True])
def test_density_zero_is_never_active_and_density_one_always(signed: bool) -> None:
    density = [0.0, 1.0]
    x = draw(density, signed=signed)
    assert not x[:, 0].any()
    assert (x[:, 1] != 0).all()


def test_sets_of_density_zero_are_never_active_and_those_of_density_one_always() -> None:
    assert not draw([0.0] * 8, **TIED).any()
    active = draw([1.0] * 8, **TIED) > 0
    assert active[:, CORRELATED].all()
    assert (active[:, ANTICORRELATED].sum(axis=1) == 1).all()


def test_each_set_has_a_density_of_its_own() -> None:
    active = draw([0.2] * 3 + [0.6] * 4 + [0.9], **TIED) > 0
    assert share_is(active[:, 0], 0.2)
    assert share_is(active[:, ANTICORRELATED].any(axis=1), 0.6)
    values = draw([0.2] * 3 + [0.6] * 4 + [0.9], **TIED)[:, ANTICORRELATED]
    assert is_uniform(values[values > 0])


def test_everything_is_active_at_density_one_even_at_the_highest_draw() -> None:
    assert made_of([2**32 - 1] * 10, 1.0) == [1, 1, 1, 0, 0, 0, 1, 1]


def test_no_set_is_active_at_density_zero_even_at_the_lowest_draw() -> None:
    assert not any(made_of([2**31] * 8 + [0, 0], 0.0))


def test_draws_are_active_below_the_density_and_not_at_it() -> None:
    assert not any(made_of([2**31] * 10, 0.5))
    assert np.flatnonzero(made_of([2**31 - 2**8] * 10, 0.5)).tolist() == [0, 1, 2, 6, 7]


@given(DENSITIES, st.integers(0, 1000))
def test_values_lie_between_zero_and_one_up_to_a_rounding(density: float, step: int) -> None:
    for settings_ in ({}, TIED):
        x = draw([density] * 8, rows=50, step=step, **settings_)
        assert np.isfinite(x).all()
        assert x.min() >= 0
        assert x.max() <= 1 + 2**-22


@given(DENSITIES)
def test_the_scale_undoes_the_threshold(density: float) -> None:
    threshold, scale = activity_threshold(np.array(density)), value_scale(np.array(density))
    assert np.isfinite(scale)
    if density > 2**-31:
        assert scale * np.minimum(threshold, 1) == pytest.approx(1, abs=1e-6)


def test_steps_have_batches_of_their_own() -> None:
    assert not np.array_equal(draw([0.5] * 3, rows=10, step=1), draw([0.5] * 3, rows=10, step=2))


def test_inputs_of_another_type_have_the_same_values() -> None:
    features = FeatureDistribution(density=np.array([[0.3, 0.8]]))
    keys = stream_keys(0, "features", np.arange(1), 1)
    single, double = (
        sample(features, features.density, keys, 3, 100, dtype=dtype)
        for dtype in (torch.float32, torch.float64)
    )
    assert double.dtype == torch.float64
    assert torch.equal(single.double(), double)
