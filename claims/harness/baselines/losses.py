"""Trained losses of an experiment's models, and the test that tells whether they moved."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Self

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from claims.harness.judging.claim import Steadiness
from claims.harness.judging.statistics import detectable_centre, p_value_of_centre, p_value_of_more
from tms.experiment import Experiment
from tms.training import Trained

LOSS_RESOLUTION: Final = 2e-3
"""Relative change of a trained loss that is never drift.

Sums in another order move the losses of models that end in the same minimum by less than a tenth of this.
"""

JUMP: Final = 1e-4
"""Relative change of one model's loss that is more than rounding within a minimum."""

NOTABLE: Final = 0.01
"""Relative change of the mean loss that is drift if rounding explains the change of too few models."""

FLOOR: Final = 1e-4
"""Added to a loss before its logarithm is taken, in units of the loss of a model that outputs 0.

Rounding has a say in losses much smaller than this, and their ratios mean nothing.
"""

_MOST: Final = 1e6  # what a model that diverged counts as
_MODELS: Final = 256
_FEWEST_AT_A_POINT: Final = 2
_TWINS: Final = 32
_PERTURBATION: Final = 1e-6  # eight units in the last place of float32
_DIGITS: Final = 6


@dataclass(frozen=True)
class Losses:
    """Held-out losses of the first models of every point, in units of the loss of a model that outputs 0.

    Parameters
    ----------
    seed
        Run seed; models of one seed are begun and fed alike.
    best_of
        Trials that were judged on the same inputs, one after the other in `values`.
    values
        By point and model, as many models at every point; to six significant digits.
    twins
        Log ratios of the losses of some models' twins, trained from first weights that differ by rounding,
        to theirs; none where no twins were trained.
    """

    seed: int
    best_of: int
    values: tuple[tuple[float, ...], ...]
    twins: tuple[float, ...] = ()

    @classmethod
    def of(cls, trained: Trained) -> Self:
        """Take the losses of a trained sweep: of some `_MODELS` in all, all trials among them, not the best.

        The first models are the same whatever the number of seeds.
        """
        experiment = trained.experiment
        points, trials, kept = experiment.n_points, experiment.trials, _kept(experiment)
        loss = trained.trial_loss.double().numpy().reshape(points, trials)[:, :kept]
        relative = np.nan_to_num(loss / zero_loss(experiment)[:, None], nan=_MOST, posinf=_MOST)
        rows = [tuple(float(f"{value:.{_DIGITS}g}") for value in row) for row in np.minimum(relative, _MOST)]
        return cls(experiment.run_seed, experiment.best_of, tuple(rows))

    def with_twins(self, twins: Iterable[Trained]) -> Self:
        """Add the differences of the models of `twins_of` from these."""
        ratios = [
            twin._logs[row, column] - self._logs[int(point), column]
            for trained in twins
            for twin in [Losses.of(trained)]
            for row, point in enumerate(trained.experiment.point_ids)
            for column in range(trained.experiment.trials)
        ]
        return dataclasses.replace(self, twins=tuple(float(f"{ratio:.2g}") for ratio in ratios))

    @property
    def mean(self) -> float:
        """Geometric mean over all models."""
        return math.exp(float(self._logs.mean()))

    @cached_property
    def _logs(self) -> Float[np.ndarray, "point model"]:
        return np.log(np.array(self.values) + FLOOR)

    def compare(self, before: Self, alpha: float) -> LossDrift:
        """Test whether the losses moved.

        Models of one run seed, judged on the same inputs, are compared in pairs. Unchanged code gives the
        very same losses; sums in another order give nearly the same, or now and then another minimum, as
        likely a better as a worse one. Two tests share the level: that differences are symmetric about no
        more than `LOSS_RESOLUTION`, over all models and at every point; and, where the mean moved by
        `NOTABLE`, that no more models moved by a `JUMP` than do twins, which differ from a model by rounding
        alone.
        Otherwise there are no pairs, and the trials of one seed share the chance of their held-out inputs, so
        that the points' means are compared.

        Parameters
        ----------
        before
            What to compare with.
        alpha
            Level of this comparison.

        Returns
        -------
        LossDrift
            Missing if the points are not the same in number; not compared if nothing tells chance.
        """
        if len(self.values) != len(before.values):
            return LossDrift(status=Steadiness.MISSING)
        kept = min(len(self.values[0]), len(before.values[0]))
        paired = (self.seed, self.best_of) == (before.seed, before.best_of)
        if paired:
            differences = self._logs[:, :kept] - before._logs[:, :kept]
        else:
            differences = self._logs.mean(1, keepdims=True) - before._logs.mean(1, keepdims=True)
        points = tuple(np.expm1(differences.mean(1)).tolist())
        if differences.size < 2:
            return LossDrift(status=Steadiness.NOT_COMPARED, paired=paired, points=points)
        twins = np.array(before.twins or self.twins)
        p_value = _p_value(differences, twins if paired else np.zeros(0), by_point=paired and len(points) > 1)
        return LossDrift(
            status=Steadiness.DRIFTED if p_value < alpha else Steadiness.STEADY,
            paired=paired,
            p_value=p_value,
            alpha=alpha,
            change=math.expm1(float(differences.mean())),
            points=points,
            detectable=before._detectable(kept, twins, alpha) if paired else None,
        )

    def _detectable(self, kept: int, twins: NDArray[np.float64], alpha: float) -> float | None:
        moved = np.full((len(self.values), kept), LOSS_RESOLUTION + NOTABLE)
        if len(twins) and _p_value(moved, twins, by_point=len(moved) > 1) < alpha:
            return NOTABLE
        if kept < 2:
            return None
        spread = math.sqrt(2 * float(self._logs[:, :kept].var(1, ddof=1).mean()))
        shift = LOSS_RESOLUTION + detectable_centre(spread, moved.size, alpha / 2)
        return math.expm1(shift) if shift < math.log(_MOST) else None


