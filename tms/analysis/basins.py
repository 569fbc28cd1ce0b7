"""Basins of attraction of two weights without bias, and how sharply the optimum with bias changes.

Source: #comment-deepmind.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float, Shaped
from numpy.typing import ArrayLike

from tms import theory
from tms.analysis.no_bias_minima import DENSITIES, along_density, kinds

REACH: Final = 1.4
"""Largest size of a weight among the starts, as far as the loss surfaces are drawn."""

SIDE: Final = 60
"""Starts along each axis."""

RATE: Final = 0.15
"""Step of the descent times the density, a fifth of the largest stable one at a norm of 1."""

STEPS: Final = 200
_NUDGE: Final = 1e-5


def starts() -> Float[np.ndarray, "start 2"]:
    """Evenly spaced pairs of weights that cover the square from -`REACH` to `REACH`."""
    middles = REACH * (2 * (np.arange(SIDE) + 0.5) / SIDE - 1)
    return np.stack(np.meshgrid(middles, middles, indexing="ij"), axis=-1).reshape(-1, 2)


def descended(
    W: Float[np.ndarray, "start 2"], density: float, relative_importance: float
) -> Float[np.ndarray, "start 2"]:
    """Follow the gradient of the exact loss without bias in small steps; the results have a positive W1."""

    def loss(first: Float[np.ndarray, "..."], second: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        return theory.no_bias_loss(first, second, density=density, relative_importance=relative_importance)

    # The loss grows with the importances, of which the larger one limits the step.
    rate = RATE / (density * max(relative_importance, 1.0))
    nudges = _NUDGE * np.array([[1, -1, 0, 0], [0, 0, 1, -1]])
    for _ in range(STEPS):
        around = loss(W[:, :1] + nudges[0], W[:, 1:] + nudges[1])
        slope = np.stack([around[:, 0] - around[:, 1], around[:, 2] - around[:, 3]], axis=1) / (2 * _NUDGE)
        W = W - rate * np.clip(slope, -1 / rate, 1 / rate)
    return np.asarray(W * np.where(W[:, :1] < 0, -1.0, 1.0))


class Basins(NamedTuple):
    """What becomes of evenly spaced starts.

    Attributes
    ----------
    density, relative_importance
        The setting.
    kinds
        Kind of the minimum in which each of `starts` ends, by the names of `no_bias_minima.kinds`.
    lowest
        Kind of the global minimum.
    """

    density: float
    relative_importance: float
    kinds: Shaped[np.ndarray, " start"]
    lowest: str

    @property
    def minima(self) -> list[str]:
        """The kinds of minima in which starts end."""
        return sorted(set(self.kinds.tolist()))

    @property
    def share_of_the_lowest(self) -> float:
        """Share of the starts that end in the global minimum."""
        return float(np.mean(self.kinds == self.lowest))


def before_the_transition(relative_importance: float) -> Basins:
    """Basins at the last of `DENSITIES` before the largest jump of the global minimum.

    Parameters
    ----------
    relative_importance
        Importance of the second feature.
    """
    second = along_density(relative_importance)
    last = int(np.abs(np.diff(second)).argmax())
    p = float(DENSITIES[last])
    ends = np.array(kinds(descended(starts(), p, relative_importance)))
    return Basins(p, relative_importance, ends, kinds(np.array([[1.0, second[last]]]))[0])


def extra_weight(density: ArrayLike, relative_importance: float) -> Float[np.ndarray, " density"]:
    """Size of W2 at the exact optimum with bias, along the density."""
    p = np.asarray(density, dtype=np.float64)[:, None]
    importance = np.array([1.0, relative_importance])
    W = theory.global_optimum(1, density=p, importance=importance, random_starts=8).W[..., 0]
    return np.asarray(np.abs(W[:, 1]))
