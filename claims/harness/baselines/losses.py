"""Trained losses of an experiment's models, as baselines and results store them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Self

import numpy as np
from jaxtyping import Float

from tms.analysis.exact_losses import zero_loss
from tms.experiment import Experiment
from tms.training import Trained

FLOOR: Final = 1e-4
"""Number added to a loss before its logarithm is taken, in units of the loss of a model that outputs 0.

Much smaller losses depend on rounding, so their ratios mean nothing.
"""

LARGEST: Final = 1e6
"""Loss that is stored for a model that diverged."""

_MODELS: Final = 256
_FEWEST_AT_A_POINT: Final = 2
_DIGITS: Final = 6


@dataclass(frozen=True)
class Losses:
    """Held-out losses of the first models of every point, in units of the loss of a model that outputs 0.

    Parameters
    ----------
    seed
        Seed of the run; models of one seed start from the same weights and see the same data.
    best_of
        Number of trials that were judged on the same inputs; they are consecutive in `values`.
    values
        Loss by point and model, to six significant digits; every point has the same number of models.
    twins
        Log ratios of the losses of twins to those of the models they copy; a twin is trained from first
        weights that differ by rounding. Empty where no twins were trained.
    """

    seed: int
    best_of: int
    values: tuple[tuple[float, ...], ...]
    twins: tuple[float, ...] = ()

    @classmethod
    def of(cls, trained: Trained) -> Self:
        """Take the losses of a trained sweep: of about 256 models, with all trials, not just the best.

        The first models are the same whatever the number of seeds.
        """
        experiment = trained.experiment
        points, trials, kept = experiment.n_points, experiment.trials, models_at_a_point(experiment)
        loss = trained.trial_loss.double().numpy().reshape(points, trials)[:, :kept]
        relative = np.nan_to_num(loss / zero_loss(experiment)[:, None], nan=LARGEST, posinf=LARGEST)
        limited = np.minimum(relative, LARGEST)
        rows = [tuple(float(f"{value:.{_DIGITS}g}") for value in row) for row in limited]
        return cls(experiment.run_seed, experiment.best_of, tuple(rows))

    def with_twins(self, twins: Iterable[Trained]) -> Self:
        """Add the log ratios of twins to these models.

        Parameters
        ----------
        twins
            The trained experiments of `claims.harness.baselines.twins.twins_of`.
        """
        ratios = [
            twin.logs[row, column] - self.logs[int(point), column]
            for trained in twins
            for twin in [Losses.of(trained)]
            for row, point in enumerate(trained.experiment.point_ids)
            for column in range(trained.experiment.trials)
        ]
        return dataclasses.replace(self, twins=tuple(float(f"{ratio:.2g}") for ratio in ratios))

    def of_best_trials(self) -> Self:
        """Keep the lowest loss of each seed at each point, as training keeps one model of each; no twins."""
        rows = tuple(
            tuple(min(row[k : k + self.best_of]) for k in range(0, len(row), self.best_of))
            for row in self.values
        )
        return dataclasses.replace(self, best_of=1, values=rows, twins=())

    @property
    def mean(self) -> float:
        """Geometric mean over all models."""
        return math.exp(float(self.logs.mean()))

    @cached_property
    def logs(self) -> Float[np.ndarray, "point model"]:
        """Logarithms of the losses plus `FLOOR`, shape (point, model)."""
        return np.log(np.array(self.values) + FLOOR)


def models_at_a_point(experiment: Experiment) -> int:
    """Number of models at every point whose losses are kept, about 256 in all."""
    return min(experiment.trials, max(_FEWEST_AT_A_POINT, _MODELS // experiment.n_points))


def as_json(losses: Losses) -> dict[str, Any]:
    """Write losses as plain data."""
    return {
        "seed": losses.seed,
        "best_of": losses.best_of,
        "twins": list(losses.twins),
        "values": [list(row) for row in losses.values],
    }


def from_json(block: dict[str, Any]) -> Losses:
    """Read the data that `as_json` wrote.

    Raises
    ------
    ValueError
        If the points do not all have the same number of models.
    """
    values = tuple(tuple(map(float, row)) for row in block["values"])
    if len({len(row) for row in values}) != 1:
        raise ValueError("every point must have the same number of models")
    return Losses(block["seed"], block["best_of"], values, tuple(map(float, block["twins"])))
