"""The fused CUDA engine: Triton kernels that train many steps of every instance without work on the host."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Mapping
from typing import Final

import torch
from torch import Tensor

from tms.engines.cuda.plan import Plan, plan_of
from tms.engines.cuda.stack import Stack
from tms.engines.result import Progress, Result
from tms.experiment import Experiment

OLDEST_TRITON: Final = (3, 6)
LAUNCH_WORK: Final = 2**38
"""Multiplications between two reports of progress: a fraction of a second on any GPU."""


def lacking() -> str | None:
    """Name the software that the engine needs and does not find, in a few words; None if all is there."""
    try:
        version = importlib.metadata.version("triton")
    except importlib.metadata.PackageNotFoundError:
        return "Triton is not installed"
    if tuple(map(int, version.split(".")[:2])) < OLDEST_TRITON:
        return f"Triton {version} is older than {'.'.join(map(str, OLDEST_TRITON))}"
    return None


def segments(experiment: Experiment, work: int) -> Iterator[tuple[int, int]]:
    """Split the steps of training into launches, as pairs (start, stop).

    A launch ends at every checkpoint, after the first step if step 0 is a checkpoint, and when it has done
    `LAUNCH_WORK`.

    Parameters
    ----------
    experiment
        The experiment to train.
    work
        Multiplications in one step of all instances.
    """
    longest = max(1, LAUNCH_WORK // work)
    ends = {*experiment.checkpoints, experiment.steps} - {0}
    if 0 in experiment.checkpoints:
        ends.add(1)
    start = 0
    for end in sorted(ends):
        for at in range(start, end, longest):
            yield at, min(at + longest, end)
        start = end


def run(
    experiment: Experiment,
    progress: Progress,
    device: str = "cuda",
    plan: Plan | None = None,
    weights: Mapping[str, Tensor] | None = None,
) -> Result:
    """Train every instance of an experiment with the fused kernels.

    Parameters
    ----------
    experiment
        The experiment to train.
    progress
        Called with the number of instance-steps since the last call.
    device, plan, weights
        As in `Stack`; the default plan is the one for the experiment, in float32 throughout.
    """
    stack, count = Stack(experiment, plan or plan_of(experiment), device, weights), experiment.n_instances
    work = count * experiment.n_features * experiment.n_hidden * experiment.batch_size * 6
    kept: list[dict[str, Tensor]] = []
    kept_loss: list[Tensor] = []
    pending = list(experiment.checkpoints)
    begun, before = 0, torch.zeros(count, dtype=torch.float64)
    if pending and pending[0] == 0:
        kept.append(stack.parameters())
    for start, stop in segments(experiment, work):
        stack.train(start, stop)
        stack.wait()
        progress(count * (stop - start))
        if pending and pending[0] == 0:
            # The loss at step 0 is that of the first batch, which also counts for the next checkpoint.
            pending.pop(0)
            kept_loss.append(stack.losses())
        if pending and pending[0] == stop:
            pending.pop(0)
            total = stack.losses()
            kept.append(stack.parameters())
            kept_loss.append((total - before) / (stop - begun))
            begun, before = stop, total
    parameters, loss = stack.parameters(), stack.held_out_loss()
    if not kept:
        return Result(parameters, loss)
    history = {name: torch.stack([p[name] for p in kept]) for name in parameters}
    return Result(parameters, loss, torch.stack(kept_loss), history)
