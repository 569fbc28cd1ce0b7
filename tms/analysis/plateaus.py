"""Ranges of sparsity over which dimensions per feature, D*, stick at a value (#geometry-uniform)."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from torch import Tensor

from tms.analysis import geometry
from tms.training import Trained


def curve(trained: Trained) -> tuple[Float[np.ndarray, " point"], Float[Tensor, "point seed"]]:
    """1/(1-S) and dimensions per feature D* at each point of a sweep over the density."""
    return 1 / trained.experiment.coordinates["density"], geometry.dimensions_per_feature(trained.W)


def dimensions_per_feature(trained: Trained) -> Float[np.ndarray, "point seed"]:
    """D* of every model of an experiment."""
    return geometry.dimensions_per_feature(trained.W).numpy()


def longest_range(inside: ArrayLike, coordinate: ArrayLike) -> tuple[float, float]:
    """Ends of the longest run of neighbouring points that have a property.

    Parameters
    ----------
    inside
        Whether each point has it, shape (point,).
    coordinate
        Positive and increasing, shape (point,).

    Returns
    -------
    tuple of float
        First and last coordinate of the run whose ratio of the two is the largest; the first coordinate twice
        if no point has the property.

    Raises
    ------
    ValueError
        If the shapes differ or the coordinate is not positive and increasing.
    """
    flags, places = np.asarray(inside, dtype=bool), np.asarray(coordinate, dtype=np.float64)
    if flags.ndim != 1 or flags.shape != places.shape:
        raise ValueError(f"inside has shape {flags.shape}, coordinate {places.shape}; both must be (point,).")
    if not (places > 0).all() or not (np.diff(places) > 0).all():
        raise ValueError("coordinate must be positive and increasing.")
    steps = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    runs = [(float(places[a]), float(places[b - 1])) for a, b in zip(steps[::2], steps[1::2], strict=True)]
    return max(runs, key=lambda ends: ends[1] / ends[0], default=(float(places[0]),) * 2)


def sticky_range(
    inverse_density: Float[np.ndarray, " point"],
    D_star: Float[np.ndarray, " point"],
    value: float,
    near: float,
    span: tuple[float, float],
) -> tuple[float, float]:
    """Ends of the longest range of 1/(1-S) in which D* is near a value.

    Parameters
    ----------
    inverse_density
        1/(1-S), positive and increasing.
    D_star
        Dimensions per feature. Between points it is a line over the logarithm of 1/(1-S), and beyond them it
        is constant.
    value
        The value at which it may stick.
    near
        Largest distance from the value, as a share of it.
    span
        Ends of the 1/(1-S) that are looked at.

    Returns
    -------
    tuple of float
        The lower end of `span` twice if D* is nowhere near.
    """
    fine = np.geomspace(*span, 2000)
    curve_there = np.interp(np.log(fine), np.log(inverse_density), D_star)
    return longest_range(np.abs(curve_there / value - 1) <= near, fine)


def slope(
    inverse_density: Float[np.ndarray, " point"],
    D_star: Float[np.ndarray, " point"],
    span: tuple[float, float],
) -> float:
    """Slope of ln D* against ln 1/(1-S) from one end of a range to the other; D* as in `sticky_range`."""
    ends = np.log(span)
    low, high = np.log(np.interp(ends, np.log(inverse_density), D_star))
    return float((high - low) / (ends[1] - ends[0]))


def middle_half(ends: tuple[float, float]) -> tuple[float, float]:
    """Ends of the middle half, in the logarithm, of a range of positive numbers."""
    low, high = ends
    return low ** (3 / 4) * high ** (1 / 4), low ** (1 / 4) * high ** (3 / 4)
