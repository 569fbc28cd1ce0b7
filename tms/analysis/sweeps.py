"""Points of a sweep by their coordinates, and the best model of a point."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from torch import Tensor

from tms.training import Trained


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


def of_lowest_loss(trained: Trained, point: int) -> Float[Tensor, "feature hidden"]:
    """Embedding of the model of lowest held-out loss, over all seeds of a point."""
    return trained.W[point, int(trained.loss[point].argmin())]


def _values(trained: Trained, coordinate: str) -> Float[np.ndarray, " point"]:
    coordinates = trained.experiment.coordinates
    if coordinate not in coordinates:
        there = ", ".join(sorted(coordinates)) or "none"
        raise ValueError(f"{trained.experiment.name} has no coordinate {coordinate!r}; it has {there}.")
    return np.asarray(coordinates[coordinate], dtype=np.float64)
