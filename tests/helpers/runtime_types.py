"""Checks of annotated types and array shapes at run time, for the modules of tms that tests import."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Self, get_args

import jaxtyping
from beartype import BeartypeConf, beartype
from jaxtyping import install_import_hook
from numpy.typing import ArrayLike

# The compiled kernels cannot be decorated, and tms.theory checks its arguments itself.
MODULES: Final = (
    "tms.random_streams",
    "tms.features",
    "tms.models",
    "tms.experiment",
    "tms.analysis.geometry",
    "tms.training",
    "tms.paper",
    "tms.engines.result",
    "tms.engines.reference",
    "tms.engines.fused_cpu",
    "tms.engines.fused_cuda",
    "tms.engines.cuda.layout",
    "tms.engines.cuda.plan",
    "tms.engines.cuda.stack",
)
_NUMBERS: Final = BeartypeConf(is_pep484_tower=True)


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Check a function's arguments and result at run time.

    Two kinds of annotation are left out: beartype cannot resolve `Self` outside its class, and rejects tuples
    where NumPy's `ArrayLike` allows them.
    """
    function.__annotations__ = {
        name: hint for name, hint in function.__annotations__.items() if not _cannot_be_checked(hint)
    }
    return beartype(conf=_NUMBERS)(function)


def _cannot_be_checked(hint: object) -> bool:
    parts = get_args(hint)
    return hint is Self or all(kind in parts for kind in get_args(ArrayLike))


def install() -> None:
    """Check every module of `MODULES` that is imported from now on."""
    install_import_hook(MODULES, f"{__name__}.checked")


@contextmanager
def suspended() -> Iterator[None]:
    """Leave wrong types to the code itself, as in a program that checks nothing at run time."""
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        yield
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)
