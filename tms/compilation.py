"""Compile kernels ahead of their use, in another process, for Numba's cache on disk.

A process compiles one kernel at a time. On a fresh machine that takes a quarter of a minute in all, most of
it for the two kernels that train. Compiled code that cannot be stored helps no other process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from tms.engines import fused_cpu
from tms.engines.cpu import narrow, wide
from tms.experiment import Experiment, sweep
from tms.theory import _kernels, _quasi_newton
from tms.theory.exact import expected_loss
from tms.theory.optimum import global_optimum

THEORY: Final = "theory"
"""The kernels of the exact loss and of the descent to its optimum."""

ENTRY_POINTS: Final[dict[str, tuple[Any, ...]]] = {
    "narrow": (narrow.train_steps, narrow.held_out_loss),
    "wide": (wide.train_steps, wide.held_out_loss),
    THEORY: (_kernels.batch_loss_and_gradient, _quasi_newton.descend_all),
}
"""The compiled functions that Python calls, by the name of their group."""


def engine_kernels(experiments: Iterable[Experiment]) -> list[str]:
    """Name the groups of kernels with which the fused CPU engine trains, in the order of their first use.

    Parameters
    ----------
    experiments
        The experiments to train, in order.
    """
    used: dict[str, None] = {}
    for experiment in experiments:
        # Instances with the most active features are trained first; `narrow` trains those of a mixed stack.
        chosen = {fused_cpu.kernel_of(experiment, empty) for empty in fused_cpu.empty_shares(experiment)}
        used |= dict.fromkeys(name for name, module in _ENGINE.items() if module in chosen)
        if len(used) == len(_ENGINE):
            break
    return list(used)


def is_stored(group: str) -> bool:
    """Whether Numba's cache holds a group of kernels, perhaps for other settings or another processor.

    Parameters
    ----------
    group
        A key of `ENTRY_POINTS`.
    """
    return all(map(_has_index, ENTRY_POINTS[group]))


def compile_group(group: str) -> None:
    """Compile a group of kernels, which Numba then stores.

    They are used on the smallest problem that uses them, so that their signatures are those of real work.

    Parameters
    ----------
    group
        A key of `ENTRY_POINTS`.
    """
    _COMPILING[group]()


def _has_index(kernel: Any) -> bool:
    folder, function = kernel.stats.cache_path, kernel.py_func
    if folder is None:
        return False
    module = function.__module__.rpartition(".")[2]
    version = f"py{sys.version_info.major}{sys.version_info.minor}"
    return any(Path(folder).glob(f"{module}.{function.__qualname__}-*.{version}*.nbi"))


def _train(n: int, m: int) -> None:
    smallest = sweep(
        "compilation",
        n_features=n,
        n_hidden=m,
        architecture="relu_output",
        density=1.0,
        seeds=1,
        steps=1,
        batch_size=1,
        learning_rate=1e-3,
        held_out=1,
    )
    fused_cpu.run(smallest, lambda _steps: None, threads=1)


def _find_optimum() -> None:
    expected_loss([[1.0]], [0.0], density=0.5)
    global_optimum(1, density=[0.5], importance=[1.0], random_starts=2)


_ENGINE: Final = {"narrow": narrow, "wide": wide}
_COMPILING: Final[dict[str, Callable[[], None]]] = {
    "narrow": lambda: _train(2, 1),
    "wide": lambda: _train(64, 64),
    THEORY: _find_optimum,
}
