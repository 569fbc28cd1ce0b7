"""The fused CPU engine: a compiled kernel trains one instance in one call, threads train several at once."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from types import ModuleType
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from tms import processors
from tms.engines.activations import code_of
from tms.engines.cpu import narrow, parts, wide
from tms.engines.cpu.adamw import paces
from tms.engines.cpu.matmul import padded
from tms.engines.cpu.team import new_team, parts_of
from tms.engines.optimizer import BETA_1
from tms.engines.result import FirstStep, Progress, Result, initial_weights
from tms.experiment import Experiment
from tms.features import activity_threshold, value_scale
from tms.protocol import weight_shapes
from tms.sources import compiles

WIDE_FROM: Final = 4000
"""Size n * m from which `wide` is the faster kernel."""
WIDE_FROM_IF_SPARSE: Final = 400
"""The same if many inputs have no active feature: leaving them out costs `wide` nothing."""
SPARSE_FOR_WIDE: Final = 0.2
"""Share of inputs without an active feature above which `WIDE_FROM_IF_SPARSE` applies."""
SPARSE_FOR_NARROW: Final = 0.55
"""Share of inputs without an active feature above which leaving them out pays in `narrow`."""


def lacking() -> str | None:
    """Say what the engine lacks on this machine; None if it can run."""
    return None if compiles() else "NUMBA_DISABLE_JIT is set, and the kernels must be compiled"


def task_of(experiment: Experiment) -> parts.Task:
    """Translate an experiment's architecture and loss for the kernels."""
    return parts.Task(
        tied=experiment.architecture != "relu_hidden_untied",
        activation=code_of(experiment.architecture, experiment.activation),
        hidden_relu=experiment.has_hidden_relu,
        hidden_bias=experiment.hidden_bias,
        absolute=experiment.target == "absolute",
        hidden_l1=np.float32(experiment.hidden_l1),
    )


def kernel_of(experiment: Experiment, empty: float) -> ModuleType:
    """Choose the kernel for an instance: `narrow`, or `wide`, which does not support sets of features.

    Parameters
    ----------
    experiment
        The experiment to train.
    empty
        Share of the instance's inputs without an active feature.
    """
    if experiment.features.sets:
        return narrow
    size = experiment.n_features * experiment.n_hidden
    return wide if size >= (WIDE_FROM_IF_SPARSE if empty > SPARSE_FOR_WIDE else WIDE_FROM) else narrow


def free_features(experiment: Experiment) -> NDArray[np.int64]:
    """List the features that are in no set."""
    in_sets = [i for group in experiment.features.sets for i in group]
    return np.setdiff1d(np.arange(experiment.n_features), in_sets)


def empty_shares(experiment: Experiment) -> Float[np.ndarray, " instance"]:
    """Share of each instance's inputs that have no active feature."""
    leaders = [group[0] for group in experiment.features.sets]
    independent = np.concatenate([free_features(experiment), leaders]).astype(np.int64)
    empty: np.ndarray = (1 - experiment.instances.density[:, independent]).prod(1)
    return empty


