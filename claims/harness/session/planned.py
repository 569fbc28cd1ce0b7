"""What the selected claims will train, as far as it can be read off their code."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

import pytest

from tms import paper
from tms.experiment import Experiment


@dataclass(frozen=True)
class Plan:
    """The work before a run of another implementation.

    Parameters
    ----------
    experiments
        The experiments that the selected claims name.
    is_complete
        Whether these are all. Some experiments depend on arguments, which are known when a claim runs.
    """

    experiments: tuple[Experiment, ...]
    is_complete: bool

    def __str__(self) -> str:
        """Count experiments, models and optimizer steps."""
        models = sum(experiment.n_instances for experiment in self.experiments)
        steps = sum(experiment.n_instances * experiment.steps for experiment in self.experiments)
        least = "" if self.is_complete else "at least "
        return (
            f"to train: {least}{len(self.experiments)} experiments, {models:,} models, "
            f"{steps:,} steps of single models"
        )


def plan_of(items: Iterable[pytest.Item], profile: str) -> Plan:
    """Collect the experiments of `tms.paper` that the tests of claims name.

    Parameters
    ----------
    items
        The selected tests; those that are marked to be skipped do not count.
    profile
        Scale of the experiments.
    """
    named: dict[str, Callable[..., Any]] = {}
    for item in items:
        if item.get_closest_marker("skip") is None and isinstance(item, pytest.Function):
            parameters = getattr(item, "callspec", None)
            values = parameters.params.values() if parameters else ()
            for function in (*_factories(values), *_used_by(item.function, set())):
                named[function.__name__] = function
    exact = [function for function in named.values() if _takes_a_profile(function)]
    experiments = tuple(function(profile) for function in exact)
    return Plan(experiments, is_complete=len(exact) == len(named))


def _used_by(function: Callable[..., Any], seen: set[CodeType]) -> Iterator[Callable[..., Any]]:
    """List the experiments that a function names, itself or through functions of its module."""
    bare = inspect.unwrap(function)
    if not isinstance(bare, FunctionType) or bare.__code__ in seen:
        return
    seen.add(bare.__code__)
    for name in _names(bare.__code__):
        yield from _factories([getattr(paper, name, None)])
        value = bare.__globals__.get(name)
        if isinstance(value, FunctionType) and value.__module__ == bare.__module__:
            yield from _used_by(value, seen)
        elif isinstance(value, list | tuple):
            yield from _factories(value)
        elif isinstance(value, dict):
            yield from _factories([*value, *value.values()])


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _factories(values: Iterable[object]) -> Iterator[Callable[..., Any]]:
    for value in values:
        if isinstance(value, FunctionType) and value.__module__.startswith(f"{paper.__name__}."):
            yield value


def _takes_a_profile(function: Callable[..., Any]) -> bool:
    return list(inspect.signature(function).parameters) == ["profile"]
