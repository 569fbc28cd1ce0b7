"""Descriptions of experiments that can be read in a diff, one line for each setting."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from tms.experiment import Experiment
from tms.paper import PROFILES, ExperimentFactory

LONG: Final = 60
"""Most numbers of an array that are listed; of longer ones the first, the last and a digest are shown."""


def description(experiment: Experiment) -> dict[str, str]:
    """Describe every setting of an experiment, and how it shows that its models converged."""
    settings: dict[str, str] = {}
    for entry in dataclasses.fields(experiment):
        value = getattr(experiment, entry.name)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            settings[entry.name] = type(value).__name__
            parts = {part.name: getattr(value, part.name) for part in dataclasses.fields(value)}
            settings |= {f"{entry.name}.{name}": shown(part) for name, part in parts.items()}
        elif entry.name == "coordinates":
            settings |= {f"coordinates.{name}": shown(part) for name, part in value.items()}
        else:
            settings[entry.name] = shown(value)
    return settings


def shown(value: Any) -> str:
    """Show a setting: a function by its name, an array by its numbers."""
    if isinstance(value, np.ndarray):
        return _array(value)
    if callable(value):
        return f"{value.__module__}.{value.__qualname__}"
    if isinstance(value, tuple) and len(value) > LONG:
        return _array(np.array(value))
    return str(value)


def descriptions(factories: Iterable[ExperimentFactory]) -> str:
    """Describe experiments at every profile as JSON; a setting that all profiles share is stated once."""
    found: dict[str, dict[str, Any]] = {}
    for make in factories:
        every = {profile: description(make(profile)) for profile in PROFILES}
        names = list(dict.fromkeys(name for settings in every.values() for name in settings))
        by_setting = {
            name: {profile: every[profile].get(name, "missing") for profile in PROFILES} for name in names
        }
        found[every[PROFILES[-1]]["name"]] = {
            name: values[PROFILES[0]] if len(set(values.values())) == 1 else values
            for name, values in by_setting.items()
        }
    return "{\n" + ",\n".join(_entry(name, found[name]) for name in sorted(found)) + "\n}\n"


def _entry(name: str, settings: dict[str, Any]) -> str:
    lines = (f" {json.dumps(setting)}: {json.dumps(value)}" for setting, value in settings.items())
    return f"{json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n}"


def _array(array: np.ndarray) -> str:
    """Show an array (point,) or (point, feature): one number if all are equal, one row if all rows are."""
    rounded = array if array.dtype.kind in "iub" else np.array([float(f"{each:.9g}") for each in array.flat])
    rounded = rounded.reshape(array.shape)
    if rounded.size and (rounded == rounded.flat[0]).all():
        return f"{rounded.flat[0]:.9g}"
    if rounded.ndim == 2 and (rounded == rounded[:1]).all():
        return f"at every point {_numbers(rounded[0])}"
    if rounded.ndim == 2 and (rounded == rounded[:, :1]).all():
        return f"of every feature {_numbers(rounded[:, 0])}"
    rows = rounded if rounded.ndim == 2 else rounded[None]
    return _numbers(rounded.ravel()) if len(rows) == 1 else "; ".join(_columns(rows))


def _columns(rows: np.ndarray) -> Iterable[str]:
    """Show each feature's column of an array (point, feature), features with the same numbers together."""
    columns: dict[str, list[int]] = {}
    for feature, column in enumerate(rows.T):
        same = (column == column[0]).all()
        columns.setdefault(f"{column[0]:.9g}" if same else _numbers(column), []).append(feature)
    for numbers, features in columns.items():
        yield f"feature {', '.join(map(str, features))}: {numbers}"


def _numbers(values: np.ndarray) -> str:
    texts = [f"{each:.9g}" for each in values]
    if len(texts) <= LONG:
        return ", ".join(texts)
    digest = hashlib.sha256(",".join(texts).encode()).hexdigest()[:12]
    return f"{len(texts)} numbers from {texts[0]} to {texts[-1]} (digest {digest})"
