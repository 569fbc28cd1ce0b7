"""Trained: the result of training a sweep, of which the best trial of each seed is kept."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tms.engines.result import Result
from tms.experiment import Experiment
from tms.training import _storage


@dataclass(frozen=True, eq=False)
class History:
    """Weights and losses at the checkpoints of an experiment.

    Parameters
    ----------
    steps
        Number of optimizer steps before each checkpoint.
    loss
        Mean training loss since the previous checkpoint, shape (checkpoint, point, seed).
    parameters
        Parameters by name, shape (checkpoint, point, seed, ...).
    """

    steps: tuple[int, ...]
    loss: Float[Tensor, "checkpoint point seed"]
    parameters: dict[str, Tensor]


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained sweep; every tensor has the axes (point, seed, ...).

    Parameters
    ----------
    experiment
        The experiment that was trained.
    parameters
        Parameters of the best trial of each seed, by name: "W" (point, seed, feature, hidden), "b" (point,
        seed, feature), and "W_out" and "b_hidden" if the architecture has them.
    loss
        Held-out loss of the best trials.
    trial_parameters, trial_loss
        Parameters and held-out losses of all trials, shape (point, seed, trial, ...).
    history
        The checkpoints of the best trials; None if the experiment has no checkpoints.
    engine, device, seconds
        The engine that trained, the kind of device, and the duration.
    difference
        How the model differs from what the fused engine computes, as a clause without a subject; None if
        they agree, or if they were not compared.
    """

    experiment: Experiment
    parameters: dict[str, Tensor]
    loss: Float[Tensor, "point seed"]
    trial_parameters: dict[str, Tensor]
    trial_loss: Float[Tensor, "point seed trial"]
    history: History | None
    engine: str
    device: str
    seconds: float
    difference: str | None = None

    @property
    def W(self) -> Float[Tensor, "point seed feature hidden"]:
        """Embeddings; row i of the last two axes is the paper's W_i, the embedding of feature i."""
        return self.parameters["W"]

    @property
    def b(self) -> Float[Tensor, "point seed feature"]:
        """Output biases."""
        return self.parameters["b"]

    def best_by(self, loss: Float[Tensor, "point seed trial"]) -> Self:
        """Choose the best trials by another loss than the held-out one, such as an exact loss.

        The history is dropped: it was recorded for the trials that the held-out loss chose.

        Parameters
        ----------
        loss
            The loss of every trial; the lowest wins, and NaN loses.
        """
        return self._best(
            self.experiment,
            self.trial_parameters,
            loss,
            None,
            self.engine,
            self.device,
            self.seconds,
            self.difference,
        )

    def at(self, points: object) -> Self:
        """Select points by position or mask."""
        experiment = self.experiment.at(points)  # type: ignore[arg-type]
        index = np.arange(self.experiment.n_points)[np.asarray(points)].reshape(-1)
        history = self.history and History(
            self.history.steps,
            self.history.loss[:, index],
            {name: values[:, index] for name, values in self.history.parameters.items()},
        )
        return dataclasses.replace(
            self,
            experiment=experiment,
            parameters={name: values[index] for name, values in self.parameters.items()},
            loss=self.loss[index],
            trial_parameters={name: values[index] for name, values in self.trial_parameters.items()},
            trial_loss=self.trial_loss[index],
            history=history,
        )

    def save(self, path: Path) -> None:
        """Store everything except the experiment itself, as safetensors.

        Parameters
        ----------
        path
            The file; its folders are created.
        """
        kept, loss = (self.history.parameters, self.history.loss) if self.history else ({}, None)
        stored = _storage.Stored(self.trial_parameters, self.trial_loss, kept, loss, self.difference)
        _storage.write(path, stored, self.experiment, self.engine, self.device)

    @classmethod
    def load(cls, path: Path, experiment: Experiment, engine: str, device: str) -> Self:
        """Read what `save` stored for this experiment.

        Parameters
        ----------
        path
            The file.
        experiment
            The experiment that was trained.
        engine, device
            Engine and kind of device that trained it; the file's own engine, if it names one, goes first.

        Raises
        ------
        ValueError
            If the file belongs to another experiment, or its tensors are not those that training leaves.
        safetensors.SafetensorError, OSError
            If the file is damaged or cannot be read.
        """
        stored = _storage.read(path, experiment)
        history = None
        if stored.history_loss is not None:
            history = History(experiment.checkpoints, stored.history_loss, stored.history_parameters)
        trials, loss, difference = stored.trial_parameters, stored.trial_loss, stored.difference
        trained_by = stored.engine or engine
        return cls._best(experiment, trials, loss, history, trained_by, device, 0.0, difference)

    @classmethod
    def from_result(
        cls,
        experiment: Experiment,
        result: Result,
        engine: str,
        device: str,
        seconds: float,
        *,
        difference: str | None = None,
    ) -> Self:
        """Arrange a flat stack of instances by point, seed and trial, and keep the best trials.

        Parameters
        ----------
        experiment
            The experiment that was trained.
        result
            The engine's result; its tensors have one instance axis.
        engine, device, seconds, difference
            As in `Trained`.
        """
        lead = (experiment.n_points, experiment.seeds, experiment.best_of)
        trials = {
            name: values.reshape(*lead, *values.shape[1:]) for name, values in result.parameters.items()
        }
        loss = result.loss.reshape(lead)
        history = None
        if result.checkpoint_loss is not None and result.checkpoint_parameters is not None:
            best = nan_last(loss).argmin(-1)
            folded = {
                name: _take_best(values.reshape(len(values), *lead, *values.shape[2:]), best, axis=3)
                for name, values in result.checkpoint_parameters.items()
            }
            curve = _take_best(result.checkpoint_loss.reshape(-1, *lead), best, axis=3)
            history = History(experiment.checkpoints, curve, folded)
        return cls._best(experiment, trials, loss, history, engine, device, seconds, difference)

    @classmethod
    def _best(
        cls,
        experiment: Experiment,
        trials: dict[str, Tensor],
        trial_loss: Tensor,
        history: History | None,
        engine: str,
        device: str,
        seconds: float,
        difference: str | None,
    ) -> Self:
        best = nan_last(trial_loss).argmin(-1)
        return cls(
            experiment,
            {name: _take_best(values, best, axis=2) for name, values in trials.items()},
            _take_best(trial_loss, best, axis=2),
            trials,
            trial_loss,
            history,
            engine,
            device,
            seconds,
            difference,
        )


def nan_last(loss: Tensor) -> Tensor:
    """Replace NaN by infinity, so that a trial that diverged is never the best."""
    return torch.nan_to_num(loss, nan=torch.inf)


def _take_best(values: Tensor, best: Tensor, axis: int) -> Tensor:
    index = best.reshape(*(1,) * (axis - 2), *best.shape, *(1,) * (values.ndim - axis))
    return values.take_along_dim(index, dim=axis).squeeze(axis)
