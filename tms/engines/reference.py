"""The reference engine: autograd on any nn.Module with an instance axis, on the CPU or on CUDA."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from tms import models
from tms.engines.batches import Batches
from tms.engines.captured import Objective, captured_steps
from tms.engines.heap import kept_memory
from tms.engines.optimizer import BETA_1, BETA_2, EPSILON
from tms.engines.result import Progress, Recorder, Result
from tms.engines.squared_error import weighted_error
from tms.experiment import Experiment
from tms.protocol import ModelFactory
from tms.random_streams import HELD_OUT, HELD_OUT_ROWS

P = ParamSpec("P")
T = TypeVar("T")


def build(experiment: Experiment) -> nn.Module:
    """Build the model of an experiment at its initial weights, on the CPU."""
    W = torch.from_numpy(experiment.initial_weights())
    match experiment.architecture:
        case "linear":
            return models.Linear(W)
        case "relu_output":
            return models.ReLUOutput(W, experiment.activation)
        case "relu_hidden":
            return models.ReLUHidden(W, experiment.hidden_bias)
        case _:
            W_out = torch.from_numpy(experiment.initial_weights(role=1))
            return models.ReLUHiddenUntied(W, W_out, experiment.hidden_bias)


def losses(
    model: nn.Module,
    experiment: Experiment,
    x: Float[Tensor, "instance batch feature"],
    importance: Float[Tensor, "instance feature"],
) -> Float[Tensor, " instance"]:
    """Importance-weighted squared error of each instance, summed over features, averaged over the batch.

    The L1 penalty on hidden activations is added if the experiment has one. Source:
    #demonstrating-setup-loss.

    Parameters
    ----------
    model
        The model; it has a method ``hidden(x)`` if there is a penalty.
    experiment
        The experiment, which sets the target and the penalty.
    x
        The batch.
    importance
        I_i of each instance.
    """
    target = x.abs() if experiment.target == "absolute" else x
    loss = weighted_error(model(x), target, importance)
    if experiment.hidden_l1:
        hidden = cast(models.HasHidden, model).hidden(x)
        loss = loss + experiment.hidden_l1 * hidden.abs().sum(-1).mean(-1)
    return loss


@contextmanager
def one_thread() -> Iterator[None]:
    """Restrict torch to one CPU thread: sums that threads share are rounded differently."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def in_evaluation_mode(
    function: Callable[Concatenate[nn.Module, P], T],
) -> Callable[Concatenate[nn.Module, P], T]:
    """Let a function see its model in evaluation mode, as ``eval()`` sets it; restore each module's mode."""

    @wraps(function)
    def wrapped(model: nn.Module, /, *args: P.args, **kwargs: P.kwargs) -> T:
        modes = [(module, module.training) for module in model.modules()]
        model.eval()
        try:
            return function(model, *args, **kwargs)
        finally:
            for module, mode in modes:
                module.training = mode

    return wrapped


def total_steps(experiment: Experiment) -> int:
    """Count an instance's steps for reports of progress: training, and the evaluation that follows it.

    The evaluation counts as the steps that would take as long: a forward pass takes a third of a step.
    """
    return experiment.steps + -(-experiment.held_out // (3 * experiment.batch_size))


class EagerSteps:
    """The steps of training a module one by one; each is a call of `gradient`, then of `update`.

    Parameters
    ----------
    model, objective
        The module, and the loss of each instance as a function of a batch.
    experiment, device, dtype
        As for `run`.
    """

    def __init__(
        self, model: nn.Module, objective: Objective, experiment: Experiment, device: str, dtype: torch.dtype
    ) -> None:
        own = experiment.instances
        self._objective, self._rows = objective, experiment.batch_size
        self._batches = Batches(experiment.features, own.density, own.keys, device, dtype)
        self._optimizer = torch.optim.AdamW(
            model.parameters(), betas=(BETA_1, BETA_2), eps=EPSILON, weight_decay=experiment.weight_decay
        )

    def gradient(self, step: int) -> Float[Tensor, " instance"]:
        """Compute the gradient of a step; return the losses."""
        loss = self._objective(self._batches.draw(step, self._rows))
        self._optimizer.zero_grad()
        torch.autograd.backward(loss.sum())
        return loss

    def update(self, rate: float) -> None:
        """Update the parameters at a learning rate."""
        self._optimizer.param_groups[0]["lr"] = rate
        self._optimizer.step()


@one_thread()
@kept_memory()
def run(
    experiment: Experiment,
    device: str,
    progress: Progress,
    factory: ModelFactory = build,
    dtype: torch.dtype = torch.float32,
) -> Result:
    """Train every instance of an experiment with autograd.

    Parameters
    ----------
    experiment
        The experiment to train.
    device
        "cpu" or "cuda".
    progress
        Called with the number of instance-steps since the last call, of `total_steps` for each instance.
    factory
        Factory of the model, whose parameters have the instance axis first.
    dtype
        Type of weights, inputs and arithmetic.
    """
    importance = torch.from_numpy(experiment.instances.importance).to(device, dtype)
    model = factory(experiment).to(device, dtype)
    model.train()

    def objective(x: Tensor) -> Tensor:
        return losses(model, experiment, x, importance)

    captured = captured_steps(model, objective, experiment, device)
    steps = captured or EagerSteps(model, objective, experiment, device, dtype)
    recorder = Recorder(experiment.checkpoints)
    for step, rate in enumerate(experiment.rates()):
        loss = steps.gradient(step)
        recorder.before(step, model, loss)
        steps.update(rate)
        progress(experiment.n_instances)
    recorder.after(experiment.steps, model)
    return recorder.result(model, evaluate(model, experiment, device, dtype, progress))


@in_evaluation_mode
@torch.no_grad()
@kept_memory()
def evaluate(
    model: nn.Module,
    experiment: Experiment,
    device: str,
    dtype: torch.dtype,
    progress: Progress | None = None,
) -> Float[Tensor, " instance"]:
    """Mean loss of each instance, without any penalty, on held-out inputs, which the trials of a seed share.

    Parameters
    ----------
    model
        The trained model.
    experiment
        The experiment, which sets the number of held-out inputs.
    device, dtype
        Device and type of the computation.
    progress
        As for `run`; None reports nothing.
    """
    instances = experiment.instances
    importance = torch.from_numpy(instances.importance).to(device, dtype)
    batches = Batches(experiment.features, instances.density, instances.held_out_keys, device, dtype)
    total = torch.zeros(len(instances), device=device, dtype=torch.float64)
    for first in range(0, experiment.held_out, HELD_OUT_ROWS):
        rows = min(HELD_OUT_ROWS, experiment.held_out - first)
        x = batches.draw(HELD_OUT + first // HELD_OUT_ROWS, rows)
        target = x.abs() if experiment.target == "absolute" else x
        total += rows * weighted_error(model(x), target, importance).double()
        if progress:
            steps = total_steps(experiment) - experiment.steps
            before, after = (steps * part // experiment.held_out for part in (first, first + rows))
            progress(len(instances) * (after - before))
    return total.cpu() / experiment.held_out
