"""What an engine hands back, and how checkpoints are collected on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

Progress = Callable[[int], None]
"""Told how many instance-steps were done since it was last told."""


@dataclass(frozen=True, eq=False)
class Result:
    """Trained parameters and losses of a flat stack of instances.

    Parameters
    ----------
    parameters
        By name; the instance axis first.
    loss
        Held-out loss of each instance.
    checkpoint_loss
        Mean training loss since the checkpoint before; at step 0 the loss of the first batch.
    checkpoint_parameters
        Parameters at each checkpoint, by name.
    """

    parameters: dict[str, Tensor]
    loss: Float[Tensor, " instance"]
    checkpoint_loss: Float[Tensor, "checkpoint instance"] | None = None
    checkpoint_parameters: dict[str, Tensor] | None = None


class Recorder:
    """Collects weights and mean losses at an experiment's checkpoints.

    Parameters
    ----------
    checkpoints
        Steps to record at, increasing; step c means after c updates.
    """

    def __init__(self, checkpoints: tuple[int, ...]) -> None:
        self._pending = list(checkpoints)
        self._since: list[Tensor] = []
        self._losses: list[Tensor] = []
        self._parameters: list[dict[str, Tensor]] = []

    def before(self, step: int, model: nn.Module, loss: Float[Tensor, " instance"]) -> None:
        """Note the loss of a step's batch; record if the step is a checkpoint."""
        if self._pending and self._pending[0] == step == 0:
            self._since = [loss.detach().double()]
        self.after(step, model)
        if self._pending:
            self._since.append(loss.detach().double())

    def after(self, step: int, model: nn.Module) -> None:
        """Record if the step is a checkpoint."""
        if self._pending and self._pending[0] == step:
            self._pending.pop(0)
            # One after the other: the order of a reduction would depend on the number of instances.
            self._losses.append(sum(self._since, start=torch.zeros(())) / len(self._since))
            self._parameters.append(snapshot(model))
            self._since = []

    def result(self, model: nn.Module, loss: Float[Tensor, " instance"]) -> Result:
        """Bundle everything recorded with the final parameters and the held-out loss."""
        if not self._losses:
            return Result(snapshot(model), loss)
        history = {name: torch.stack([p[name] for p in self._parameters]) for name in self._parameters[0]}
        return Result(snapshot(model), loss, torch.stack(self._losses).cpu(), history)


def snapshot(model: nn.Module) -> dict[str, Tensor]:
    """Copy a model's parameters to the CPU, by the names that its method weights() gives, if it has one."""
    own = getattr(model, "weights", None)
    named = own() if callable(own) else dict(model.named_parameters())
    return {name: p.detach().to("cpu", copy=True) for name, p in named.items()}
