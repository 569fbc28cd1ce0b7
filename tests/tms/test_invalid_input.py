"""Experiments, distributions and options that cannot be are refused in one sentence."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import runtime_types
from tests.helpers.damaged_models import damage
from tests.helpers.small import is_one_sentence, small
from tms.experiment import Experiment
from tms.features import FeatureDistribution, InvalidExperiment
from tms.training import Trained, train

NAN, INF = float("nan"), float("inf")
NO_COUNTS = (0, -1, 2.5, 5.0, True, NAN, INF, "5", None, 2**31, 10**40, [5], 1j)
NO_RATES = (0, -0.1, NAN, INF, "x", None, True, 1j, [0.1], np.array([0.1, 0.2]))
NO_ARRAYS: tuple[Any, ...] = (
    NAN,
    INF,
    "a",
    None,
    1j,
    {},
    [],
    [[]],
    [[1, 2]],
    [0.1, 0.2],
    np.zeros((0, 5)),
    True,
    [[True]],
    [[{}]],
    [[1], [1, 2]],
)
NO_CHOICES: tuple[Any, ...] = ("", "Linear", "relu ", None, 5, ["linear"], {}, b"linear")
NO_FLAGS: tuple[Any, ...] = ("yes", 1, None, [])
SETTINGS: list[tuple[str, Any]] = [
    *(
        (name, value)
        for name in ("n_features", "n_hidden", "seeds", "best_of", "steps", "batch_size", "held_out")
        for value in NO_COUNTS
    ),
    *((name, value) for name in ("learning_rate", "init_scale") for value in NO_RATES),
    *((name, value) for name in ("weight_decay", "hidden_l1") for value in NO_RATES[1:]),
    *((name, value) for name in ("density", "importance") for value in NO_ARRAYS),
    *(
        (name, value)
        for name in ("architecture", "activation", "schedule", "target", "initial_output")
        for value in NO_CHOICES
    ),
    *(("name", value) for value in ("", 5, None, "a\nb", "\x1b[31m", "a" * 101, b"a", "\ud800")),
    *(("hidden_bias", value) for value in NO_FLAGS),
    *(("signed", value) for value in ("no", 1, None)),
    *(("density", value) for value in (-0.1, 1.1, 1e300, -INF)),
    *(("importance", value) for value in (-1, -INF)),
    *(
        (name, value)
        for name in ("correlated", "anticorrelated")
        for value in (
            "ab",
            5,
            None,
            (0, 1),
            ((0,),),
            ((0, 0),),
            ((0, 5),),
            ((0, -1),),
            ((0, 0.5),),
            ((0, 1), (1, 2)),
        )
    ),
    *(("coordinates", value) for value in (5, [1, 2], {"a": [1]}, {"a": ["x", "y"]}, {"a": None}, {"a": 1})),
    *(
        ("checkpoints", value)
        for value in (5, "ab", (31,), (1, 1), (2, 1), (0.5,), (True,), (NAN,), {0: 1}, None)
    ),
    *(("run_seed", value) for value in (-1, 2**64, 1.5, "a", True, None, NAN)),
    *(("point_ids", value) for value in ([1, 2], np.array([1.5, 2]), np.array([1, 2, 3]), 5)),
    ("stepz", 1),
    ("__class__", 1),
]


def named(case: tuple[str, Any]) -> str:
    return f"{case[0]}={str(case[1])[:20]!a}"


@pytest.mark.parametrize(("name", "value"), SETTINGS, ids=map(named, SETTINGS))
def test_experiment_that_cannot_be_is_refused_in_one_sentence(name: str, value: Any) -> None:
    with runtime_types.suspended(), pytest.raises(InvalidExperiment) as caught:
        small(**{name: value})
    assert is_one_sentence(str(caught.value))


def replaced(**changes: Any) -> Experiment:
    return dataclasses.replace(small(), **changes)


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (small, {"seeds": 2**31 - 1, "best_of": 2**31 - 1}),
        (small, {"seeds": 10**9}),
        (small, {"n_features": 2**20, "n_hidden": 2**14}),
        (replaced, {"features": None}),
        (replaced, {"importance": [[1.0] * 5] * 2}),
        (replaced, {"importance": np.full((2, 5), "1")}),
    ],
)
def test_fields_that_cannot_be_are_refused_in_one_sentence(make: Any, changes: dict[str, Any]) -> None:
    with runtime_types.suspended(), pytest.raises(InvalidExperiment) as caught:
        make(**changes)
    assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize(
    "points", [[99], [-3], "a", [0.5], [], np.array([True]), None, {}, [[0], [9]]], ids=repr
)
def test_points_that_are_not_there_are_refused_in_one_sentence(points: Any) -> None:
    trained = train(small(steps=1, held_out=8), engine="reference")
    for sweep in (trained, trained.experiment):
        with runtime_types.suspended(), pytest.raises(InvalidExperiment) as caught:
            sweep.at(points)
        assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize(
    "settings",
    [
        {"density": [[1.0]]},
        {"density": np.array([["a"]])},
        {"density": np.array([[True]])},
        {"signed": "no"},
        {"density": None},
    ],
)
def test_distribution_that_cannot_be_is_refused_in_one_sentence(settings: dict[str, Any]) -> None:
    with runtime_types.suspended(), pytest.raises(InvalidExperiment) as caught:
        FeatureDistribution(**{"density": np.ones((1, 3))} | settings)
    assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize(
    "settings",
    [{"engine": None}, {"engine": ["fused"]}, {"engine": "FUSED"}, {"device": 0}, {"device": "cpu "}],
)
def test_option_of_training_that_cannot_be_is_refused_in_one_sentence(settings: dict[str, Any]) -> None:
    with runtime_types.suspended(), pytest.raises(ValueError, match=next(iter(settings))) as caught:
        train(small(), **settings)
    assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize("experiment", [None, "introduction", small], ids=["None", "a name", "a function"])
def test_what_is_no_experiment_is_not_trained(experiment: Any) -> None:
    with runtime_types.suspended(), pytest.raises(TypeError) as caught:
        train(experiment)
    assert is_one_sentence(str(caught.value))


def test_history_of_another_length_is_not_read(tmp_path: Path) -> None:
    experiment = small(steps=3, held_out=8, checkpoints=(0, 3))
    path = tmp_path / "sweep.safetensors"
    train(experiment, engine="reference").save(path)
    damage(lambda t: t.update({"history/W": t["history/W"][:1]}))(path, experiment.fingerprint())
    with pytest.raises(ValueError, match="history/W is") as caught:
        Trained.load(path, experiment, "reference", "cpu")
    assert is_one_sentence(str(caught.value))
