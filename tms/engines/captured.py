"""Training steps of any module as CUDA graphs, which a GPU repeats without work on the host.

An eager step of a small model is mostly launches. Here the batch is drawn on the device, by a step number
that the device counts, and the optimizer reads its rate there.

A graph repeats what happened while it was captured, whatever the module's code would do next time. So a
module is captured only if two calls show it to be a function of its parameters and inputs, and if the first
captured steps have the bits of the same steps without a graph. Otherwise the caller trains it step by step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

import torch
from jaxtyping import Float
from torch import Tensor, nn

from tms.engines.behaviour import oddity
from tms.engines.device_batches import DeviceBatches
from tms.engines.optimizer import BETA_1, BETA_2, EPSILON
from tms.experiment import Experiment

LEAST_STEPS: Final = 100
"""Fewest steps that are worth a capture, which takes as long as dozens of eager steps."""
TRIAL_STEPS: Final = 3
"""Steps that are compared."""

Objective = Callable[[Float[Tensor, "instance batch feature"]], Float[Tensor, " instance"]]
"""The loss of each instance on a batch."""


class Graph(Protocol):
    """Work that can be repeated."""

    def capture(self, work: Callable[[], Tensor]) -> Tensor:
        """Record the work; return its result, which every replay overwrites."""

    def replay(self) -> None:
        """Repeat the work."""


class CudaGraph:
    """A graph of the current CUDA device."""

    def __init__(self) -> None:
        self._graph = torch.cuda.CUDAGraph()

    def capture(self, work: Callable[[], Tensor]) -> Tensor:
        """Record the work without doing it; return its result, which every replay overwrites."""
        with torch.cuda.graph(self._graph):
            return work()

    def replay(self) -> None:
        """Repeat the work."""
        self._graph.replay()


def captured_steps(
    model: nn.Module,
    objective: Objective,
    experiment: Experiment,
    device: str,
    graph: Callable[[], Graph] | None = None,
) -> CapturedSteps | None:
    """Capture the training steps of a module.

    Parameters
    ----------
    model
        The module, in training mode and at its initial weights; these are the same afterwards.
    objective
        Function of a batch that calls the module.
    experiment
        The experiment to train.
    device
        The module's device.
    graph
        Function that returns a new graph; by default CUDA graphs on CUDA, and none elsewhere.

    Returns
    -------
    CapturedSteps or None
        None if there are too few steps or none in float32, or if they cannot be captured or would not be the
        module's.
    """
    graph = graph or (CudaGraph if device == "cuda" else None)
    is_float32 = all(parameter.dtype == torch.float32 for parameter in model.parameters())
    if graph is None or experiment.steps < LEAST_STEPS or not is_float32:
        return None
    start = _values(model)
    try:
        with _recovered(device):
            steps = CapturedSteps(model, objective, experiment, device)
            if steps.are_of_a_function() and steps.capture(graph):
                return steps
    except Exception:  # of the module's code, of the capture, or for want of memory
        pass
    _restore(model, start)
    for parameter in model.parameters():
        parameter.grad = None
    return None


class CapturedSteps:
    """The steps of training a module, from the first one on; each is a call of `gradient`, then of `update`.

    Parameters
    ----------
    model, objective, experiment, device
        As for `captured_steps`.
    """

    def __init__(self, model: nn.Module, objective: Objective, experiment: Experiment, device: str) -> None:
        own = experiment.instances
        self._model, self._objective, self._rows = model, objective, experiment.batch_size
        self._batches = DeviceBatches(experiment.features, own.density, own.keys, device)
        self._rates = torch.from_numpy(experiment.rates()).to(device, torch.float32)
        self._rate = self._rates[0].clone()
        self._step = torch.zeros((), dtype=torch.int64, device=device)
        self._optimizer = torch.optim.AdamW(
            model.parameters(),
            lr=self._rate,
            betas=(BETA_1, BETA_2),
            eps=EPSILON,
            weight_decay=experiment.weight_decay,
            capturable=True,
            fused=True,
        )
        self._start = _values(model)

    def gradient(self, _step: int) -> Float[Tensor, " instance"]:
        """Compute the gradient of the next step; return the losses, which the next call overwrites."""
        self._first.replay()
        return self._loss

    def update(self, _rate: float) -> None:
        """Update the parameters."""
        self._second.replay()

    def are_of_a_function(self) -> bool:
        """Whether the module is found to be a function of its parameters and inputs."""
        x = self._batches.draw(self._step, self._rows)
        return oddity(self._model, self._model, x, self._rows) is None

    def capture(self, graph: Callable[[], Graph]) -> bool:
        """Capture a step, and compare the first steps; return whether they are the same."""
        eager = self._trial(self._work_of_gradient, self._work_of_update)
        self._first, self._second = graph(), graph()
        self._optimizer.zero_grad()  # so that the gradients are the graph's own
        self._loss = self._first.capture(self._work_of_gradient)
        self._second.capture(self._work_of_update)
        self._restart()
        replayed = self._trial(lambda: self.gradient(0), lambda: self.update(0.0))
        return all(map(torch.equal, eager, replayed))

    def _work_of_gradient(self) -> Tensor:
        loss = self._objective(self._batches.draw(self._step, self._rows))
        self._optimizer.zero_grad()
        torch.autograd.backward(loss.sum())
        return loss.detach()

    def _work_of_update(self) -> Tensor:
        self._rate.copy_(self._rates.index_select(0, self._step.reshape(1)).reshape(()))
        self._optimizer.step()
        return self._step.add_(1)

    def _trial(self, gradient: Callable[[], Tensor], update: Callable[[], object]) -> list[Tensor]:
        """Take the first steps; return their losses and all parameters and buffers, and start anew."""
        losses = []
        for _ in range(TRIAL_STEPS):
            losses.append(gradient().clone())
            update()
        seen = [*losses, *_values(self._model)]
        self._restart()
        return seen

    def _restart(self) -> None:
        _restore(self._model, self._start)
        for state in self._optimizer.state.values():
            for value in state.values():
                value.zero_()
        self._step.zero_()


def _values(model: nn.Module) -> list[Tensor]:
    return [value.detach().clone() for value in (*model.parameters(), *model.buffers())]


def _restore(model: nn.Module, values: list[Tensor]) -> None:
    with torch.no_grad():
        for value, start in zip((*model.parameters(), *model.buffers()), values, strict=True):
            value.copy_(start)


@contextmanager
def _recovered(device: str) -> Iterator[None]:
    """Work on a stream of its own; after a capture that failed, restore the current stream and the generator.

    torch leaves the capturing stream current, and the generator of random numbers in the state of a capture.
    """
    if device != "cuda":
        yield
        return
    current, generator = torch.cuda.current_stream(), torch.cuda.get_rng_state()
    side = torch.cuda.Stream()
    side.wait_stream(current)
    try:
        with torch.cuda.stream(side):
            yield
    except BaseException:
        torch.cuda.set_stream(current)
        renewed = torch.Generator(device="cuda")
        renewed.set_state(generator)
        torch.cuda.default_generators[torch.cuda.current_device()].graphsafe_set_state(renewed)
        raise
    finally:
        torch.cuda.synchronize()
