"""Energy levels: features jump between dimensionalities in training, and the loss drops (#learning-jumps)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import numpy as np
from jaxtyping import Float, Int

from tms.analysis import geometry
from tms.analysis.jumps import Jump, find_jumps, while_jumping
from tms.training import Trained

SETTLED: Final = 0.25
"""Dimensionality above which a feature counts as represented at the end: half of a digon's 1/2."""

DESCENT: Final = 0.9
"""Share of the descent of the loss after which it counts as settled."""


@dataclass(frozen=True, eq=False)
class EnergyLevels:
    """Dimensionalities, losses and jumps of a training run at its checkpoints, without the start at step 0.

    Parameters
    ----------
    m
        Number of hidden dimensions.
    steps
        Optimizer steps before each checkpoint.
    D
        Dimensionality D_i of each feature.
    loss
        Mean training loss since the checkpoint before.
    jumps
        The jumps of each seed.
    settled
        Step by which each seed's loss had made `DESCENT` of its whole descent.
    """

    m: int
    steps: Int[np.ndarray, " checkpoint"]
    D: Float[np.ndarray, "seed checkpoint feature"]
    loss: Float[np.ndarray, "seed checkpoint"]
    jumps: list[list[Jump]]
    settled: Int[np.ndarray, " seed"]

    @classmethod
    def of(cls, trained: Trained) -> Self:
        """Measure a sweep of one point that was trained with checkpoints, the first of them at step 0.

        Raises
        ------
        ValueError
            If there are no checkpoints.
        """
        history = trained.history
        if history is None:
            raise ValueError(f"{trained.experiment.name} was trained without checkpoints.")
        steps = np.array(history.steps[1:])
        D = geometry.dimensionality(history.parameters["W"][1:, 0]).numpy().swapaxes(0, 1)
        loss = history.loss[1:, 0].numpy().T
        start, end = history.loss[0, 0].numpy()[:, None], loss[:, -1:]
        return cls(
            m=trained.experiment.n_hidden,
            steps=steps,
            D=D,
            loss=loss,
            jumps=[find_jumps(steps, each) for each in D],
            settled=steps[(start - loss >= DESCENT * (start - end)).argmax(1)],
        )

    def share_in_digons(self, within: float = 0.05) -> list[float]:
        """Share of each seed's represented features that end with a D_i near 1/2; 0 if there are none."""
        return [_share(np.abs(D[-1][D[-1] > SETTLED] - 1 / 2) <= within) for D in self.D]

    def share_arrived_by_jumps(self, speed: float) -> list[float]:
        """Share of each seed's represented features that rose by a jump; 0 if there are none.

        Parameters
        ----------
        speed
            Least rise of D_i per unit of ln(step) in a jump.
        """
        arrived = []
        for D in self.D:
            risen = {jump.feature for jump in find_jumps(self.steps, D, speed=speed) if jump.change > 0}
            arrived.append(_share(np.isin(np.flatnonzero(D[-1] > SETTLED), list(risen))))
        return arrived


class Falls(NamedTuple):
    """How the loss falls around the jumps of a run.

    Attributes
    ----------
    before, after
        Fall per unit of ln(step) before the first and after the last jump, relative to that during jumps; a
        seed without checkpoints there is left out.
    drops
        Fall of the loss during jumps for each jump, one value for each seed.
    """

    before: list[float]
    after: list[float]
    drops: list[float]


def falls_around_jumps(levels: EnergyLevels) -> Falls:
    """Compare how fast the loss falls during jumps with how fast it falls before and after them.

    Before the first jump a factor of e in the step counts, after the last one all of the rest.
    """
    clock = np.log(levels.steps)
    found = Falls([], [], [])
    for jumps, loss in zip(levels.jumps, levels.loss, strict=True):
        jumping = while_jumping(jumps, len(clock))
        drop, spent = -np.diff(loss), np.diff(clock)
        inside = drop[jumping].sum() / spent[jumping].sum()
        first, last = min(j.first for j in jumps), max(j.last for j in jumps)
        earlier = int(np.abs(clock - (clock[first] - 1)).argmin())
        for rates, start, end in ((found.before, earlier, first), (found.after, last, len(clock) - 1)):
            if start < end:
                rates.append((loss[start] - loss[end]) / (clock[end] - clock[start]) / inside)
        found.drops.append(drop[jumping].sum() / len(jumps))
    return found


def _share(flags: np.ndarray) -> float:
    return float(np.mean(flags)) if len(flags) else 0.0
