"""The fingerprint changes with everything that determines a result, and with nothing else."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from tests.helpers import runtime_types
from tests.helpers.paper_experiments import FACTORIES
from tests.helpers.small import small
from tms.experiment import Experiment
from tms.experiment.convergence import Doubling
from tms.features import FeatureDistribution
from tms.paper import PROFILES

FEATURES = FeatureDistribution(density=np.full((2, 5), 0.5))
CHANGES: dict[str, Any] = {
    "name": "other",
    "n_features": {"n_features": 6},
    "n_hidden": 3,
    "architecture": "linear",
    "features": FEATURES,
    "importance": np.full((2, 5), 0.9),
    "coordinates": {"x": np.array([1.0, 2.0])},
    "seeds": 3,
    "best_of": 2,
    "steps": 31,
    "batch_size": 99,
    "learning_rate": 0.011,
    "schedule": "constant",
    "weight_decay": 0.1,
    "init_scale": 0.9,
    "initial_output": "sizes",
    "activation": "gelu",
    "target": "absolute",
    "hidden_bias": True,
    "hidden_l1": 0.1,
    "held_out": 1501,
    "checkpoints": (0,),
    "run_seed": 1,
    "point_ids": np.array([0, 2]),
}


def changed(field: str) -> tuple[Experiment, Experiment]:
    """Two experiments that differ in one field."""
    needed = {"hidden_bias": "relu_hidden", "initial_output": "relu_hidden_untied"}
    base = small(architecture=needed.get(field, "relu_output"))
    if field == "n_features":
        return small(coordinates={}), small(coordinates={}, n_features=6)
    return base, dataclasses.replace(base, **{field: CHANGES[field]})


TRAINED = [field.name for field in dataclasses.fields(Experiment) if field.name != "convergence"]


@pytest.mark.parametrize("field", TRAINED)
def test_the_fingerprint_changes_with_every_field(field: str) -> None:
    one, other = changed(field)
    assert one.fingerprint() != other.fingerprint()


def test_how_convergence_is_shown_changes_neither_fingerprint_nor_description() -> None:
    shown = small(convergence=Doubling(at_most=0.02))
    assert shown.convergence == Doubling(at_most=0.02)
    assert shown.fingerprint() == small().fingerprint()
    assert shown.describe() == small().describe()


DISTRIBUTIONS: list[dict[str, Any]] = [
    {},
    {"signed": True},
    {"correlated": ((0, 1),)},
    {"anticorrelated": ((0, 1),)},
    {"correlated": ((1, 0),)},
    {"correlated": ((0, 1), (2, 3))},
    {"correlated": ((0, 1),), "anticorrelated": ((2, 3),)},
    {"anticorrelated": ((0, 1), (2, 3))},
    {"density": 0.5},
    {"density": [[0.1, 0.1, 0.1, 0.1, 0.2], [0.5] * 5]},
]


def test_the_fingerprint_changes_with_everything_about_the_features() -> None:
    prints = {small(**changes, coordinates={}).fingerprint() for changes in DISTRIBUTIONS}
    assert len(prints) == len(DISTRIBUTIONS)


def test_equal_experiments_have_equal_fingerprints() -> None:
    coordinates = {"a": [1.0, 2.0], "b": [3.0, 4.0]}
    one = small(coordinates=coordinates, importance=1)
    other = small(
        coordinates=dict(reversed(coordinates.items())),
        importance=np.ones((2, 5)),
        density=[[0.1] * 5, [0.5] * 5],
    )
    assert one is not other
    assert one.fingerprint() == other.fingerprint()


def test_a_fingerprint_does_not_depend_on_the_kind_of_number() -> None:
    with runtime_types.suspended():
        numpys = small(steps=np.int64(30), run_seed=np.uint8(0), learning_rate=np.float32(0.25))
    assert numpys.fingerprint() == small(learning_rate=0.25).fingerprint()


def test_instances_used_before_leave_the_fingerprint_as_it_is() -> None:
    experiment = small()
    before = experiment.fingerprint()
    assert len(experiment.instances) == 4
    assert experiment.fingerprint() == before


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", FACTORIES)
def test_last_digits_that_depend_on_the_processor_leave_the_fingerprint_as_it_is(
    name: str, profile: str
) -> None:
    experiment = FACTORIES[name](profile)
    assert nudged(experiment, 1 - 2e-15).fingerprint() == experiment.fingerprint()
    assert nudged(experiment, 1 + 2e-15).fingerprint() == experiment.fingerprint()
    assert nudged(experiment, 1 - 1e-9).fingerprint() != experiment.fingerprint()


def nudged(experiment: Experiment, factor: float) -> Experiment:
    """Change every number of a sweep by a factor; no density exceeds 1."""
    density = np.minimum(experiment.features.density * factor, 1)
    return dataclasses.replace(
        experiment,
        features=dataclasses.replace(experiment.features, density=density),
        importance=experiment.importance * factor,
        coordinates={at: values * factor for at, values in experiment.coordinates.items()},
    )
