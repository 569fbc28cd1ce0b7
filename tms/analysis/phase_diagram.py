"""Phase diagrams: what becomes of the extra feature, the last one, in each cell (#phase-change).

A diagram's points are the cells of a grid of densities and relative importances, density by density.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from numpy.typing import ArrayLike
from torch import Tensor

from tms import theory
from tms.analysis import geometry, superposition
from tms.analysis.means import mean_where
from tms.experiment import Experiment
from tms.theory import TRIPLE_POINT

OUTCOMES: Final = ("ignored", "superposed", "dedicated")
"""What can become of the extra feature."""

MODELS: Final = 10
"""Number of models that the paper trains for each cell."""

IGNORED: Final = OUTCOMES.index("ignored")
SUPERPOSED: Final = OUTCOMES.index("superposed")
DEDICATED: Final = OUTCOMES.index("dedicated")


def outcome(W: Float[Tensor, "*batch feature hidden"]) -> Int[np.ndarray, "*batch"]:
    """Index in `OUTCOMES` of what became of the extra feature."""
    return outcome_of(geometry.norms(W)[..., -1], geometry.interference(W)[..., -1])


def outcome_of(norm: Float[Tensor, "*batch"], shared: Float[Tensor, "*batch"]) -> Int[np.ndarray, "*batch"]:
    """Index in `OUTCOMES` of an extra feature with a norm and an interference, as the paper colours them."""
    there = (norm > geometry.REPRESENTED_NORM).numpy()
    together = (shared >= superposition.SUPERPOSED).numpy()
    return np.asarray(np.where(there, np.where(together, SUPERPOSED, DEDICATED), IGNORED))


def mean_without_worst(
    W: Float[Tensor, "*batch trial feature hidden"], loss: Float[Tensor, "*batch trial"]
) -> tuple[Float[Tensor, "*batch"], Float[Tensor, "*batch"]]:
    """Mean norm and interference of the extra feature over all models but the worst (#phase-change).

    Parameters
    ----------
    W
        Embeddings of two or more models.
    loss
        Loss of each model; NaN counts as the highest.

    Returns
    -------
    tuple of Tensor
        The norm, and the sum of squared interference.
    """
    worst = torch.nan_to_num(loss, nan=torch.inf).argmax(-1, keepdim=True)
    kept = torch.arange(loss.shape[-1]) != worst
    norm, shared = (
        mean_where(values(W)[..., -1], kept) for values in (geometry.norms, geometry.interference)
    )
    return norm, shared


def superposed_area(W: Float[Tensor, "cell seed feature hidden"]) -> Float[np.ndarray, " seed"]:
    """Share of the cells of a diagram whose extra feature is superposed."""
    return np.asarray((outcome(W) == SUPERPOSED).mean(0))


def unrepresented_direction(W: Float[Tensor, "*batch 3 2"]) -> Float[Tensor, "*batch 3"]:
    """Unit vector of features that an embedding of three features in two dimensions maps to nothing."""
    U: Tensor = torch.linalg.svd(W.double()).U
    return U[..., :, -1]


def nearest_solution(
    W: Float[Tensor, "*batch 3 2"], solutions: Float[Tensor, "solution 3 2"]
) -> Int[np.ndarray, "*batch"]:
    """Index of the solution that leaves the nearest direction unrepresented.

    The first two features are alike, so that exchanging them leaves a solution the same.
    """
    known = unrepresented_direction(solutions)
    alike, exchanged = (unrepresented_direction(W) @ each.mT for each in (known, known[:, [1, 0, 2]]))
    return np.asarray(torch.maximum(alike.abs(), exchanged.abs()).argmax(-1).numpy())


def with_neglected(solutions: Float[Tensor, "solution 3 2"]) -> Float[Tensor, "more 3 2"]:
    """Append the solution that the theoretical diagram neglects: a triangle, W orthogonal to [1, 1, 1]."""
    corners = torch.deg2rad(torch.tensor([90.0, 210.0, 330.0], dtype=torch.float64))
    triangle = (2 / 3) ** 0.5 * torch.stack([corners.cos(), corners.sin()], dim=-1)
    return torch.cat([solutions.double(), triangle[None]])


def grid_points(
    n_features: int, cells: int
) -> tuple[
    Float[np.ndarray, "point 1"], Float[np.ndarray, "point feature"], dict[str, Float[np.ndarray, " point"]]
]:
    """Densities, importances and coordinates of the paper's grid (#phase-change), for `tms.sweep`.

    Parameters
    ----------
    n_features
        Number of features, of which the last has the relative importance; all others have importance 1.
    cells
        Cells along each axis: density from 0.01 to 1, relative importance from 0.1 to 10.
    """
    density, relative = (
        values.ravel()
        for values in np.meshgrid(np.geomspace(0.01, 1, cells), np.geomspace(0.1, 10, cells), indexing="ij")
    )
    importance = np.ones((len(density), n_features))
    importance[:, -1] = relative
    return density[:, None], importance, {"density": density, "relative_importance": relative}


def axes(
    experiment: Experiment,
) -> tuple[Float[np.ndarray, " importance"], Float[np.ndarray, " density"]]:
    """Relative importances and densities of a diagram's grid, increasing."""
    setting = experiment.coordinates
    return np.unique(setting["relative_importance"]), np.unique(setting["density"])


def on_grid(
    values: Shaped[Tensor, " point"] | ArrayLike, experiment: Experiment
) -> Shaped[np.ndarray, "density importance"]:
    """Arrange one value for each point by density and relative importance."""
    relative, density = axes(experiment)
    return np.asarray(values).reshape(len(density), len(relative))


def boundaries(
    n_features: int,
) -> list[tuple[Float[np.ndarray, " place"], Float[np.ndarray, " place"]]]:
    """Boundaries of the paper's theoretical diagrams, as curves of (relative importance, density).

    Parameters
    ----------
    n_features
        2 for two features in one dimension, 3 for three in two.
    """
    triple, _ = TRIPLE_POINT
    low = np.linspace(0.01, triple, 200)
    dense = np.array([triple, 1.0])
    curves = [(theory.boundary(low), low), (np.ones(2), dense)]
    if n_features == 2:
        return [*curves, (1 / theory.boundary(low), low)]
    return [*curves, (np.ones(2), np.array([0.01, triple]))]
