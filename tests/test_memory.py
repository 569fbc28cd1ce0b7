"""Peak memory is measured where it occurs; that of training grows with the instances, not with the steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from claims import memory
from tms.experiment import Experiment, sweep
from tms.training import train

MIB = 2**20

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


def stack(instances: int, steps: int) -> Experiment:
    return sweep(
        f"test/memory-{instances}", architecture="relu_output", n_features=32, n_hidden=32, density=0.01,
        seeds=instances, steps=steps, batch_size=2, learning_rate=1e-3, held_out=1,
    )  # fmt: skip


def peak_of(engine: str, instances: int, steps: int, device: str = "cpu") -> int:
    with memory.peak(device) as peak:
        train(stack(instances, steps), engine=engine, device=device)
    assert peak.bytes is not None
    return peak.bytes


# Autograd frees and takes tensors every step, and the allocator's leftovers come and go by a third.
ENGINES = [pytest.param("fused", 0.05, id="fused"), pytest.param("reference", 0.35, id="reference")]


@pytest.fixture(autouse=True, scope="module")
def _compiled() -> None:
    for engine in ("fused", "reference"):
        train(stack(2, 2), engine=engine, device="cpu")


@pytest.mark.parametrize(("engine", "noise"), ENGINES)
def test_memory_of_training_is_linear_in_instances(engine: str, noise: float) -> None:
    peak_of(engine, 3000, 2)
    few, many = (peak_of(engine, instances, 2) for instances in (1000, 3000))
    assert few > 1000 * 4 * 32 * 33
    assert many == pytest.approx(3 * few, rel=noise)


@pytest.mark.parametrize(("engine", "noise"), ENGINES)
def test_memory_of_training_does_not_grow_with_steps(engine: str, noise: float) -> None:
    peak_of(engine, 1000, 50)
    short, long = (peak_of(engine, 1000, steps) for steps in (40, 160))
    assert long == pytest.approx(short, rel=noise)


@needs_cuda
def test_memory_of_training_on_cuda_is_linear_in_instances_and_does_not_grow_with_steps() -> None:
    peak_of("auto", 1000, 2, "cuda")
    few, many, long = (peak_of("auto", *size, "cuda") for size in ((1000, 40), (3000, 40), (1000, 160)))
    assert few > 1000 * 4 * 32 * 33
    assert many == pytest.approx(3 * few, rel=0.1)
    assert long == pytest.approx(few, rel=0.05)