def _p_value(
    differences: Float[np.ndarray, "point model"], twins: NDArray[np.float64], *, by_point: bool
) -> float:
    everywhere = differences.ravel()
    p_values = [p_value_of_centre(everywhere, LOSS_RESOLUTION)]
    if by_point:
        smallest = min(p_value_of_centre(row, LOSS_RESOLUTION) for row in differences)
        p_values.append(smallest * len(differences))
    if len(twins):
        # Over all points only: few twins stand at any one of them, and rounding may matter there more.
        is_notable = abs(float(everywhere.mean())) >= math.log1p(NOTABLE)
        apart = p_value_of_more(_jumps(everywhere), len(everywhere), _jumps(twins), len(twins))
        p_values.append(apart if is_notable else 1.0)
    return min(1.0, min(p_values) * len(p_values))


def _jumps(differences: NDArray[np.float64]) -> int:
    return int((np.abs(differences) > JUMP).sum())


@dataclass(frozen=True, kw_only=True)
class LossDrift:
    """The trained losses of an experiment beside their baseline.

    Parameters
    ----------
    status
        Whether they moved.
    paired
        Whether models were compared one by one; None where nothing could be compared.
    p_value, alpha
        Of the test, and its level; None where nothing was tested.
    change
        Relative change of the geometric mean over all models.
    points
        The same at every point.
    detectable
        Relative change of all losses that would be caught: `NOTABLE` where twins show that rounding leaves
        most models in their minima; else what is caught 9 times in 10 if every model ended in another
        minimum than before. None without pairs, and of too few models.
    """

    status: Steadiness
    paired: bool | None = None
    p_value: float | None = None
    alpha: float | None = None
    change: float | None = None
    points: tuple[float, ...] = ()
    detectable: float | None = None

    @property
    def largest(self) -> tuple[int, float]:
        """Position of the point that moved most, and its relative change."""
        position = int(np.argmax(np.abs(self.points)))
        return position, self.points[position]


def twins_of(experiment: Experiment) -> list[Experiment]:
    """Describe twins of some models: trained alike, from first weights that differ by rounding.

    What becomes of them tells how far sums in another order can move a loss. There are some `_TWINS`, a
    little more where the same few models need several twins each.

    Parameters
    ----------
    experiment
        A whole sweep, its points numbered from 0.
    """
    positions = np.unique(np.linspace(0, experiment.n_points - 1, _TWINS).round().astype(np.int64))
    trials = min(_kept(experiment), math.ceil(_TWINS / len(positions)))
    best_of = min(experiment.best_of, trials)
    models = trials // best_of * best_of * len(positions)
    rounds = 1 if models >= _TWINS else math.ceil(_TWINS / models) + 1
    return [
        dataclasses.replace(
            experiment.at(positions),
            seeds=trials // best_of,
            best_of=best_of,
            checkpoints=(),
            init_scale=experiment.init_scale * (1 + k * _PERTURBATION),
        )
        for k in range(1, rounds + 1)
    ]


def _kept(experiment: Experiment) -> int:
    return min(experiment.trials, max(_FEWEST_AT_A_POINT, _MODELS // experiment.n_points))


def zero_loss(experiment: Experiment) -> Float[np.ndarray, " point"]:
    """Expected loss of a model that outputs 0: the sum of I_i E[x_i^2] (#demonstrating-setup-loss).

    Parameters
    ----------
    experiment
        Any; where its inputs are all 0 or of no importance, 1 stands for the loss.
    """
    active: NDArray[np.float64] = experiment.features.density.copy()
    for group in experiment.features.anticorrelated:
        active[:, list(group)] /= len(group)
    loss = (experiment.importance * active / 3).sum(1)
    return np.where(loss > 0, loss, 1.0)


def as_json(losses: Losses) -> dict[str, Any]:
    """Write losses as plain data."""
    return {
        "seed": losses.seed,
        "best_of": losses.best_of,
        "twins": list(losses.twins),
        "values": [list(row) for row in losses.values],
    }


def from_json(block: dict[str, Any]) -> Losses:
    """Read what `as_json` wrote.

    Raises
    ------
    ValueError
        If the points do not have as many models each, in a few words.
    """
    values = tuple(tuple(map(float, row)) for row in block["values"])
    if len({len(row) for row in values}) != 1:
        raise ValueError("every point must have as many models")
    return Losses(block["seed"], block["best_of"], values, tuple(map(float, block["twins"])))
