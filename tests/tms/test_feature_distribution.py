"""Which feature distributions are valid, and how numbers and arrays become densities."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from tests.helpers import runtime_types
from tests.helpers.small import is_one_sentence
from tms.features import (
    FeatureDistribution,
    InvalidExperiment,
    as_sets,
    broadcast,
    consecutive_sets,
)


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"density": np.full(3, 0.5)}, "density has shape (3,)"),
        ({"density": np.array([[0.5, -0.1]])}, "density contains -0.1; every density must lie in [0, 1]"),
        ({"density": np.array([[0.5, 1.5]])}, "density contains 1.5"),
        ({"density": np.array([[np.nan, 0.5]])}, "density contains nan"),
        ({"density": np.array([[np.inf, 0.5]])}, "density contains inf"),
        (
            {"correlated": ((1,),)},
            "feature set (1,) is not valid: a set is two or more different features",
        ),
        ({"correlated": ((),)}, "feature set () is not valid"),
        ({"anticorrelated": ((1, 1),)}, "feature set (1, 1) is not valid"),
        ({"correlated": ((0, 4),)}, "different features of 0 to 3"),
        ({"anticorrelated": ((-1, 0),)}, "feature set (-1, 0) is not valid"),
        ({"correlated": ((0, 1), (1, 2))}, "feature set (1, 2) overlaps another set"),
        ({"correlated": ((0, 1),), "anticorrelated": ((3, 0),)}, "feature set (3, 0) overlaps another set"),
        (
            {"density": np.array([[0.1, 0.1, 0.2, 0.2]]), "correlated": ((1, 2),)},
            "the features of set (1, 2) must share one density",
        ),
    ],
)
def test_an_invalid_distribution_is_refused_in_one_sentence(settings_: dict[str, Any], words: str) -> None:
    with runtime_types.suspended(), pytest.raises(InvalidExperiment) as raised:
        FeatureDistribution(**{"density": np.full((2, 4), 0.5), **settings_})
    assert words in str(raised.value)
    assert is_one_sentence(str(raised.value))


def test_sets_of_different_points_may_differ_in_density() -> None:
    density = np.array([[0.1, 0.1], [0.3, 0.3]])
    features = FeatureDistribution(density=density, correlated=((0, 1),))
    assert features.sets == ((0, 1),)
    assert features.columns == 3


@pytest.mark.parametrize(
    ("values", "spread"),
    [
        (0.5, [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]]),
        ([[1], [2], [3]], [[1, 1], [2, 2], [3, 3]]),
        ([[1, 2]], [[1, 2], [1, 2], [1, 2]]),
        ([[1, 2], [3, 4], [5, 6]], [[1, 2], [3, 4], [5, 6]]),
    ],
)
def test_numbers_rows_columns_and_full_arrays_spread_over_points_and_features(
    values: Any, spread: list[list[float]]
) -> None:
    result = broadcast(values, 3, 2, "density")
    np.testing.assert_array_equal(result, spread)
    result[0, 0] = 9
    assert result[1, 0] == spread[1][0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1, 2], "importance has shape (2,); it must be a number or have shape (point, feature)"),
        ([[[1.0]]], "importance has shape (1, 1, 1)"),
        ([[1, 2, 3]], "importance has shape (1, 3), which does not fit 3 points of 2 features"),
        ([[1], [2]], "importance has shape (2, 1), which does not fit"),
        (np.nan, "importance contains a value that is not finite"),
        ([[1, np.inf]], "importance contains a value that is not finite"),
    ],
)
def test_values_that_do_not_fit_are_refused_in_one_sentence(values: Any, words: str) -> None:
    with pytest.raises(InvalidExperiment) as raised:
        broadcast(values, 3, 2, "importance")
    assert words in str(raised.value)
    assert is_one_sentence(str(raised.value))


def test_consecutive_sets_split_all_features_into_neighbours() -> None:
    assert consecutive_sets(3, 2) == ((0, 1), (2, 3), (4, 5))
    assert as_sets(np.arange(6).reshape(3, 2).tolist()) == consecutive_sets(3, 2)


def test_a_distribution_cannot_be_changed() -> None:
    features = FeatureDistribution(density=np.full((1, 2), 0.5))
    with pytest.raises(dataclasses.FrozenInstanceError):
        features.signed = True  # type: ignore[misc]
