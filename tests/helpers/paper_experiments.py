"""The functions of `tms.paper` that make experiments, and the members of families that claims train."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, Final, get_type_hints

from tms import paper
from tms.experiment import Experiment
from tms.models import ACTIVATIONS
from tms.paper import ExperimentFactory


def makers() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public function of a section that makes an experiment, or a function that does."""
    for found in pkgutil.iter_modules(paper.__path__, f"{paper.__name__}."):
        for name, function in inspect.getmembers(importlib.import_module(found.name), inspect.isfunction):
            makes = get_type_hints(function).get("return") in (Experiment, ExperimentFactory)
            if makes and function.__module__ == found.name and not name.startswith("_"):
                yield name, function


def takes_profile(function: Callable[..., Any]) -> bool:
    return list(inspect.signature(function).parameters) == ["profile"]


def penalties() -> list[tuple[Any, ...]]:
    return [(coefficient,) for coefficient in sorted(set().union(*paper.L1_COEFFICIENTS.values()))]


def competitions() -> list[tuple[Any, ...]]:
    shortest_to_longest = [(paper.PRESSURES[-1], steps) for steps in paper.LENGTHS]
    return [*shortest_to_longest, *((n, paper.LENGTHS[-1]) for n in paper.PRESSURES[:-1])]


FAMILIES: Final[dict[str, list[tuple[Any, ...]]]] = {
    "vulnerable_at": [(20, 5), (50, 5), (100, 10), (100, 20, 0.97)],
    "adversarial_training": [(20, 4), (80, 8)],
    "transferable": [(True,), (False,)],
    "hidden_l1": penalties(),
    "activation_diagram": [(name,) for name in ACTIVATIONS],
    "atlas": list(paper.ATLAS_SIZES),
    "uniform_of_size": [(index,) for index in range(len(paper.SIZES["paper"]))],
    "competition": competitions(),
    "learned_with": [(size,) for size in paper.LEARNED_SIZES],
    "many_features": [(count,) for count in paper.FEATURE_COUNTS],
}
"""For each function that makes a family of experiments, the arguments of the members that claims train."""

MAKERS: Final = dict(makers())
"""Every function of `tms.paper` that makes an experiment or a family, by its name."""

FACTORIES: Final[dict[str, ExperimentFactory]] = {
    name: function for name, function in MAKERS.items() if takes_profile(function)
} | {
    f"{family}{arguments}": MAKERS[family](*arguments)
    for family in filter(MAKERS.__contains__, FAMILIES)
    for arguments in FAMILIES[family]
}
"""Every experiment of the claims as a function of the profile, by the call that makes it."""
