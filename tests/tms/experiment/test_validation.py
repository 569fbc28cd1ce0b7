"""An experiment that cannot be trained is refused in one sentence."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from tests.helpers import runtime_types
from tests.helpers.small import is_one_sentence, small
from tms.experiment import InvalidExperiment
from tms.features import FeatureDistribution

OUT_OF_RANGE: list[tuple[dict[str, Any], str]] = [
    *(
        ({name: value}, f"{name} = {value!r}; it must be a whole number from 1 to")
        for name in ("n_hidden", "seeds", "best_of", "steps", "batch_size", "held_out")
        for value in (0, -3, 1.5, float("nan"))
    ),
    ({"run_seed": -1}, "run_seed = -1; it must be a whole number"),
    ({"run_seed": 0.5}, "run_seed = 0.5; it must be a whole number"),
    ({"run_seed": 2**64}, "run_seed = 18446744073709551616; it must be a whole number"),
    *(
        ({name: value}, f"{name} = {value!r}; it must be positive and finite")
        for name in ("learning_rate", "init_scale")
        for value in (0, -0.1, float("inf"), float("nan"))
    ),
    *(
        ({name: value}, f"{name} = {value!r}; it must be finite and not negative")
        for name in ("weight_decay", "hidden_l1")
        for value in (-0.1, float("inf"), float("nan"))
    ),
    ({"architecture": "relu"}, "must be one of linear, relu_output, relu_hidden, relu_hidden_untied"),
    ({"schedule": "linear"}, "schedule = 'linear'; it must be one of constant, cosine, warm_up"),
    ({"target": "square"}, "target = 'square'; it must be one of identity, absolute"),
    ({"activation": "tanh"}, "activation = 'tanh'; it must be one of relu, gelu, quadratic"),
    (
        {"activation": "gelu", "architecture": "linear"},
        "activation = 'gelu'; it can be chosen for relu_output",
    ),
    (
        {"activation": "gelu", "architecture": "relu_hidden"},
        "activation = 'gelu'; it can be chosen for relu_output only, not relu_hidden",
    ),
    ({"hidden_bias": True}, "hidden_bias = True; it needs an architecture with a ReLU hidden layer"),
    ({"hidden_bias": True, "architecture": "linear"}, "hidden_bias = True"),
    (
        {"initial_output": "sizes"},
        "initial_output = 'sizes'; it can be chosen for relu_hidden_untied only, not relu_output",
    ),
    (
        {"initial_output": "sizes", "architecture": "relu_hidden"},
        "initial_output = 'sizes'; it can be chosen for relu_hidden_untied only, not relu_hidden",
    ),
    ({"n_hidden": 6}, "n_hidden = 6; it must not exceed n_features = 5"),
    ({"n_hidden": 6, "architecture": "linear"}, "n_hidden = 6"),
    (
        {"importance": [[1, 1, -0.5, 1, 1]]},
        "importance contains -0.5; every importance must be finite and not",
    ),
    ({"importance": np.nan}, "importance contains a value that is not finite"),
    ({"importance": [[1, 1, 1, np.inf, 1]]}, "importance contains a value that is not finite"),
    ({"importance": [1, 1, 1, 1, 1]}, "importance has shape (5,); it must be a number or have shape"),
    ({"importance": np.ones((2, 4))}, "importance has shape (2, 4), which does not fit"),
    ({"importance": np.ones((3, 5))}, "density has shape (2, 1), which does not fit 3 points"),
    ({"density": 1.5}, "density contains 1.5; every density must lie in [0, 1]"),
    ({"density": -0.5}, "density contains -0.5"),
    ({"density": np.nan}, "density contains a value that is not finite"),
    ({"density": [0.1, 0.2]}, "density has shape (2,); it must be a number or have shape (point, feature)"),
    ({"density": np.full((2, 6), 0.5)}, "density has shape (2, 6), which does not fit"),
    ({"correlated": ((0, 9),)}, "feature set (0, 9) is not valid"),
    ({"anticorrelated": ((0, 1),), "correlated": ((1, 2),)}, "overlaps another set"),
    ({"coordinates": {"x": [1.0]}}, "coordinate 'x' has shape (1,); it must be (2,)"),
    ({"coordinates": {"x": [[1.0, 2.0]]}}, "coordinate 'x' has shape (1, 2)"),
    *(
        ({"checkpoints": checkpoints}, f"checkpoints = {checkpoints}; it must")
        for checkpoints in ((2, 1), (1, 1), (-1, 2), (0, 31), (0.5, 2))
    ),
]


def identified(case: tuple[dict[str, Any], str]) -> str:
    return ",".join(f"{name}={value!r}" for name, value in case[0].items())[:60]


@pytest.mark.parametrize(("changes", "words"), OUT_OF_RANGE, ids=map(identified, OUT_OF_RANGE))
def test_what_cannot_be_trained_is_refused_in_one_sentence(changes: dict[str, Any], words: str) -> None:
    with runtime_types.suspended(), pytest.raises(InvalidExperiment) as raised:
        small(**changes)
    assert words in str(raised.value)
    assert is_one_sentence(str(raised.value))


WRONG_ARRAYS = [
    ({"importance": np.full((2, 5), np.nan)}, "importance contains nan"),
    ({"importance": np.full((2, 5), np.inf)}, "importance contains inf"),
    ({"importance": np.full((2, 5), -1.0)}, "importance contains -1"),
    ({"importance": np.ones((3, 5))}, "importance has shape (3, 5)"),
    ({"importance": np.ones((2, 4))}, "importance has shape (2, 4)"),
    ({"features": FeatureDistribution(density=np.full((2, 4), 0.5))}, "features.density has shape (2, 4)"),
    ({"features": FeatureDistribution(density=np.full((3, 5), 0.5))}, "importance has shape (2, 5)"),
    ({"point_ids": np.arange(3)}, "point_ids has shape (3,); it must be (2,)"),
    ({"n_features": 6}, "features.density has shape (2, 5)"),
    *(({"n_features": count}, f"n_features = {count!r}; it must be a whole number") for count in (0, 1.5)),
]


@pytest.mark.parametrize(("changes", "words"), WRONG_ARRAYS)
def test_arrays_that_do_not_fit_are_refused_in_one_sentence(changes: dict[str, Any], words: str) -> None:
    with runtime_types.suspended(), pytest.raises(InvalidExperiment) as raised:
        dataclasses.replace(small(coordinates={}), **changes)
    assert words in str(raised.value)
    assert is_one_sentence(str(raised.value))


def test_a_misspelt_setting_is_refused() -> None:
    with pytest.raises(InvalidExperiment, match="no setting 'learning_rat'; the nearest is learning_rate"):
        small(learning_rat=0.1)


@pytest.mark.parametrize(
    "changes",
    [
        {"density": 0.0},
        {"density": 1.0},
        {"importance": 0.0},
        {"n_hidden": 5},
        {"n_features": 1, "n_hidden": 1},
        {"n_hidden": 20, "architecture": "relu_hidden"},
        {"checkpoints": (0, 30)},
        {"checkpoints": ()},
        {"steps": 1, "batch_size": 1, "seeds": 1, "held_out": 1},
        {"name": "a" * 100},
        {"n_features": 2**16, "n_hidden": 2**15, "seeds": 2, "density": 0.5},
        {"weight_decay": 0.0},
        {"run_seed": 2**64 - 1},
        {"n_features": np.int64(5), "steps": np.int64(30), "checkpoints": tuple(np.array([0, 3]))},
    ],
    ids=str,
)
def test_the_ends_of_every_range_are_valid(changes: dict[str, Any]) -> None:
    with runtime_types.suspended():
        experiment = small(**changes)
        assert len(experiment.fingerprint()) == 64
        assert len(experiment.instances) == experiment.n_instances


def test_an_experiment_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        small().steps = 3  # type: ignore[misc]
