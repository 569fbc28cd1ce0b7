"""The stacks that are compared: peers, and the engines of tms that this machine can run.

A stack is the software that trains a model: the notebook loop, the loop after torch.compile, a compiled scan
in JAX, an engine of tms, or another implementation that the command line names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from claims.harness.records.throughput import COMPILED, NOTEBOOK, OWN, SCAN
from claims.harness.session.implementation import Implementation
from tests.benchmarks.peers import compiled, scan
from tests.benchmarks.peers.notebook import notebook_loop
from tests.benchmarks.trainers import Run, Trainer
from tms.experiment import Experiment
from tms.training import DEVICES, resolve, train


@dataclass(frozen=True)
class Stack:
    """One way to train an experiment on one kind of device.

    Parameters
    ----------
    name
        Name in the table.
    device
        "cpu" or "cuda".
    prepare
        Function that compiles what can be compiled for an experiment and returns its trainer.
    """

    name: str
    device: str
    prepare: Callable[[Experiment], Trainer]

    def __str__(self) -> str:
        """Return the stack's part of a test id."""
        return f"{self.name.replace(' ', '_')}-{self.device}"


def devices() -> list[str]:
    """List the kinds of device that this machine has."""
    return [device for device in DEVICES if device != "auto" and _runs("reference", device)]


def notebook(device: str) -> Stack:
    """Return the stack that all others on a device are compared with."""
    return Stack(NOTEBOOK, device, partial(notebook_loop, device=device))


def compared() -> Iterator[Stack]:
    """List the other stacks that this machine can run, device by device, peers before engines."""
    for device in devices():
        if compiled.missing(device) is None:
            yield Stack(COMPILED, device, partial(compiled.compiled_loop, device=device))
        if scan.missing(device) is None:
            yield Stack(SCAN, device, partial(scan.compiled_scan, device=device))
        for engine in OWN:
            if _runs(engine, device):
                yield Stack(engine, device, partial(_training, {"engine": engine, "device": device}))


def given(implementation: Implementation, device: str) -> Stack:
    """Return the stack of another implementation, which trains as `tms replicate` lets it train.

    Weight decay is left out, because few experiments of the paper need it and many implementations lack it.
    """
    settings = {implementation.seam: implementation.function, "device": device}

    def prepare(experiment: Experiment) -> Trainer:
        return _training(settings, replace(experiment, weight_decay=0.0))

    return Stack(implementation.name, device, prepare)


def left_out() -> Iterator[str]:
    """Name each peer that this machine cannot run, with its missing requirement."""
    for device in devices():
        for name, peer in ((COMPILED, compiled), (SCAN, scan)):
            if requirement := peer.missing(device):
                yield f"{name} on {device} is left out: it needs {requirement}."


def _training(settings: dict[str, Any], experiment: Experiment) -> Trainer:
    def trainer(steps: int) -> Run:
        prolonged = replace(experiment, steps=steps)
        return lambda: train(prolonged, **settings).parameters

    return trainer


def _runs(engine: str, device: str) -> bool:
    try:
        resolve(engine, device)
    except ValueError:
        return False
    return True
