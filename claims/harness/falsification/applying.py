"""Make a mistake in code that knows nothing of it: replace functions while a context is open."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property, partial, wraps
from types import ModuleType
from typing import Any, Final

from torch import Tensor, nn

from claims.harness.session.trained_models import TrainedModels
from tms import training
from tms.engines import batches, reference
from tms.engines.result import Progress, Result
from tms.experiment import Experiment
from tms.features import sample
from tms.training import Trained

Function = Callable[..., Any]
Train = Callable[..., Trained]

_REPLACED_IN: Final = ("tms", "claims")
"""Packages whose modules get the wrong function."""

_KEPT_IN: Final = "claims.harness.falsification"
"""The package whose modules keep the right function: mistakes are made from it."""


@contextmanager
def instead_of(right: Function, wrong: Function) -> Iterator[None]:
    """Replace a function in every module of `tms` and `claims` that holds it, under any name.

    Parameters
    ----------
    right
        The function to replace.
    wrong
        The function to call instead. Its first argument is the right function, the others are those of the
        call.

    Raises
    ------
    LookupError
        If no module holds the function.
    """
    stand_in = wraps(right)(partial(wrong, right))
    places = [
        (module, name) for module in modules() for name, value in vars(module).items() if value is right
    ]
    if not places:
        raise LookupError(f"no module holds {right.__module__}.{right.__qualname__}; nothing to replace.")
    with ExitStack() as stack:
        for module, name in places:
            stack.enter_context(attribute(module, name, stand_in))
        yield


@contextmanager
def attribute(owner: object, name: str, value: object) -> Iterator[None]:
    """Set an attribute of a module or a class while the context is open."""
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
    """Train a changed experiment, and return its models as those of the right one."""

    def wrong(right: Train, experiment: Experiment, **options: Any) -> Trained:
        return replace(right(change(experiment), **options), experiment=experiment)

    return instead_of(training.train, wrong)


def built_as(change: Callable[[nn.Module, Experiment], nn.Module]) -> Any:
    """Let the reference engine train a changed model.

    Code that passes a model factory of its own, such as adversarial training, still trains that model.
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
    """Train a changed model with the reference engine, whichever engine the run uses."""
    return together(by_reference(), built_as(change))


def by_reference() -> Any:
    """Train with the reference engine: its parts are Python functions, which can be replaced."""

    def wrong(right: Train, experiment: Experiment, **options: Any) -> Trained:
        return right(experiment, **(options | {"engine": "reference"}))

    return instead_of(training.train, wrong)


def sampled_as(change: Callable[[Tensor], Tensor]) -> Any:
    """Change all inputs that are drawn, in training and in measurements."""

    def wrong(right: Function, *args: Any, **options: Any) -> Tensor:
        return change(right(*args, **options))

    by_sample = instead_of(batches.can_compile, lambda *_: False)
    return together(by_reference(), by_sample, instead_of(sample, wrong))


def handed_out_as(change: Callable[[Trained], Trained]) -> Any:
    """Change trained models before claims see them.

    Each experiment is changed once, because claims share what they compute from the same object.
    """
    changed: dict[int, tuple[Trained, Trained]] = {}

    def wrong(self: TrainedModels, factory: Callable[[str], Experiment]) -> Trained:
        trained = right(self, factory)
        if id(trained) not in changed:
            changed[id(trained)] = trained, change(trained)
        return changed[id(trained)][1]

    right = TrainedModels.__call__
    return attribute(TrainedModels, "__call__", wrong)


def with_parameters(trained: Trained, change: Callable[[str, Tensor], Tensor]) -> Trained:
    """Change every parameter of every model, also of trials and checkpoints."""

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
    """Copy an experiment and set some of its cached properties."""
    copy = replace(experiment)
    for name, value in values.items():
        assert isinstance(vars(Experiment)[name], cached_property)
        vars(copy)[name] = value
    return copy


def modules() -> list[ModuleType]:
    """List the imported modules in which `instead_of` replaces functions."""
    return [
        module
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in _REPLACED_IN and not (name + ".").startswith(_KEPT_IN + ".")
    ]
