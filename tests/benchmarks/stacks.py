"""The ways to train that are compared: peers, and the engines of tms that this machine can run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from benchmarks.peers import notebook_loop
from tms.experiment import Experiment
from tms.training import DEVICES, ENGINES, resolve, train

NOTEBOOK: Final = "notebook loop"


@dataclass(frozen=True)
class Stack:
    """One way to train an experiment on one kind of device.

    Parameters
    ----------
    name
        Name in the table.
    device
        "cpu" or "cuda".
    train
        Trains an experiment from its first step to its last; returns when the weights are on the CPU.
    """

    name: str
    device: str
    train: Callable[[Experiment], object]

    def __str__(self) -> str:
        """Name the stack in a test's id."""
        return f"{self.name.replace(' ', '_')}-{self.device}"


def available() -> Iterator[Stack]:
    """List what this machine can run, device by device, the notebook loop first."""
    for device in DEVICES:
        if device == "auto" or not _runs("reference", device):
            continue
        yield Stack(NOTEBOOK, device, partial(notebook_loop, device=device))
        for engine in ENGINES:
            if engine != "auto" and _runs(engine, device):
                yield Stack(engine, device, partial(train, engine=engine, device=device))


def _runs(engine: str, device: str) -> bool:
    try:
        resolve(engine, device)
    except ValueError:
        return False
    return True
