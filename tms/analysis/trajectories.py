"""How two sets of three correlated features pass through the regimes of training (#learning-geometric).

First each set is one principal direction; then the sets open to three directions at right angles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from jaxtyping import Bool, Float, Int
from torch import Tensor

from tms.analysis import geometry, regimes
from tms.training import Trained

ALIGNED: Final = 0.95
"""A set is one direction if all cosines within it exceed this: 18 degrees at most."""

GROWN: Final = 0.4
"""Smallest norm of a feature in the regime of two directions."""

GROWN_TOGETHER: Final = 0.35
"""Smallest norm of a feature while both sets grow along one common direction."""

SET_APART: Final = 0.5
"""Two sets count as told apart below this mean cosine between their features: half way from one direction for
both, 1, to directions at right angles, 0."""

OPEN: Final = 0.1
"""A set is open if no |cosine| within it is as large: right angles within 6 degrees."""

PARTED, COMMON, OPPOSITE = range(3)
"""Ways to two directions: the sets part at once, after growing along a common direction, or lie opposite."""


@dataclass(frozen=True, eq=False)
class Trajectories:
    """The regimes of each seed, by position of the checkpoint.

    Parameters
    ----------
    steps
        Optimizer steps before each checkpoint.
    density
        Density of the sets.
    sets
        The features of each set.
    W
        Embeddings at each checkpoint.
    loss
        Loss at each checkpoint, on inputs that stay the same.
    begin, end
        First and last checkpoint at which each set is one direction, and the two differ.
    open_at
        First checkpoint at which both sets are open.
    opening
        Mean cosine of opposite features there: -1 for antipodal pairs, -2/3 for an antiprism.
    first_way
        `PARTED`, `COMMON` or `OPPOSITE`: the way to two directions.
    """

    steps: Int[np.ndarray, " checkpoint"]
    density: float
    sets: tuple[tuple[int, ...], ...]
    W: Float[Tensor, "checkpoint seed feature hidden"]
    loss: Float[np.ndarray, "checkpoint seed"]
    begin: Int[np.ndarray, " seed"]
    end: Int[np.ndarray, " seed"]
    open_at: Int[np.ndarray, " seed"]
    opening: Float[np.ndarray, " seed"]
    first_way: Int[np.ndarray, " seed"]

    @classmethod
    def of(cls, trained: Trained) -> Self:
        """Measure a sweep of one point that was trained with checkpoints.

        Raises
        ------
        ValueError
            If there are no checkpoints.
        """
        loss = regimes.loss_curve(trained)[:, 0].numpy()
        history, sets = trained.history, trained.experiment.features.sets
        assert history is not None  # or loss_curve would have raised
        W = history.parameters["W"][:, 0]
        steps, seeds = np.array(history.steps), np.arange(W.shape[1])
        together = (regimes.alignment(W, sets) > ALIGNED).numpy()
        smallest = geometry.norms(W).amin(-1)
        apart = (regimes.between_sets(W, sets) < SET_APART).numpy()
        two_directions = together & (smallest > GROWN).numpy() & apart
        begin = two_directions.argmax(0)
        end = len(steps) - 1 - two_directions[::-1].argmax(0)
        open_at = (regimes.orthogonality(W, sets) < OPEN).int().argmax(0)
        common = (together & (smallest > GROWN_TOGETHER).numpy() & ~apart).any(0)
        middle = W[_part_of_the_way(steps, begin, end, 0.5), seeds]
        opposite = regimes.between_sets(middle, sets).numpy() < -SET_APART
        return cls(
            steps=steps,
            density=float(trained.experiment.features.density[0, 0]),
            sets=sets,
            W=W,
            loss=loss,
            begin=begin,
            end=end,
            open_at=open_at.numpy(),
            opening=regimes.opposition(W[open_at, seeds], sets).numpy(),
            first_way=np.where(opposite, OPPOSITE, np.where(common, COMMON, PARTED)),
        )

    @property
    def passes_both(self) -> Bool[np.ndarray, " seed"]:
        """Whether each seed has two directions first, which no initial weights have, and opens later."""
        return (self.begin > 0) & (self.open_at > self.begin)

    def at(self, part: float) -> Int[np.ndarray, " seed"]:
        """Checkpoint a part of the way through the regime of two directions, by ln(step)."""
        return _part_of_the_way(self.steps, self.begin, self.end, part)

    @property
    def middle(self) -> Float[Tensor, "seed feature hidden"]:
        """Embeddings half way through the regime of two directions."""
        return self.W[self.at(0.5), np.arange(self.W.shape[1])]

    def loss_at(self, checkpoint: Int[np.ndarray, " seed"]) -> Float[np.ndarray, " seed"]:
        """Loss of each seed at a checkpoint of its own."""
        return np.asarray(self.loss[checkpoint, np.arange(self.W.shape[1])])

    def stages(self, seed: int) -> list[int]:
        """Checkpoints that show a seed's regimes: half grown, two directions, open, and the end."""
        half = int(self.begin[seed]) // 2
        return sorted({half, int(self.end[seed]), int(self.open_at[seed]), len(self.steps) - 1})


def _part_of_the_way(
    steps: Int[np.ndarray, " checkpoint"],
    begin: Int[np.ndarray, " seed"],
    end: Int[np.ndarray, " seed"],
    part: float,
) -> Int[np.ndarray, " seed"]:
    clock = np.log(np.maximum(steps, 1))
    wanted = (1 - part) * clock[begin] + part * clock[end]
    return np.asarray(np.abs(clock[:, None] - wanted).argmin(0))
