"""The fused CPU engine: one call of the kernel trains an instance, threads train several at a time."""

from __future__ import annotations

import os
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Final

import numpy as np
import torch

from tms.engines import kernel
from tms.engines.result import Progress, Result
from tms.experiment import Experiment
from tms.features import activity_threshold, value_scale

ACTIVATION_CODES: Final = {"relu": kernel.RELU, "gelu": kernel.GELU, "quadratic": kernel.QUADRATIC}


def available_threads() -> int:
    """Number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def task_of(experiment: Experiment) -> kernel.Task:
    """Describe an experiment's architecture and loss to the kernel."""
    linear = experiment.architecture == "linear"
    return kernel.Task(
        tied=experiment.architecture != "relu_hidden_untied",
        activation=kernel.LINEAR if linear else ACTIVATION_CODES[experiment.activation],
        hidden_relu=experiment.has_hidden_relu,
        hidden_bias=experiment.hidden_bias,
        absolute=experiment.target == "absolute",
        hidden_l1=np.float32(experiment.hidden_l1),
    )


class Stack:
    """The arrays of all instances, and the kernel calls on them.

    Parameters
    ----------
    experiment
        What to train.
    """

    def __init__(self, experiment: Experiment) -> None:
        own, task = experiment.instances, task_of(experiment)
        count, n, m = len(own), experiment.n_features, experiment.n_hidden
        kept = (count, len(experiment.checkpoints))
        self._experiment, self._task = experiment, task
        self._importance = own.importance.astype(np.float32)
        self._threshold = activity_threshold(own.density)
        self._scale = value_scale(own.density)
        self._checkpoints = np.array(experiment.checkpoints, dtype=np.int64)
        self._paces = kernel.paces(experiment.rates(), experiment.weight_decay)
        self._W = experiment.initial_weights()
        self._W_out = self._W if task.tied else experiment.initial_weights(role=1)
        self._b = np.zeros((count, n), dtype=np.float32)
        self._b_hidden = np.zeros((count, m), dtype=np.float32)
        self._kept = kernel.Net(
            W=np.zeros((*kept, n, m), dtype=np.float32),
            W_out=np.zeros((*kept, n, m), dtype=np.float32),
            b=np.zeros((*kept, n), dtype=np.float32),
            b_hidden=np.zeros((*kept, m), dtype=np.float32),
        )
        self._kept_loss = np.zeros(kept)
        self._loss = np.zeros(count)
        sets = experiment.features.sets
        self._set_starts = np.cumsum([0, *map(len, sets)], dtype=np.int64)
        self._set_members = np.array([i for group in sets for i in group], dtype=np.int64)
        kinds = [kernel.CORRELATED] * len(experiment.features.correlated)
        kinds += [kernel.ANTICORRELATED] * len(experiment.features.anticorrelated)
        self._set_kinds = np.array(kinds, dtype=np.int64)

    def net(self, k: int) -> kernel.Net:
        """Parameters of instance k, as views."""
        W = self._W[k]
        return kernel.Net(W, W if self._task.tied else self._W_out[k], self._b[k], self._b_hidden[k])

    def inputs(self, k: int, key: np.uint64) -> kernel.Inputs:
        """Feature distribution of instance k on a given stream."""
        return kernel.Inputs(
            key,
            self._threshold[k],
            self._scale[k],
            self._experiment.features.signed,
            self._set_starts,
            self._set_members,
            self._set_kinds,
        )

    def train(self, k: int) -> None:
        """Train instance k from its first step to its last, then take its held-out loss."""
        experiment, keys = self._experiment, self._experiment.instances.keys
        kept = kernel.Net(*(part[k] for part in self._kept))
        net = self.net(k)
        kernel.train_instance(
            net,
            self._task,
            self._importance[k],
            self.inputs(k, keys[k]),
            self._paces,
            experiment.batch_size,
            self._checkpoints,
            kept,
            self._kept_loss[k],
        )
        shared = self.inputs(k, keys[k - k % experiment.trials])
        self._loss[k] = kernel.held_out_loss(
            net, self._task, self._importance[k], shared, experiment.held_out
        )

    def result(self) -> Result:
        """Hand over everything trained."""
        names = ["W", "b"]
        names += [] if self._task.tied else ["W_out"]
        names += ["b_hidden"] if self._task.hidden_bias else []
        final = kernel.Net(self._W, self._W_out, self._b, self._b_hidden)
        parameters = {name: torch.from_numpy(getattr(final, name)) for name in names}
        loss = torch.from_numpy(self._loss)
        if not len(self._checkpoints):
            return Result(parameters, loss)
        history = {name: torch.from_numpy(np.swapaxes(getattr(self._kept, name), 0, 1)) for name in names}
        return Result(parameters, loss, torch.from_numpy(self._kept_loss.T), history)


def run(experiment: Experiment, progress: Progress, threads: int | None = None) -> Result:
    """Train every instance of an experiment with the fused kernel.

    Parameters
    ----------
    experiment
        What to train.
    progress
        Called with the number of instance-steps done since the last call, from the calling thread.
    threads
        How many instances to train at a time; by default one for each processor.
    """
    stack = Stack(experiment)
    dearest_first = np.argsort(-experiment.instances.density.sum(1), kind="stable")
    with ThreadPoolExecutor(threads or available_threads()) as pool:
        pending: set[Future[None]] = {pool.submit(stack.train, int(k)) for k in dearest_first}
        try:
            while pending:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
                progress(len(done) * experiment.steps)
        finally:
            for future in pending:
                future.cancel()
    return stack.result()
