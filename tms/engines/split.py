"""A fused engine whose instances are trained by jobs of an executor: other processes, or a cluster."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tms import processors
from tms.engines.fused import FusedEngine
from tms.engines.result import Progress, Result
from tms.experiment import Experiment

WORK: Final = 2e10
"""Multiplications of a job at least, some seconds on a processor: a job then takes longer than to send it."""
MOST_JOBS: Final = 256
"""Jobs of an experiment at most."""

_PER_WEIGHT: Final = 6
"""Multiplications for each weight and input in a step: forward, and twice as many backward."""


@dataclass(frozen=True)
class SplitEngine(FusedEngine):
    """A fused engine that hands parts of an experiment to an executor, and joins the results.

    The result is that of the engine alone, bit for bit, as an instance depends on nothing but its own
    description, its seed, the engine and the kind of device.

    Parameters
    ----------
    executor
        The executor; its workers import this package and have the kind of device.
    """

    executor: Executor

    def run(
        self,
        experiment: Experiment,
        progress: Progress,
        weights: Mapping[str, Tensor],
        whole: Experiment | None = None,
    ) -> Result:
        """Train every instance of an experiment; a part of another one, a few steps of it, is trained here.

        Parameters
        ----------
        experiment, progress, weights, whole
            As for `FusedEngine.run`; progress is reported as jobs end.
        """
        if whole is not None:
            return super().run(experiment, progress, weights, whole)
        jobs: dict[Future[bytes], NDArray[np.int64]] = {}
        results: dict[int, tuple[NDArray[np.int64], Result]] = {}
        try:
            for chosen in shares(experiment):
                start = {name: values.numpy()[chosen] for name, values in weights.items()}
                described = pickle.dumps((part(experiment, chosen), start))
                jobs[self.executor.submit(train, self.kind, self.device, described)] = chosen
            for number, job in enumerate(as_completed(jobs)):
                results[number] = jobs[job], pickle.loads(job.result())
                progress(len(jobs[job]) * experiment.steps)
        finally:
            for job in jobs:
                job.cancel()
        return joined(list(results.values()))


def shares(experiment: Experiment) -> list[NDArray[np.int64]]:
    """Divide the instances of an experiment among jobs, which take about the same time.

    Neighbours have similar densities, so each job gets instances from the whole sweep.
    """
    count = experiment.n_instances
    weights = experiment.n_features * experiment.n_hidden
    work = float(count) * experiment.steps * experiment.batch_size * weights * _PER_WEIGHT
    jobs = int(max(1, min(work / WORK, MOST_JOBS, count)))
    return [np.arange(first, count, jobs) for first in range(jobs)]


def part(experiment: Experiment, chosen: NDArray[np.int64]) -> Experiment:
    """Describe some instances of an experiment, each as a point of its own with one trial.

    Parameters
    ----------
    experiment
        The experiment.
    chosen
        Positions of the instances; they keep their random streams.
    """
    own = experiment.instances
    described = dataclasses.replace(
        experiment,
        features=dataclasses.replace(experiment.features, density=own.density[chosen]),
        importance=own.importance[chosen],
        coordinates={},
        seeds=1,
        best_of=1,
        point_ids=np.arange(len(chosen)),
        convergence=None,
    )
    # In place of the instances that the description stands for, whose streams are those of first trials.
    arrays = {field.name: getattr(own, field.name)[chosen] for field in dataclasses.fields(own)}
    described.__dict__["instances"] = dataclasses.replace(own, **arrays)
    return described


def train(kind: str, device: str, described: bytes) -> bytes:
    """Train every instance of an experiment, with one processor; this is the job.

    Parameters
    ----------
    kind, device
        As in `FusedEngine`.
    described
        The pickled experiment and the weights to start from, float32 arrays by name. Bytes, because a cluster
        would make arrays of them that cannot be written to.

    Returns
    -------
    bytes
        The pickled `Result`. Bytes, because torch would hand tensors to another process in shared memory,
        and because NumPy would not keep the order of a tensor's axes in memory, on which sums depend.
    """
    experiment, weights = pickle.loads(described)
    start = {name: torch.from_numpy(values) for name, values in weights.items()}
    with processors.at_most(1):
        return pickle.dumps(FusedEngine(kind, device).run(experiment, lambda _: None, start))


def joined(parts: Sequence[tuple[NDArray[np.int64], Result]]) -> Result:
    """Join the results of jobs.

    Parameters
    ----------
    parts
        The positions of the instances of each job, which together are all positions, and its result.
    """
    positions = [torch.from_numpy(chosen) for chosen, _ in parts]
    results = [result for _, result in parts]
    first = results[0]
    losses, histories = first.checkpoint_loss, first.checkpoint_parameters

    def along(axis: int, tensors: Sequence[Tensor | None]) -> Tensor:
        found = [tensor for tensor in tensors if tensor is not None]
        whole = _empty_like(found[0], axis, sum(map(len, positions)))
        for at, tensor in zip(positions, found, strict=True):
            whole.index_copy_(axis, at, tensor)
        return whole

    return Result(
        {name: along(0, [each.parameters[name] for each in results]) for name in first.parameters},
        along(0, [each.loss for each in results]),
        None if losses is None else along(1, [each.checkpoint_loss for each in results]),
        None
        if histories is None
        else {
            name: along(1, [(each.checkpoint_parameters or {})[name] for each in results])
            for name in histories
        },
    )


def _empty_like(tensor: Tensor, axis: int, size: int) -> Tensor:
    """Make a tensor with another size along an axis, and its axes in the same order in memory."""
    shape = [size if k == axis else length for k, length in enumerate(tensor.shape)]
    strides: tuple[int, ...] = tensor.stride()
    outer_first = sorted(range(tensor.ndim), key=lambda k: -strides[k])
    whole = torch.empty([shape[k] for k in outer_first], dtype=tensor.dtype)
    return whole.permute([outer_first.index(k) for k in range(tensor.ndim)])
