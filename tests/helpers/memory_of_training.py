"""Program that prints the peak memory of training on the CPU, as JSON; it needs a process of its own."""

from __future__ import annotations

import json
import sys

from claims.harness.session import memory
from tms.experiment import Experiment, sweep
from tms.training import train


def stack(size: tuple[int, int], instances: int, steps: int) -> Experiment:
    """Build an experiment of models with `size` features and hidden dimensions."""
    n_features, n_hidden = size
    return sweep(
        f"test/memory-{instances}", architecture="relu_output", n_features=n_features, n_hidden=n_hidden,
        density=0.01, seeds=instances, steps=steps, batch_size=2, learning_rate=1e-3, held_out=1,
    )  # fmt: skip


def peak_of(engine: str, size: tuple[int, int], instances: int, steps: int, device: str = "cpu") -> int:
    """Train a stack of instances and return its peak memory in bytes."""
    with memory.peak(device) as peak:
        train(stack(size, instances, steps), engine=engine, device=device)
    assert peak.bytes is not None
    return peak.bytes


if __name__ == "__main__":
    engine, size, short, long = json.loads(sys.argv[1])
    train(stack(size, 2, 2), engine=engine, device="cpu")  # compiles
    peak_of(engine, size, *short)
    print(json.dumps([peak_of(engine, size, *settings) for settings in (short, long)]))