class Stack:
    """The arrays of all instances, and the calls of the kernels on them.

    Parameters
    ----------
    experiment
        The experiment to train.
    weights
        Weights to start from, by name; by default those of `initial_weights`.
    """

    def __init__(self, experiment: Experiment, weights: Mapping[str, Tensor] | None = None) -> None:
        own = experiment.instances
        self._experiment, self._task = experiment, task_of(experiment)
        self._importance = own.importance.astype(np.float32)
        whole_vectors = ((0, 0), (0, padded(experiment.n_features) - experiment.n_features))
        self._threshold = np.pad(activity_threshold(own.density), whole_vectors)
        self._scale = np.pad(value_scale(own.density), whole_vectors)
        self._paces = paces(experiment.rates(), experiment.weight_decay)
        start = initial_weights(experiment) if weights is None else weights
        self._start = {name: start[name].numpy() for name in weight_shapes(experiment)}
        self._parts = parts_of(experiment.n_features, experiment.n_hidden, experiment.batch_size)

        shapes = {name: shape[1:] for name, shape in weight_shapes(experiment).items()}
        kept = (len(own), len(experiment.checkpoints))
        self._final = {name: np.empty((len(own), *s), dtype=np.float32) for name, s in shapes.items()}
        self._kept = {name: np.empty((*kept, *s), dtype=np.float32) for name, s in shapes.items()}
        self._loss, self._kept_loss = np.empty(len(own)), np.empty(kept)

        sets = experiment.features.sets
        self._free = free_features(experiment)
        self._empty = empty_shares(experiment)
        self._set_starts = np.cumsum([0, *map(len, sets)], dtype=np.int64)
        self._set_members = np.array([i for group in sets for i in group], dtype=np.int64)
        kinds = [parts.CORRELATED] * len(experiment.features.correlated)
        kinds += [parts.ANTICORRELATED] * len(experiment.features.anticorrelated)
        self._set_kinds = np.array(kinds, dtype=np.int64)

    def inputs(self, k: int, key: np.uint64) -> parts.Inputs:
        """Input distribution of instance k on the stream with a key."""
        return parts.Inputs(
            key,
            self._experiment.n_features,
            self._threshold[k],
            self._scale[k],
            self._experiment.features.signed,
            bool(self._empty[k] > SPARSE_FOR_NARROW),
            self._free,
            self._set_starts,
            self._set_members,
            self._set_kinds,
        )

    def members(self, threads: int) -> int:
        """Number of threads that can share each instance."""
        return max(1, min(self._parts, threads // len(self._experiment.instances)))

    def kernel(self, k: int) -> ModuleType:
        """Kernel that trains instance k."""
        return kernel_of(self._experiment, self._empty[k])

    def _new_work(self, k: int) -> parts.Work:
        W = self._start["W"][k]
        W_out = W if self._task.tied else self._start["W_out"][k]
        work: parts.Work = self.kernel(k).new_work(W, W_out, self._importance[k], self._task)
        for name in ("b", "b_hidden"):
            if name in self._start:
                getattr(work.net, name)[: self._start[name].shape[1]] = self._start[name][k]
        return work

    def first_step(self) -> FirstStep:
        """Loss and gradient of the first step, of which every instance takes one."""
        experiment, instances = self._experiment, self._experiment.instances
        for k in range(len(instances)):
            work = self._new_work(k)
            [alone] = new_team(1, self._parts, len(work.flat.grad))
            own = self.inputs(k, instances.keys[k])
            self._loss[k] = self.kernel(k).train_steps(
                work, self._task, own, self._paces, 0, 1, experiment.batch_size, alone
            )
            # After one step the first moment is the gradient times 1 - beta_1.
            work.flat.values[:] = work.flat.first / np.float32(1 - BETA_1)
            store(work.net, self._final, (k,))
        return FirstStep(
            torch.from_numpy(self._loss),
            {name: torch.from_numpy(values) for name, values in self._final.items()},
        )

    def train(self, k: int, members: int = 1) -> None:
        """Train instance k from its first step to its last, then compute its held-out loss.

        Parameters
        ----------
        k
            Number of the instance.
        members
            Number of threads that share its batches, including the calling one.
        """
        with ThreadPoolExecutor(members) as helpers:
            self._train(k, members, helpers)

    def _train(self, k: int, members: int, helpers: Executor) -> None:
        experiment, instances = self._experiment, self._experiment.instances
        kernel = self.kernel(k)
        work, *others = (self._new_work(k) for _ in range(members))
        works = [work, *(parts.of_same_net(other, work) for other in others)]
        own = self.inputs(k, instances.keys[k])

        def advance(first: int, last: int) -> float:
            calls: list[tuple[Any, ...]] = [
                (each, self._task, own, self._paces, first, last, experiment.batch_size, member)
                for each, member in zip(
                    works, new_team(members, self._parts, len(work.flat.grad)), strict=True
                )
            ]
            helping = [helpers.submit(kernel.train_steps, *call) for call in calls[1:]]
            total: float = kernel.train_steps(*calls[0])
            for each in helping:
                each.result()
            return total

        done, since, total = 0, 0, 0.0
        for number, checkpoint in enumerate(experiment.checkpoints):
            total += advance(done, checkpoint)
            since += checkpoint - done
            done = checkpoint
            store(work.net, self._kept, (k, number))
            if checkpoint == 0:
                total = advance(0, 1)
                done = since = 1
                self._kept_loss[k, number] = total
            else:
                self._kept_loss[k, number] = total / since
                since, total = 0, 0.0
        advance(done, experiment.steps)
        store(work.net, self._final, (k,))
        held_out = self.inputs(k, instances.held_out_keys[k])
        self._loss[k] = kernel.held_out_loss(work, self._task, held_out, experiment.held_out)

    def result(self) -> Result:
        """Collect everything that was trained."""
        parameters = {name: torch.from_numpy(values) for name, values in self._final.items()}
        loss = torch.from_numpy(self._loss)
        if not self._experiment.checkpoints:
            return Result(parameters, loss)
        history = {name: torch.from_numpy(np.swapaxes(kept, 0, 1)) for name, kept in self._kept.items()}
        return Result(parameters, loss, torch.from_numpy(self._kept_loss.T), history)


def store(net: parts.Net, into: dict[str, parts.Array], at: tuple[int, ...]) -> None:
    """Copy an instance's parameters, without the kernel's padding, to a position in larger arrays."""
    for name, values in into.items():
        target = values[at]
        target[...] = getattr(net, name)[tuple(map(slice, target.shape))]


def run(
    experiment: Experiment,
    progress: Progress,
    threads: int | None = None,
    weights: Mapping[str, Tensor] | None = None,
) -> Result:
    """Train every instance of an experiment with a fused kernel.

    Parameters
    ----------
    experiment
        The experiment to train.
    progress
        Called with the number of instance-steps since the last call, from the calling thread.
    threads
        Number of threads; by default one for each processor. If there are fewer instances than threads, teams
        of threads share the batches, provided these are large enough.
    weights
        As in `Stack`.
    """
    stack, threads = Stack(experiment, weights), threads or processors.available()
    dearest_first = np.argsort(-experiment.instances.density.sum(1), kind="stable").tolist()
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(partial(stack.train, members=stack.members(threads)), dearest_first):
            progress(experiment.steps)
    return stack.result()
