"""The test that tells whether the trained losses of an experiment drifted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from claims.harness.baselines.drift import Steadiness
from claims.harness.baselines.losses import LARGEST, Losses
from claims.harness.baselines.power import detectable_centre
from claims.harness.baselines.significance import p_value_of_centre, p_value_of_more

LOSS_RESOLUTION: Final = 2e-3
"""Relative change of a trained loss that is never drift.

Sums in another order move the losses of models that end in the same minimum by less than a tenth of this.
"""

JUMP: Final = 1e-4
"""Relative change of one model's loss that is more than rounding within a minimum."""

NOTABLE: Final = 0.01
"""Relative change of the mean loss that is drift unless rounding explains why so many models changed."""


@dataclass(frozen=True, kw_only=True)
class LossDrift:
    """Result of comparing the trained losses of an experiment with their baseline.

    Parameters
    ----------
    status
        Steady, drifted, missing, or not compared.
    paired
        Whether models were compared in pairs; None where nothing could be compared.
    p_value, alpha
        P-value and level of the test; None where nothing was tested.
    change
        Relative change of the geometric mean over all models.
    points
        Relative change of the geometric mean at every point.
    detectable
        Relative change of all losses that would be detected: `NOTABLE` where twins show that rounding leaves
        most models in their minima; otherwise the change detected 9 times in 10 if every model ended in
        another minimum than before. None without pairs, and with too few models.
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
        """Position of the point that changed most, and its relative change."""
        position = int(np.argmax(np.abs(self.points)))
        return position, self.points[position]


def compare(now: Losses, before: Losses, alpha: float) -> LossDrift:
    """Test whether losses drifted.

    Models of one run seed that were judged on the same inputs are compared in pairs. Unchanged code gives
    identical losses. Sums in another order give nearly the same losses, or now and then another minimum,
    which is as likely better as worse. Two tests share the level. The first tests that the differences are
    symmetric about a centre within `LOSS_RESOLUTION` of 0, over all models and at every point. The second
    applies where the mean changed by `NOTABLE`: it tests that models changed by a `JUMP` no more often than
    twins, which differ from their models by rounding alone.

    Otherwise there are no pairs. The trials of one seed then share the chance of their held-out inputs, so
    the means of the points are compared.

    Parameters
    ----------
    now
        The losses of this run.
    before
        The losses to compare with.
    alpha
        Level of this comparison.

    Returns
    -------
    LossDrift
        Missing if the numbers of points differ; not compared if there are too few values for a test.
    """
    if len(now.values) != len(before.values):
        return LossDrift(status=Steadiness.MISSING)
    kept = min(len(now.values[0]), len(before.values[0]))
    paired = (now.seed, now.best_of) == (before.seed, before.best_of)
    if paired:
        differences = now.logs[:, :kept] - before.logs[:, :kept]
    else:
        differences = now.logs.mean(1, keepdims=True) - before.logs.mean(1, keepdims=True)
    points = tuple(np.expm1(differences.mean(1)).tolist())
    if differences.size < 2:
        return LossDrift(status=Steadiness.NOT_COMPARED, paired=paired, points=points)
    twins = np.array(before.twins or now.twins)
    p_value = _p_value(differences, twins if paired else np.zeros(0), by_point=paired and len(points) > 1)
    return LossDrift(
        status=Steadiness.DRIFTED if p_value < alpha else Steadiness.STEADY,
        paired=paired,
        p_value=p_value,
        alpha=alpha,
        change=math.expm1(float(differences.mean())),
        points=points,
        detectable=_detectable(before, kept, twins, alpha) if paired else None,
    )


def _detectable(before: Losses, kept: int, twins: NDArray[np.float64], alpha: float) -> float | None:
    notable = np.full((len(before.values), kept), LOSS_RESOLUTION + NOTABLE)
    if len(twins) and _p_value(notable, twins, by_point=len(notable) > 1) < alpha:
        return NOTABLE
    if kept < 2:
        return None
    spread = math.sqrt(2 * float(before.logs[:, :kept].var(1, ddof=1).mean()))
    shift = LOSS_RESOLUTION + detectable_centre(spread, notable.size, alpha / 2)
    return math.expm1(shift) if shift < math.log(LARGEST) else None


def _p_value(
    differences: Float[np.ndarray, "point model"], twins: NDArray[np.float64], *, by_point: bool
) -> float:
    everywhere = differences.ravel()
    p_values = [p_value_of_centre(everywhere, LOSS_RESOLUTION)]
    if by_point:
        smallest = min(p_value_of_centre(row, LOSS_RESOLUTION) for row in differences)
        p_values.append(smallest * len(differences))
    if len(twins):
        # Over all points only: each point has few twins, and rounding may matter more at some points.
        is_notable = abs(float(everywhere.mean())) >= math.log1p(NOTABLE)
        more_jumps = p_value_of_more(_jumps(everywhere), len(everywhere), _jumps(twins), len(twins))
        p_values.append(more_jumps if is_notable else 1.0)
    return min(1.0, min(p_values) * len(p_values))


def _jumps(differences: NDArray[np.float64]) -> int:
    return int((np.abs(differences) > JUMP).sum())
