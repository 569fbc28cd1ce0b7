"""Kernels that a run will need, compiled in a worker process while this one compiles the first."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from claims.harness.session.options import Options
from claims.harness.session.planned import plan_of
from claims.harness.workers import WorkerPool
from tms import compilation, processors, sources


def compile_ahead(pool: WorkerPool, options: Options, items: Iterable[pytest.Item]) -> None:
    """Submit the compilation of kernels that are not stored yet, in the order in which they will be needed.

    The kernels of the first experiment are left out: this process needs them at once.

    Parameters
    ----------
    pool
        The pool of workers.
    options
        The parsed options.
    items
        The selected tests, in order.
    """
    for group in groups_ahead(options, items):
        pool.submit(compilation.compile_group, group)


def groups_ahead(options: Options, items: Iterable[pytest.Item]) -> list[str]:
    """Name the groups of kernels that a worker should compile; none where that cannot help.

    Parameters
    ----------
    options, items
        As for `compile_ahead`.
    """
    implementation = options.implementation
    trains_fused = options.requested_engine != "reference" and options.device == "cpu"
    if not trains_fused or (implementation and implementation.seam == "trainer"):
        return []
    if not sources.compiled_code_is_stored() or processors.available() < 2:
        return []
    lacking = {group for group in compilation.ENTRY_POINTS if not compilation.is_stored(group)}
    if not lacking:
        return []
    used = compilation.engine_kernels(plan_of(items, options.profile).experiments)
    later = [*used[1:], compilation.THEORY] if used else []
    return [group for group in later if group in lacking]
