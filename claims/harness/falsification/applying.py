"""How a mistake gets into the code under test, which knows nothing of it: functions replaced for a while."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property, partial, wraps
from types import ModuleType
from typing import Any, Final

from torch import Tensor, nn

from claims.harness.session.trained_models import Experiments
from tms import training
from tms.engines import reference
from tms.engines.result import Progress, Result
from tms.experiment import Experiment
from tms.features import sample
from tms.training import Trained

Function = Callable[..., Any]
Train = Callable[..., Trained]

_UNDER_TEST: Final = ("tms", "claims")


@contextmanager
def instead_of(right: Function, wrong: Function) -> Iterator[None]:
    """Replace a function wherever a module of `tms` or of the claims holds it under any name.

    Parameters
    ----------
    right
        The function to replace.
    wrong
        Called with the function that it replaces, then with what that was called with.
    """
    stand_in = wraps(right)(partial(wrong, right))
    held = [(module, name) for module in _modules() for name, value in vars(module).items() if value is right]
    if not held:
        raise LookupError(f"no module holds {right.__module__}.{right.__qualname__}; nothing to replace.")
    with ExitStack() as stack:
        for module, name in held:
            stack.enter_context(attribute(module, name, stand_in))
        yield


@contextmanager
def attribute(owner: object, name: str, value: object) -> Iterator[None]:
    """Set an attribute of a module or a class, and set it back."""
    former = vars(owner)[name]
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, former)


@contextmanager
def together(*contexts: Any) -> Iterator[None]:
    """Enter several contexts."""
    with ExitStack() as stack:
        for context in contexts:
            stack.enter_context(context)
        yield


def trained_as(change: Callable[[Experiment], Experiment]) -> Any:
    """Train another experiment than the one that was asked for, and pass its models off as that one's."""

    def wrong(right: Train, experiment: Experiment, **options: Any) -> Trained:
        return replace(right(change(experiment), **options), experiment=experiment)

    return instead_of(training.train, wrong)


def built_as(change: Callable[[nn.Module, Experiment], nn.Module]) -> Any:
    """Let the reference engine build another model from the right one.

    A model that is trained for a purpose of its own, as under attack, stays as it is.
    """

    def wrong(
        right: Function, experiment: Experiment, device: str, progress: Progress, *rest: Any, **options: Any
    ) -> Result:
        if not rest and "factory" not in options:
            options["factory"] = lambda asked: change(reference.build(asked), asked)
        result: Result = right(experiment, device, progress, *rest, **options)
        return result

    return instead_of(reference.run, wrong)


def modelled_as(change: Callable[[nn.Module, Experiment], nn.Module]) -> Any:
    """Train another model, made from the right one, with the reference engine."""
    return together(by_reference(), built_as(change))


def by_reference() -> Any:
    """Train with the reference engine, whose parts are Python and can be replaced."""

    def wrong(right: Train, experiment: Experiment, **options: Any) -> Trained:
        return right(experiment, **(options | {"engine": "reference"}))

    return instead_of(training.train, wrong)


def sampled_as(change: Callable[[Tensor], Tensor]) -> Any:
    """Draw inputs that are changed, in training and in every measurement."""

    def wrong(right: Function, *args: Any, **options: Any) -> Tensor:
        return change(right(*args, **options))

    return together(by_reference(), instead_of(sample, wrong))


def handed_out_as(change: Callable[[Trained], Trained]) -> Any:
    """Change what was trained before claims see it; once an experiment, as claims keep what they compute."""
    changed: dict[int, tuple[Trained, Trained]] = {}

    def wrong(self: Experiments, factory: Callable[[str], Experiment]) -> Trained:
        trained = right(self, factory)
        if id(trained) not in changed:
            changed[id(trained)] = trained, change(trained)
        return changed[id(trained)][1]

    right = Experiments.__call__
    return attribute(Experiments, "__call__", wrong)


def with_parameters(trained: Trained, change: Callable[[str, Tensor], Tensor]) -> Trained:
    """Change every parameter of every model, those of trials and checkpoints too."""

    def of(parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {name: change(name, values) for name, values in parameters.items()}

    history = trained.history and replace(trained.history, parameters=of(trained.history.parameters))
    return replace(
        trained,
        parameters=of(trained.parameters),
        trial_parameters=of(trained.trial_parameters),
        history=history,
    )


def with_property(experiment: Experiment, **values: object) -> Experiment:
    """Copy an experiment and fill some of its cached properties beforehand."""
    copy = replace(experiment)
    for name, value in values.items():
        assert isinstance(vars(Experiment)[name], cached_property)
        vars(copy)[name] = value
    return copy


def _modules() -> list[ModuleType]:
    return [
        module
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in _UNDER_TEST and not name.startswith("claims.harness.falsification")
    ]
