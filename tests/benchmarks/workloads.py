"""The workloads: experiments of the sizes that the paper trains, from one model to a thousand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tms.experiment import Experiment, sweep

SMALL_BATCH: Final = 128
LARGE_BATCH: Final = 1024


@dataclass(frozen=True)
class Workload:
    """An experiment to time.

    Parameters
    ----------
    name
        Name in the table.
    batch_size
        Inputs per step.
    settings
        Function that returns the arguments of `tms.experiment.sweep` for architecture, sizes, densities and
        importances.
    """

    name: str
    batch_size: int
    settings: Callable[[], dict[str, Any]]

    def __str__(self) -> str:
        """Return the workload's part of a test id."""
        return f"{self.name}-{self.batch_size}"

    def experiment(self, steps: int) -> Experiment:
        """Return the experiment with a number of optimizer steps.

        It uses AdamW at a constant rate, as in a notebook, and one held-out input, because evaluation is not
        measured.
        """
        return sweep(
            f"benchmark/{self.name}",
            seeds=1,
            steps=steps,
            batch_size=self.batch_size,
            learning_rate=1e-3,
            schedule="constant",
            weight_decay=0.01,
            held_out=1,
            **self.settings(),
        )


SEVEN_DENSITIES: Final = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)


def basic() -> dict[str, Any]:
    """Seven models of 20 features in 5 dimensions, from dense to sparse (#demonstrating-basic-results)."""
    return _sized("relu_output", 20, 5) | {
        "density": _points(SEVEN_DENSITIES),
        "importance": 0.7 ** np.arange(20)[None, :],
    }


def phase() -> dict[str, Any]:
    """A diagram of 20 x 20 models of two features in one dimension (#phase-change)."""
    density, relative = np.meshgrid(np.geomspace(0.01, 1, 20), np.geomspace(0.1, 10, 20), indexing="ij")
    importance = np.stack([np.ones(400), relative.ravel()], axis=1)
    return _sized("relu_output", 2, 1) | {"density": density.reshape(-1, 1), "importance": importance}


def pentagon() -> dict[str, Any]:
    """Forty-one models of 5 features in 2 dimensions (#geometry-non-uniform)."""
    return _sized("relu_output", 5, 2) | {"density": np.full((41, 1), 0.05)}


def uniform() -> dict[str, Any]:
    """Fifty models of 400 features in 30 dimensions, 1 / density from 1 to 10 (#geometry-uniform)."""
    return _sized("relu_output", 400, 30) | {"density": 1 / np.geomspace(1, 10, 50)[:, None]}


def dynamics() -> dict[str, Any]:
    """One model of 100 features in 10 dimensions (#learning)."""
    return _sized("relu_output", 100, 10) | {"density": 0.45}


def privileged() -> dict[str, Any]:
    """A thousand models with a ReLU hidden layer, 10 features in 5 neurons (#privileged-basis)."""
    return _sized("relu_hidden", 10, 5) | {
        "density": np.full((1000, 1), 0.15),
        "importance": 0.75 ** np.arange(10)[None, :],
    }


def absolute() -> dict[str, Any]:
    """Seven models that compute |x| of 100 signed features with 40 neurons (#computation-setup)."""
    return _sized("relu_hidden_untied", 100, 40) | {
        "density": _points(SEVEN_DENSITIES),
        "importance": 0.8 ** np.arange(100)[None, :],
        "signed": True,
        "target": "absolute",
    }


def _sized(architecture: str, n_features: int, n_hidden: int) -> dict[str, Any]:
    return {"architecture": architecture, "n_features": n_features, "n_hidden": n_hidden}


def _points(densities: tuple[float, ...]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array(densities)[:, None]


def _at(batch_size: int, *settings: Callable[[], dict[str, Any]]) -> list[Workload]:
    return [Workload(each.__name__, batch_size, each) for each in settings]


WORKLOADS: Final = (
    *_at(SMALL_BATCH, basic, phase, pentagon, uniform, dynamics, privileged),
    *_at(LARGE_BATCH, basic, phase, pentagon, uniform, dynamics, absolute),
)
