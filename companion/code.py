"""The settings of an experiment as values and as code, so that a chapter and its code train the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tms import Experiment, sweep


@dataclass(frozen=True)
class Written:
    """A value with the expression that makes it.

    Parameters
    ----------
    value
        The value.
    expression
        Python code that has this value.
    """

    value: Any
    expression: str


def experiment_of(name: str, settings: Mapping[str, Any]) -> Experiment:
    """Build the experiment of a name and the arguments of `tms.sweep`, of which some are `Written`."""
    plain = {key: each.value if isinstance(each, Written) else each for key, each in settings.items()}
    return sweep(name, **plain)


def sweep_code(name: str, settings: Mapping[str, Any]) -> str:
    """Write the call of `tms.sweep` that `experiment_of` makes."""
    written = [
        f"{key}={each.expression if isinstance(each, Written) else repr(each)}"
        for key, each in settings.items()
    ]
    return f'tms.sweep("{name}", {", ".join(written)})'
