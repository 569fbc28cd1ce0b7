"""The file format of trained sweeps: safetensors of all trials, marked with the experiment's fingerprint.

The experiment itself is not stored. A file can be read only together with the experiment that it came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from tms.experiment import Experiment
from tms.protocol import weight_shapes

_TRIAL, _HISTORY = "trial/", "history/"


@dataclass(frozen=True, eq=False)
class Stored:
    """The tensors of a trained sweep that are stored.

    Parameters
    ----------
    trial_parameters
        Parameters of all trials, by name, shape (point, seed, trial, ...).
    trial_loss
        Held-out losses of all trials, shape (point, seed, trial).
    history_parameters
        Parameters of the best trials at the checkpoints, by name, shape (checkpoint, point, seed, ...); empty
        without checkpoints.
    history_loss
        Training losses at the checkpoints, shape (checkpoint, point, seed); None without checkpoints.
    difference
        How the model differed from what the fused engine computes; None if it did not.
    engine
        The engine that trained; empty before it is stored.
    """

    trial_parameters: dict[str, Tensor]
    trial_loss: Tensor
    history_parameters: dict[str, Tensor]
    history_loss: Tensor | None
    difference: str | None = None
    engine: str = ""


def write(path: Path, stored: Stored, experiment: Experiment, engine: str, device: str) -> None:
    """Write a trained sweep to a file, whose folders are created.

    Parameters
    ----------
    path
        The file.
    stored
        The tensors.
    experiment, engine, device
        Experiment, engine and kind of device that they came from.
    """
    tensors = {f"{_TRIAL}{name}": values.contiguous() for name, values in stored.trial_parameters.items()}
    tensors["trial_loss"] = stored.trial_loss.contiguous()
    if stored.history_loss is not None:
        tensors["history_loss"] = stored.history_loss.contiguous()
        tensors |= {f"{_HISTORY}{name}": v.contiguous() for name, v in stored.history_parameters.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    described = {"engine": engine, "device": device, "fingerprint": experiment.fingerprint()}
    save_file(tensors, path, described | ({"difference": stored.difference} if stored.difference else {}))


def read(path: Path, experiment: Experiment) -> Stored:
    """Read a trained sweep from the file that `write` made of it.

    Parameters
    ----------
    path
        The file.
    experiment
        The experiment that was trained.

    Raises
    ------
    ValueError
        If the file belongs to another experiment, or its tensors are not those that training leaves.
    safetensors.SafetensorError, OSError
        If the file is damaged or cannot be read.
    """
    with safe_open(path, "pt") as file:
        described = file.metadata() or {}
    if described.get("fingerprint") != experiment.fingerprint():
        raise ValueError(f"{path.name} was not stored for this experiment.")
    tensors = load_file(path)
    _check(tensors, experiment)
    return Stored(
        _with_prefix(tensors, _TRIAL),
        tensors["trial_loss"],
        _with_prefix(tensors, _HISTORY),
        tensors.get("history_loss"),
        described.get("difference"),
        described.get("engine", ""),
    )


def _with_prefix(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): v for name, v in tensors.items() if name.startswith(prefix)}


def _check(tensors: dict[str, Tensor], experiment: Experiment) -> None:
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
