"""train(experiment) -> Trained: picks an engine, trains every instance, keeps the best trials."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from jaxtyping import Float
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from tms.arguments import shown
from tms.engines import external as foreign
from tms.engines import fused_cpu, fused_cuda, reference
from tms.engines.result import Result
from tms.experiment import Experiment
from tms.protocol import ModelFactory, Trainer, weight_shapes

ENGINES: Final = ("auto", "reference", "fused")
DEVICES: Final = ("auto", "cpu", "cuda")

ProgressReport = Callable[[str, int, int], None]
"""Called with the experiment's name, the instance-steps done so far, and those to do in all."""


@dataclass(frozen=True, eq=False)
class History:
    """Weights and losses at the checkpoints of an experiment.

    Parameters
    ----------
    steps
        Optimizer steps before each checkpoint, shape (checkpoint,).
    loss
        Mean training loss since the checkpoint before.
    parameters
        By name, shape (checkpoint, point, seed, ...).
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
        What was trained.
    parameters
        Of the best trial of each seed, by name: "W" (point, seed, feature, hidden), "b" (point, seed,
        feature), and "W_out", "b_hidden" where the architecture has them.
    loss
        Held-out loss of the best trials.
    trial_parameters, trial_loss
        The same for all trials, shape (point, seed, trial, ...).
    history
        Of the best trials, where the experiment has checkpoints.
    engine, device, seconds
        Which engine trained on what kind of device, and for how long.
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

    @property
    def W(self) -> Float[Tensor, "point seed feature hidden"]:
        """Embeddings; row i of the last two axes is the paper's W_i."""
        return self.parameters["W"]

    @property
    def b(self) -> Float[Tensor, "point seed feature"]:
        """Output biases."""
        return self.parameters["b"]

    def best_by(self, loss: Float[Tensor, "point seed trial"]) -> Self:
        """Keep the trials that are lowest in another loss than the held-out one, such as an exact loss.

        Checkpoints belong to the trials that the held-out loss chose, and are dropped.
        """
        return self._best(
            self.experiment, self.trial_parameters, loss, None, self.engine, self.device, self.seconds
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
        """Store everything but the experiment itself, as safetensors."""
        tensors = {f"trial/{name}": values.contiguous() for name, values in self.trial_parameters.items()}
        tensors["trial_loss"] = self.trial_loss.contiguous()
        if self.history:
            tensors["history_loss"] = self.history.loss.contiguous()
            tensors |= {f"history/{name}": v.contiguous() for name, v in self.history.parameters.items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(
            tensors,
            path,
            {"engine": self.engine, "device": self.device, "fingerprint": self.experiment.fingerprint()},
        )

    @classmethod
    def load(cls, path: Path, experiment: Experiment, engine: str, device: str) -> Self:
        """Read what `save` stored for this experiment, and nothing else.

        Raises
        ------
        ValueError
            If the file is of another experiment, or its tensors are not those that training leaves.
        safetensors.SafetensorError, OSError
            If it is damaged or cannot be read.
        """
        with safe_open(path, "pt") as file:
            stored_for = (file.metadata() or {}).get("fingerprint")
        if stored_for != experiment.fingerprint():
            raise ValueError(f"{path.name} was not stored for this experiment.")
        tensors = load_file(path)
        _check_stored(tensors, experiment)
        trials = {name[6:]: values for name, values in tensors.items() if name.startswith("trial/")}
        history = None
        if "history_loss" in tensors:
            kept = {name[8:]: values for name, values in tensors.items() if name.startswith("history/")}
            history = History(experiment.checkpoints, tensors["history_loss"], kept)
        return cls._best(experiment, trials, tensors["trial_loss"], history, engine, device, 0.0)

    @classmethod
    def from_result(
        cls, experiment: Experiment, result: Result, engine: str, device: str, seconds: float
    ) -> Self:
        """Fold a flat stack of instances into points, seeds and trials, and keep the best trials."""
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
        return cls._best(experiment, trials, loss, history, engine, device, seconds)

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
        )


def _check_stored(tensors: dict[str, Tensor], experiment: Experiment) -> None:
    lead = (experiment.n_points, experiment.seeds)
    wanted: dict[str, tuple[int, ...]] = {"trial_loss": (*lead, experiment.best_of)}
    for name, shape in weight_shapes(experiment).items():
        wanted[f"trial/{name}"] = (*lead, experiment.best_of, *shape[1:])
        if experiment.checkpoints:
            wanted[f"history/{name}"] = (len(experiment.checkpoints), *lead, *shape[1:])
    if experiment.checkpoints:
        wanted["history_loss"] = (len(experiment.checkpoints), *lead)
    for name, shape in wanted.items():
        if name not in tensors:
            raise ValueError(f"the tensor {name} is missing.")
        if tuple(tensors[name].shape) != shape or not tensors[name].is_floating_point():
            found = f"{tensors[name].dtype} of shape {tuple(tensors[name].shape)}"
            raise ValueError(f"the tensor {name} is {found}; it must be floating-point of shape {shape}.")


def nan_last(loss: Tensor) -> Tensor:
    """Losses in which a trial that diverged is worse than any other."""
    return torch.nan_to_num(loss, nan=torch.inf)


def _take_best(values: Tensor, best: Tensor, axis: int) -> Tensor:
    index = best.reshape(*(1,) * (axis - 2), *best.shape, *(1,) * (values.ndim - axis))
    return values.take_along_dim(index, dim=axis).squeeze(axis)


def resolve(engine: str, device: str) -> tuple[str, str]:
    """Choose engine and kind of device for a request that may say "auto".

    Parameters
    ----------
    engine
        One of `ENGINES`; "auto" is the fused engine where there is one for the device.
    device
        One of `DEVICES`; "auto" is CUDA where there is a CUDA device.

    Returns
    -------
    engine, device
        "reference" or "fused"; "cpu" or "cuda".

    Raises
    ------
    ValueError
        If a name is unknown, or the device or the engine for it is not there.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine {engine!r} is unknown; it must be one of {', '.join(ENGINES)}.")
    if device not in DEVICES:
        raise ValueError(f"device {device!r} is unknown; it must be one of {', '.join(DEVICES)}.")
    there = torch.cuda.is_available()
    if device == "cuda" and not there:
        raise ValueError("device 'cuda' is not there: torch finds no CUDA device; use --device cpu or auto.")
    chosen = ("cuda" if there else "cpu") if device == "auto" else device
    lacking = fused_cuda.lacking() if chosen == "cuda" else None
    if engine == "fused" and lacking:
        raise ValueError(f"engine 'fused' cannot run on CUDA here: {lacking}; use --engine reference.")
    return ("reference" if lacking else "fused") if engine == "auto" else engine, chosen


def train(
    experiment: Experiment,
    *,
    engine: str = "auto",
    device: str = "auto",
    model: ModelFactory | None = None,
    trainer: Trainer | None = None,
    progress: ProgressReport | None = None,
) -> Trained:
    """Train every instance of an experiment and keep the best trials.

    Parameters
    ----------
    experiment
        What to train.
    engine, device
        As in `resolve`. An own `model` is always trained by the reference engine, an own `trainer` by none.
    model, trainer
        Another implementation, at most one of them: see `tms.protocol`.
    progress
        Told of the instance-steps done, from the calling thread.

    Returns
    -------
    Trained
        The sweep, with axes (point, seed, ...).

    Raises
    ------
    tms.protocol.Unsupported
        If another implementation lacks something that the experiment needs.
    tms.protocol.BrokenImplementation
        If it errs, or breaks the protocol.
    """
    if not isinstance(experiment, Experiment):
        raise TypeError(f"experiment = {shown(experiment)}; it must be a tms.experiment.Experiment.")
    if model and trainer:
        raise ValueError("model and trainer are both given; at most one of them can be.")
    engine, device = resolve("reference" if model or trainer else engine, device)
    total = experiment.n_instances * experiment.steps
    done = 0

    def advance(steps: int) -> None:
        nonlocal done
        done += steps
        if progress:
            progress(experiment.name, done, total)

    start = time.perf_counter()
    if trainer:
        engine, result = "own", foreign.run_trainer(experiment, device, advance, trainer)
    elif model:
        result = foreign.run_model(experiment, device, advance, model)
    elif engine == "fused" and device == "cuda":
        result = fused_cuda.run(experiment, advance)
    elif engine == "fused":
        result = fused_cpu.run(experiment, advance)
    else:
        result = reference.run(experiment, device, advance)
    return Trained.from_result(experiment, result, engine, device, time.perf_counter() - start)
