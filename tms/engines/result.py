"""The result of an engine, and the recorder of checkpoints during training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from tms.experiment import Experiment
from tms.protocol import weight_shapes

Progress = Callable[[int], None]
"""Called by an engine with the number of instance-steps since the last call."""


@dataclass(frozen=True, eq=False)
class Result:
    """Trained parameters and losses of a flat stack of instances.

    Parameters
    ----------
    parameters
        Parameters by name, shape (instance, ...).
    loss
        Held-out loss of each instance.
    checkpoint_loss
        Mean training loss since the previous checkpoint; at step 0 the loss of the first batch. None without
        checkpoints.
    checkpoint_parameters
        Parameters at the checkpoints, by name, shape (checkpoint, instance, ...). None without checkpoints.
    """

    parameters: dict[str, Tensor]
    loss: Float[Tensor, " instance"]
    checkpoint_loss: Float[Tensor, "checkpoint instance"] | None = None
    checkpoint_parameters: dict[str, Tensor] | None = None


@dataclass(frozen=True, eq=False)
class FirstStep:
    """Loss and gradient of the first step of training, before the optimizer acts.

    Parameters
    ----------
    loss
        Loss of each instance's batch.
    gradient
        Gradient by name of the weight, shape (instance, ...).
    """

    loss: Float[Tensor, " instance"]
    gradient: dict[str, Tensor]


def initial_weights(experiment: Experiment) -> dict[str, Tensor]:
    """Initial weights of this package's own models by name: drawn embeddings and zero biases."""
    weights = {name: torch.zeros(shape) for name, shape in weight_shapes(experiment).items()}
    for role, name in enumerate(("W", "W_out")):
        if name in weights:
            weights[name] = torch.from_numpy(experiment.initial_weights(role))
    return weights


class Recorder:
    """Records weights and mean losses at an experiment's checkpoints.

    Parameters
    ----------
    checkpoints
        The checkpoints, increasing; checkpoint c comes after c updates.
    """

    def __init__(self, checkpoints: tuple[int, ...]) -> None:
        self._pending = list(checkpoints)
        self._since: list[Tensor] = []
        self._losses: list[Tensor] = []
        self._parameters: list[dict[str, Tensor]] = []

    def before(self, step: int, model: nn.Module, loss: Float[Tensor, " instance"]) -> None:
        """Record if the step is a checkpoint; add the loss of its batch to the mean."""
        if self._pending and self._pending[0] == step == 0:
            self._since = [loss.detach().double()]
        self.after(step, model)
        if self._pending:
            self._since.append(loss.detach().double())

    def after(self, step: int, model: nn.Module) -> None:
        """Record if the step is a checkpoint."""
        if self._pending and self._pending[0] == step:
            self._pending.pop(0)
            # Added one by one: the order within a reduction would depend on the number of instances.
            self._losses.append(sum(self._since, start=torch.zeros(())) / len(self._since))
            self._parameters.append(snapshot(model))
            self._since = []

    def result(self, model: nn.Module, loss: Float[Tensor, " instance"]) -> Result:
        """Combine the checkpoints with the final parameters and the held-out loss."""
        if not self._losses:
            return Result(snapshot(model), loss)
        history = {name: torch.stack([p[name] for p in self._parameters]) for name in self._parameters[0]}
        return Result(snapshot(model), loss, torch.stack(self._losses).cpu(), history)


def snapshot(model: nn.Module) -> dict[str, Tensor]:
    """Copy a model's parameters to the CPU, by the names of its method weights(), if it has one."""
    own = getattr(model, "weights", None)
    named = own() if callable(own) else dict(model.named_parameters())
    return {name: p.detach().to("cpu", copy=True) for name, p in named.items()}
