"""Points of a sweep by their coordinates, parts of a sweep, and the best model of a point."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from torch import Tensor

from tms.analysis import geometry
from tms.training import Trained


class SubSweep(NamedTuple):
    """One model at each of some densities.

    Attributes
    ----------
    inverse_density
        1/(1-S), as the sweep orders its points.
    W
        Embeddings.
    """

    inverse_density: Float[np.ndarray, " point"]
    W: Float[Tensor, "point feature hidden"]

    @property
    def D_star(self) -> Float[np.ndarray, " point"]:
        """Dimensions per feature (#geometry-uniform)."""
        return geometry.dimensions_per_feature(self.W).numpy()

    @property
    def D(self) -> Float[np.ndarray, "point feature"]:
        """D_i of each feature (#geometry-dimensionality)."""
        return geometry.dimensionality(self.W).numpy()


def independent_sweeps(trained: Trained, at_least: int = 3) -> list[SubSweep]:
    """Divide a sweep over the density into sweeps that share no model.

    Parameters
    ----------
    trained
        A trained sweep with the coordinate "density".
    at_least
        Smallest number of sweeps to return.

    Returns
    -------
    list of SubSweep
        One for each seed if there are enough seeds. Otherwise each seed's points are dealt in turn to as many
        sweeps as are needed, so that all of them reach over nearly the whole range.

    Raises
    ------
    ValueError
        If the sweep has fewer points than each seed must give sweeps.
    """
    every = math.ceil(at_least / trained.experiment.seeds)
    places = 1 / _values(trained, "density")
    if len(places) < every:
        raise ValueError(
            f"{trained.experiment.name}: {len(places)} points of {trained.experiment.seeds} seeds cannot "
            f"make {at_least} sweeps."
        )
    return [
        SubSweep(places[start::every], trained.W[start::every, seed])
        for seed in range(trained.experiment.seeds)
        for start in range(every)
    ]


def point_at(trained: Trained, coordinate: str, value: float) -> int:
    """Position of the one point whose coordinate has a value, up to rounding.

    Parameters
    ----------
    trained
        A trained sweep.
    coordinate
        Name of one of the experiment's coordinates, such as "density".
    value
        The coordinate's value.

    Raises
    ------
    ValueError
        If the sweep has no such coordinate, or if not exactly one point has the value.
    """
    values = _values(trained, coordinate)
    found = np.flatnonzero(np.isclose(values, value))
    if len(found) != 1:
        raise ValueError(
            f"{trained.experiment.name}: {len(found)} points have {coordinate} = {value:g}; the sweep has "
            f"{', '.join(f'{each:.4g}' for each in values)}."
        )
    return int(found[0])


def nearest_point(trained: Trained, coordinate: str, value: float) -> int:
    """Position of the point whose coordinate is nearest to a value.

    Parameters
    ----------
    trained, coordinate
        As for `point_at`.
    value
        The value to come near to.

    Raises
    ------
    ValueError
        If the sweep has no such coordinate.
    """
    return int(np.abs(_values(trained, coordinate) - value).argmin())


def places(sweeps: Iterable[Trained]) -> Iterator[tuple[Trained, int, float]]:
    """List every point of several sweeps: the sweep, the position of the point, and its density."""
    for sweep in sweeps:
        for point, density in enumerate(_values(sweep, "density")):
            yield sweep, point, float(density)


def of_lowest_loss(trained: Trained, point: int) -> Float[Tensor, "feature hidden"]:
    """Embedding of the model of lowest held-out loss, over all seeds of a point."""
    return trained.W[point, int(trained.loss[point].argmin())]


def _values(trained: Trained, coordinate: str) -> Float[np.ndarray, " point"]:
    coordinates = trained.experiment.coordinates
    if coordinate not in coordinates:
        there = ", ".join(sorted(coordinates)) or "none"
        raise ValueError(f"{trained.experiment.name} has no coordinate {coordinate!r}; it has {there}.")
    return np.asarray(coordinates[coordinate], dtype=np.float64)
