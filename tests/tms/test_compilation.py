"""Kernels that are compiled ahead are those that real work uses, and the cache on disk is recognised."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.helpers.small import VARIANTS, ignore, small
from tms import compilation, sources
from tms.compilation import ENTRY_POINTS, THEORY, compile_group, engine_kernels, is_stored
from tms.engines import fused_cpu
from tms.engines.cpu import narrow, wide
from tms.theory import expected_loss, global_optimum

NARROW_ONE = small(name="narrow", n_features=5, n_hidden=2)
WIDE_ONE = small(name="wide", n_features=64, n_hidden=64, density=0.5)
# Dense inputs are for `narrow` at this size, inputs that are mostly empty for `wide`.
MIXED_ONE = small(name="mixed", n_features=40, n_hidden=20, density=[[1.0], [0.001]])


def test_engine_kernels_are_named_in_the_order_of_their_first_use() -> None:
    assert engine_kernels([]) == []
    assert engine_kernels([NARROW_ONE, NARROW_ONE]) == ["narrow"]
    assert engine_kernels([NARROW_ONE, WIDE_ONE]) == ["narrow", "wide"]
    assert engine_kernels([WIDE_ONE, NARROW_ONE]) == ["wide", "narrow"]
    assert engine_kernels([MIXED_ONE]) == ["narrow", "wide"]


@pytest.mark.parametrize("experiment", [NARROW_ONE, WIDE_ONE, MIXED_ONE], ids=lambda each: each.name)
def test_engine_trains_with_the_kernels_that_are_named(
    experiment: compilation.Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = set()

    def noting(name: str, prepare: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*arguments: Any) -> Any:
            used.add(name)
            return prepare(*arguments)

        return noted

    for name, module in (("narrow", narrow), ("wide", wide)):
        monkeypatch.setattr(module, "new_work", noting(name, module.new_work))
    fused_cpu.run(experiment, ignore)
    assert used == set(engine_kernels([experiment]))


def test_groups_have_the_signatures_of_real_work() -> None:
    for group in ENTRY_POINTS:
        compile_group(group)
    for variant in VARIANTS.values():
        fused_cpu.run(small(**variant, steps=2), ignore)
    fused_cpu.run(WIDE_ONE, ignore)
    W = np.random.default_rng(0).standard_normal((4, 3, 2))
    expected_loss(W, np.zeros((4, 3)), density=0.5, importance=[1.0, 0.5, 0.2])
    global_optimum(2, density=np.full((2, 3), 0.5), importance=[1.0, 0.5, 0.2], bias=False, random_starts=4)
    kernels = [kernel for group in ENTRY_POINTS.values() for kernel in group]
    assert {len(kernel.signatures) for kernel in kernels} == {1}


@pytest.mark.skipif(not sources.compiled_code_is_stored(), reason="compiled code cannot be stored here")
def test_group_that_was_compiled_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_group(THEORY)
    assert is_stored(THEORY)
    first, second = ENTRY_POINTS[THEORY]
    elsewhere = SimpleNamespace(stats=SimpleNamespace(cache_path=str(tmp_path)), py_func=second.py_func)
    monkeypatch.setitem(ENTRY_POINTS, THEORY, (first, elsewhere))
    assert not is_stored(THEORY)
    nowhere = SimpleNamespace(stats=SimpleNamespace(cache_path=None), py_func=second.py_func)
    monkeypatch.setitem(ENTRY_POINTS, THEORY, (first, nowhere))
    assert not is_stored(THEORY)
