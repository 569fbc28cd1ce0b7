"""How the features of a set lie to each other: angles between partners, and pairs that collapse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from tms.analysis import geometry
from tms.analysis.crossing import crossing, lowest_of_kind
from tms.training import Trained

COLLAPSED_ANGLE: Final = 30.0
"""Partners nearer than this, in degrees, count as collapsed: half of the 60 that a hexagon gives them."""


def set_numbers(n_features: int, sets: Sequence[Sequence[int]]) -> Int[np.ndarray, " feature"]:
    """Number of the set that each feature belongs to, in the order of the sets; 0 for a feature in none."""
    numbers = np.zeros(n_features, dtype=int)
    for number, group in enumerate(sets):
        numbers[list(group)] = number
    return numbers


def set_cosines(
    W: Float[Tensor, "*batch feature hidden"], sets: Sequence[Sequence[int]]
) -> Float[Tensor, "*batch pair"]:
    """Cosine of every two features of one set, set by set (#geometry-organization)."""
    cosines = geometry.cosines(W)
    pairs = [(i, j) for group in sets for k, i in enumerate(group) for j in group[k + 1 :]]
    first, second = (list(side) for side in zip(*pairs, strict=True))
    return cosines[..., first, second]


def set_angles(
    W: Float[Tensor, "*batch feature hidden"], sets: Sequence[Sequence[int]]
) -> Float[Tensor, "*batch pair"]:
    """Angle between every two features of one set in degrees, in the order of `set_cosines`."""
    return torch.rad2deg(set_cosines(W, sets).clamp(-1, 1).acos())


def partners_are_antipodal(
    W: Float[Tensor, "*batch feature hidden"], sets: Sequence[Sequence[int]]
) -> Bool[Tensor, "*batch"]:
    """Whether all features are represented and every two of one set antipodal (#geometry-organization)."""
    antipodal = set_cosines(W, sets) < geometry.ANTIPODAL
    return geometry.represented(W).all(-1) & antipodal.all(-1)


def collapsed(
    W: Float[Tensor, "*batch feature hidden"], pairs: Sequence[tuple[int, ...]]
) -> Bool[Tensor, "*batch pair"]:
    """Whether both features of each pair are embedded in one direction (#geometry-collapsing).

    A feature without an embedding counts as orthogonal to its partner.
    """
    return set_angles(W, pairs) < COLLAPSED_ANGLE


def collapse_densities(
    trained: Trained, loss: Float[Tensor, "point seed trial"]
) -> list[Float[np.ndarray, " seed"]]:
    """Densities at which correlated pairs collapse in the optimum, one after another (#geometry-collapsing).

    Parameters
    ----------
    trained
        A sweep over the density, increasing, of features in correlated pairs. With density 1 features are
        independent and have no partners; that point is left out.
    loss
        Loss of every trial.

    Returns
    -------
    list of ndarray
        For k = 1, 2, ...: where the lowest loss of trials with at least k collapsed pairs falls below that of
        trials with fewer.
    """
    pairs = trained.experiment.features.sets
    density = trained.experiment.coordinates["density"]
    count = collapsed(trained.trial_parameters["W"], pairs).sum(-1)
    dependent = density < 1
    return [
        crossing(
            density[dependent],
            lowest_of_kind(loss, count < k)[dependent],
            lowest_of_kind(loss, count >= k)[dependent],
        )
        for k in range(1, len(pairs) + 1)
    ]


def pair_components(
    W: Float[Tensor, "*batch feature hidden"], pairs: Sequence[tuple[int, ...]]
) -> tuple[Float[Tensor, "*batch pair"], Float[Tensor, "*batch pair"]]:
    """Lengths that represent (a + b) / sqrt 2 and (a - b) / sqrt 2 of each pair (#geometry-collapsing)."""
    W = W.double()
    a, b = (W[..., [pair[k] for pair in pairs], :] / 2**0.5 for k in (0, 1))
    return torch.linalg.vector_norm(a + b, dim=-1), torch.linalg.vector_norm(a - b, dim=-1)
