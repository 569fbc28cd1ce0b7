"""The rules for a valid experiment: what each setting may be, and which shapes the arrays must have.

Every check raises `InvalidExperiment` with one sentence that names the experiment, the setting, its value and
what would be valid.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from tms.arguments import is_flag, is_whole, shown
from tms.experiment._rules import COUNT, NOT_NEGATIVE, POSITIVE, Rule, require
from tms.experiment._schedules import SCHEDULES
from tms.experiment.convergence import Convergence
from tms.features import FeatureDistribution, InvalidExperiment
from tms.models import ACTIVATIONS

ARCHITECTURES: Final = ("linear", "relu_output", "relu_hidden", "relu_hidden_untied")
TARGETS: Final = ("identity", "absolute")
INITIAL_OUTPUTS: Final = ("drawn", "sizes")
COUNTS: Final = ("n_features", "n_hidden", "seeds", "best_of", "steps", "batch_size", "held_out")
"""Settings that count something."""

_LONGEST_NAME: Final = 100
_MOST_WEIGHTS: Final = 2**32


def _is_seed(value: Any) -> bool:
    return is_whole(value) and 0 <= value < 2**64


def _one_of(*valid: str) -> Rule:
    return Rule(lambda value: value in valid, f"must be one of {', '.join(valid)}")


def _is_convergence(value: Any) -> bool:
    return value is None or isinstance(value, Convergence)


RULES: Final[dict[str, Rule]] = {
    **dict.fromkeys(COUNTS, COUNT),
    "run_seed": Rule(_is_seed, "must be a whole number below 2**64"),
    "learning_rate": POSITIVE,
    "init_scale": POSITIVE,
    "weight_decay": NOT_NEGATIVE,
    "hidden_l1": NOT_NEGATIVE,
    "hidden_bias": Rule(is_flag, "must be True or False"),
    "architecture": _one_of(*ARCHITECTURES),
    "schedule": _one_of(*SCHEDULES),
    "target": _one_of(*TARGETS),
    "initial_output": _one_of(*INITIAL_OUTPUTS),
    "activation": _one_of(*ACTIVATIONS),
    "convergence": Rule(_is_convergence, "must be a description of tms.experiment.convergence or None"),
}
"""The rules for single settings, in the order in which they are checked."""


def check_name(name: object) -> None:
    """Refuse a name that is not a short, printable string."""
    if not (isinstance(name, str) and name.isprintable() and 0 < len(name) <= _LONGEST_NAME):
        raise InvalidExperiment(
            f"name = {shown(name)}; it must be 1 to {_LONGEST_NAME} printable characters."
        )


def check_settings(experiment: str, settings: Mapping[str, object]) -> None:
    """Check each setting by its rule in `RULES`.

    Parameters
    ----------
    experiment
        Name of the experiment.
    settings
        Values by name; names without a rule are ignored.
    """
    for setting, rule in RULES.items():
        rule.check(experiment, setting, settings[setting])


def check_arrays(
    experiment: str,
    features: object,
    importance: object,
    point_ids: object,
    coordinates: object,
    n_features: int,
) -> None:
    """Check the kinds and the shapes of an experiment's arrays.

    Parameters
    ----------
    experiment
        Name of the experiment.
    features
        The feature distribution; its density has shape (point, feature).
    importance
        Importances, shape (point, feature).
    point_ids
        Numbers of the points; only their kind is checked here.
    coordinates
        Arrays of shape (point,), by name.
    n_features
        Number of features.
    """
    if not isinstance(features, FeatureDistribution):
        rule = "must be a tms.features.FeatureDistribution"
        raise InvalidExperiment(f"{experiment}: features = {shown(features)}; it {rule}.")
    for name, values, kinds in (("importance", importance, "fiu"), ("point_ids", point_ids, "iu")):
        numbers = isinstance(values, np.ndarray) and values.dtype.kind in kinds
        require(experiment, name, values, numbers, "must be an array of numbers")
    assert isinstance(importance, np.ndarray)
    valid = np.isfinite(importance) & (importance >= 0)
    if not valid.all():
        raise InvalidExperiment(
            f"{experiment}: importance contains {importance[~valid][0]:g}; "
            f"every importance must be finite and not negative."
        )
    shape = (features.density.shape[0], n_features)
    for name, array in (("features.density", features.density), ("importance", importance)):
        if array.shape != shape:
            raise InvalidExperiment(
                f"{experiment}: {name} has shape {array.shape}; with {n_features} features and "
                f"{shape[0]} points it must be {shape}."
            )
    if not isinstance(coordinates, Mapping):
        rule = "must map names to arrays"
        raise InvalidExperiment(f"{experiment}: coordinates = {shown(coordinates)}; it {rule}.")
    for name, values in coordinates.items():
        if np.shape(values) != shape[:1]:
            raise InvalidExperiment(
                f"{experiment}: coordinate {name!r} has shape {np.shape(values)}; it must be {shape[:1]}."
            )


def check_size(experiment: str, instances: int, n_features: int, n_hidden: int) -> None:
    """Refuse a sweep with more weights than fit into memory."""
    if instances * n_features * n_hidden > _MOST_WEIGHTS:
        raise InvalidExperiment(
            f"{experiment}: {instances} instances of {n_features} x {n_hidden} weights "
            f"are too many, as at most {_MOST_WEIGHTS} weights fit."
        )


def check_checkpoints(experiment: str, checkpoints: Any, steps: int) -> None:
    """Refuse checkpoints that are not increasing steps of the training."""
    listed = isinstance(checkpoints, tuple | list)
    inside = listed and all(is_whole(step) and 0 <= step <= steps for step in checkpoints)
    increasing = inside and all(a < b for a, b in itertools.pairwise(checkpoints))
    rule = f"must hold increasing whole numbers from 0 to steps = {steps}"
    require(experiment, "checkpoints", checkpoints, increasing, rule)
