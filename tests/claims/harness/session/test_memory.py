"""Peak memory is measured where it occurs; that of training grows with the instances, not with the steps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from claims.harness.session import memory
from tests.helpers import memory_of_training
from tests.helpers.memory_of_training import peak_of
from tests.helpers.paths import ROOT

MIB = 2**20
# Features and hidden dimensions; from 512 weights on the fused engine has another kernel.
SMALL, LARGE = (4, 2), (32, 32)

pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device is here")


def taken(megabytes: int) -> int:
    with memory.peak("cpu") as peak:
        held = np.ones(megabytes * MIB, dtype=np.uint8)
        del held
    assert peak.bytes is not None
    return peak.bytes


def test_peak_is_that_of_memory_which_was_freed_again() -> None:
    assert taken(64) == pytest.approx(64 * MIB, abs=2 * MIB)


def test_a_peak_does_not_outlast_its_context() -> None:
    taken(128)
    assert taken(32) == pytest.approx(32 * MIB, abs=2 * MIB)


def test_peak_is_unknown_where_the_system_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_FORGET", Path("/nowhere/clear_refs"))
    with memory.peak("cpu") as peak:
        pass
    assert peak.bytes is None


def peaks_of(engine: str, size: tuple[int, int], *settings: tuple[int, int]) -> list[int]:
    """Peaks by instances and steps, in a process that holds nothing yet.

    What the allocator keeps of freed memory serves again without being counted, or lies beside what is used.
    Here it keeps little: arrays go back to the system when freed, and all threads share one heap.
    """
    root, script = ROOT, Path(memory_of_training.__file__)
    allocator = {"MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_ARENA_MAX": "1"}
    done = subprocess.run(
        [sys.executable, str(script), json.dumps([engine, size, *settings])],
        env={**os.environ, **allocator, "PYTHONPATH": str(root)}, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    peaks: list[int] = json.loads(done.stdout)
    return peaks


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_memory_of_training_is_linear_in_instances(engine: str) -> None:
    few, many = peaks_of(engine, LARGE, (1000, 2), (3000, 2))
    weights = 4 * 32 * 33
    assert few > 1000 * weights
    assert many == pytest.approx(3 * few, abs=3000 * weights), "but for one array that the allocator keeps"


@pytest.mark.parametrize(
    ("engine", "size", "instances", "more"),
    [("fused", SMALL, 120, 8000), ("fused", LARGE, 60, 8000), ("reference", SMALL, 1000, 1000)],
    ids=["fused, small models", "fused, large models", "reference"],
)
def test_memory_of_training_does_not_grow_with_steps(
    engine: str, size: tuple[int, int], instances: int, more: int
) -> None:
    short, long = peaks_of(engine, size, (instances, 50), (instances, 50 + more))
    one_number_a_step = 4 * instances * more
    assert long - short < one_number_a_step / 2


@needs_cuda
def test_memory_of_training_on_cuda_is_linear_in_instances_and_does_not_grow_with_steps() -> None:
    peak_of("auto", LARGE, 1000, 2, "cuda")
    few, many, long = (
        peak_of("auto", LARGE, *sizes, "cuda") for sizes in ((1000, 40), (3000, 40), (1000, 160))
    )
    assert few > 1000 * 4 * 32 * 33
    assert many == pytest.approx(3 * few, rel=0.1)
    assert long == pytest.approx(few, rel=0.05)
