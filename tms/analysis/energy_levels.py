"""Energy levels: features jump between dimensionalities in training, and the loss drops (#learning-jumps)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.ndimage import binary_dilation

from tms.analysis import geometry, regimes
from tms.analysis.jumps import PRESENT, Change, changing, level_changes
from tms.training import Trained

ARRIVED: Final = 0.95
"""The first descent ends when this share of the features that end represented have come."""

NEARBY: Final = 0.1
"""Share of training before and after a jump with which it is compared."""

PLACE: Final = 1 / 4
"""A feature has a place, which another one can take, from this D_i on: half of a digon's 1/2."""

ROWS: Final = 2048
"""Inputs for each seed on which losses are taken; they are the same at all checkpoints."""


@dataclass(frozen=True, eq=False)
class EnergyLevels:
    """Dimensionalities, losses and changes of level of a training run at its checkpoints.

    Parameters
    ----------
    steps
        Optimizer steps before each checkpoint.
    D
        Dimensionality D_i of each feature.
    loss
        Loss, on inputs that stay the same.
    changes
        The changes of level of each seed.
    settled
        First checkpoint after the first descent of each seed: `ARRIVED` of the features that end with a D_i
        of at least `PRESENT` have reached it.
    """

    steps: Int[np.ndarray, " checkpoint"]
    D: Float[np.ndarray, "seed checkpoint feature"]
    loss: Float[np.ndarray, "seed checkpoint"]
    changes: list[list[Change]]
    settled: Int[np.ndarray, " seed"]

    @classmethod
    def of(cls, trained: Trained) -> Self:
        """Measure a sweep of one point that was trained with checkpoints, the first of them at step 0.

        Raises
        ------
        ValueError
            If there are no checkpoints.
        """
        loss = regimes.loss_curve(trained, ROWS)[:, 0].numpy().T
        history = trained.history
        assert history is not None  # or loss_curve would have raised
        steps = np.array(history.steps)
        D = geometry.dimensionality(history.parameters["W"][:, 0]).numpy().swapaxes(0, 1)
        present = D >= PRESENT
        here = (present & present[:, -1:]).sum(-1) >= ARRIVED * present[:, -1:].sum(-1)
        changes = [level_changes(steps, each) for each in D]
        return cls(steps=steps, D=D, loss=loss, changes=changes, settled=here.argmax(1))

    @property
    def later(self) -> list[list[Change]]:
        """The changes of each seed that begin after the first descent of its loss."""
        return [
            [change for change in changes if change.first >= settled]
            for changes, settled in zip(self.changes, self.settled, strict=True)
        ]

    def share_in_digons(self, within: float) -> list[float]:
        """Share of each seed's represented features that end with a D_i near 1/2; 0 if there are none.

        A feature counts as represented here if its D_i is at least half of a digon's 1/2.
        """
        return [_share(np.abs(D[-1][D[-1] >= 1 / 4] - 1 / 2) <= within) for D in self.D]

    def share_of_jumps(self) -> list[float]:
        """Share of jumps among each seed's changes after the first descent; 0 for a seed without changes."""
        return [_share(np.array([change.is_jump for change in changes])) for changes in self.later]

    def jumps(self) -> list[int]:
        """Number of each seed's jumps after the first descent."""
        return [sum(change.is_jump for change in changes) for changes in self.later]


class Drops(NamedTuple):
    """How the loss falls while features jump.

    Attributes
    ----------
    share
        Fall of the loss per step during the jumps of each seed, as a share of that and the fall per step
        before and after them: 1/2 where the loss falls evenly, and for a seed without jumps.
    total
        Fall of the loss during a seed's jumps, as a share of its final loss.
    """

    share: list[float]
    total: list[float]


def drops_at_jumps(levels: EnergyLevels) -> Drops:
    """Compare how fast the loss falls during jumps after the first descent with the time before and after.

    A jump lasts for its whole change: twice as long as the half of it between the two levels. Before and
    after are all checkpoints within `NEARBY` of a jump where nothing jumps and the first descent is over. A
    loss that rises there counts as level. Checkpoints are evenly spaced in steps.
    """
    found = Drops([], [])
    for changes, loss, settled in zip(levels.later, levels.loss, levels.settled, strict=True):
        jumps = [change for change in changes if change.is_jump]
        if not jumps:
            found.share.append(0.5)
            found.total.append(0.0)
            continue
        fall, jumping = -np.diff(loss), _jumping(jumps, len(loss))
        quiet = binary_dilation(jumping, iterations=max(round(NEARBY * len(fall)), 1)) & ~jumping
        quiet[:settled] = False
        inside, beside = fall[jumping].mean(), max(fall[quiet].mean(), 0.0) if quiet.any() else 0.0
        found.share.append(inside / max(abs(inside) + beside, np.finfo(float).tiny))
        found.total.append(fall[jumping].sum() / loss[-1])
    return found


class Swaps(NamedTuple):
    """Features that go while others come.

    Attributes
    ----------
    paired
        For each fall of a feature from a `PLACE`, over all seeds: whether another feature rises to one at the
        checkpoint at which the fall is half way.
    models
        Whether there is such a fall, for each seed.
    chance
        Share of the checkpoints at which any feature rises, for each seed: how often falls would be paired if
        they happened at random.
    """

    paired: list[bool]
    models: list[bool]
    chance: list[float]


def swaps(levels: EnergyLevels) -> Swaps:
    """Pair the falls of features with rises of others at the same checkpoint (#learning-jumps)."""
    found = Swaps([], [], [])
    for D in levels.D:
        changes = level_changes(levels.steps, D, PLACE)
        rising = changing([change for change in changes if change.rises], len(levels.steps))
        paired = [bool(rising[(fall.first + fall.last) // 2]) for fall in changes if not fall.rises]
        found.paired.extend(paired)
        found.models.append(any(paired))
        found.chance.append(float(rising.mean()))
    return found


def _jumping(jumps: list[Change], checkpoints: int) -> Bool[np.ndarray, " interval"]:
    """Whether a whole jump is under way between each two neighbouring checkpoints."""
    inside = np.zeros(checkpoints - 1, dtype=np.bool_)
    for jump in jumps:
        more = -((jump.first - jump.last) // 2)
        inside[max(jump.first - more, 0) : jump.last + more] = True
    return inside


def _share(flags: np.ndarray) -> float:
    return float(np.mean(flags)) if len(flags) else 0.0
