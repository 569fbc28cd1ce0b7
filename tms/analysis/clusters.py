"""Clusters of values at fractions, measured against a smooth spread.

The neighbours of a fraction decide how near is near: the cell of a fraction holds the values that are nearer
to it than to any other fraction with a denominator up to a given one, and the window is the middle third of
the cell. A smooth spread puts a third of a cell's values into its window.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import ArrayLike
from torch import Tensor

from tms.analysis import geometry

FRACTIONS: Final[dict[str, float]] = {
    "3/4": 3 / 4,
    "2/3": 2 / 3,
    "1/2": 1 / 2,
    "2/5": 2 / 5,
    "3/8": 3 / 8,
    "0": 0.0,
}
"""The fractions of a dimension that features get, by the paper (#geometry-structures)."""

DENOMINATOR: Final = 8
"""The largest denominator of the paper's fractions; its lines are told apart from all fractions up to it."""

SMOOTH: Final = 1 / 3
"""Share of a cell's values that a smooth spread puts into the window."""

THREE_TIMES: Final = 3 / 5
"""Share in the window where it is three times as dense as the rest of the cell."""

_ADDED: Final = ((1, 1), (0, 1), (0, 1))
"""Values in the window and in the cell of the three values that are added, spread smoothly."""


class Cell(NamedTuple):
    """The values that are nearer to a fraction than to its neighbours, and a third of them around it.

    Attributes
    ----------
    low, high
        Ends of the cell, half way to the neighbouring fractions; 0 and 1 have a neighbour on one side only.
    inner_low, inner_high
        Ends of the window, a third of the way to the ends of the cell.
    """

    low: float
    high: float
    inner_low: float
    inner_high: float


@cache
def fractions_up_to(denominator: int = DENOMINATOR) -> tuple[Fraction, ...]:
    """List the fractions from 0 to 1 with denominators up to a given one (the Farey sequence), increasing.

    Raises
    ------
    ValueError
        If the denominator is not positive.
    """
    if denominator < 1:
        raise ValueError(f"denominator is {denominator}; it must be positive.")
    return tuple(sorted({Fraction(k, n) for n in range(1, denominator + 1) for k in range(n + 1)}))


def cell(fraction: float, denominator: int = DENOMINATOR) -> Cell:
    """Find the cell of a fraction among all fractions with denominators up to a given one.

    Raises
    ------
    ValueError
        If `fraction` is not one of `fractions_up_to`.
    """
    every = np.array([float(each) for each in fractions_up_to(denominator)])
    at = int(np.abs(every - fraction).argmin())
    if not np.isclose(every[at], fraction, atol=1e-12):
        raise ValueError(f"fraction is {fraction:g}; its denominator must be at most {denominator}.")
    low = (every[max(at - 1, 0)] + fraction) / 2
    high = (every[min(at + 1, len(every) - 1)] + fraction) / 2
    return Cell(low, high, fraction - (fraction - low) / 3, fraction + (high - fraction) / 3)


def counted(values: ArrayLike, fraction: float, denominator: int = DENOMINATOR) -> tuple[int, int]:
    """Count the values in the window and in the cell of a fraction; NaN counts as no value."""
    found, numbers = cell(fraction, denominator), np.asarray(values, dtype=np.float64)
    inside = (numbers >= found.inner_low) & (numbers <= found.inner_high)
    around = (numbers >= found.low) & (numbers <= found.high)
    return int(inside.sum()), int(around.sum())


def gathered(values: ArrayLike, fraction: float, denominator: int = DENOMINATOR) -> float:
    """Share of the values in the cell of a fraction that lie in its window.

    Parameters
    ----------
    values
        Any shape; all values are pooled. NaN counts as no value.
    fraction
        The fraction.
    denominator
        The largest denominator of the fractions that it is told apart from.

    Returns
    -------
    float
        Between 0 and 1, as if there were three more values, spread smoothly. The null is a constant density
        over the cell, which gives `SMOOTH`. A window e times as dense as the rest of the cell gathers
        ``e / (e + 2)``. Unlike the ratio e itself, it hardly depends on how many values a clean cluster has
        in the rest of its cell by chance.

    Raises
    ------
    ValueError
        If `fraction` is not one of `fractions_up_to`.
    """
    inside, around = counted(values, fraction, denominator)
    return (inside + 1) / (around + 3)


def gathered_by_model(
    groups: Sequence[Float[np.ndarray, "model feature"]],
    fractions: Sequence[float],
    denominator: int = DENOMINATOR,
) -> Float[np.ndarray, " part"]:
    """Share of the D_i in the cells of fractions that lie in their windows, one pseudo-value for each part.

    Features of one model are not independent, and at most densities no feature is near a fraction. The share
    is therefore that of all models together, and its spread is found by leaving out one part at a time (the
    jackknife). Parts are the models and each of the three values that `gathered` adds. Densities are chosen
    and not drawn, so each part is compared with the other parts of its group alone: the models of its
    density, or the added values (the jackknife of stratified samples). The mean of the pseudo-values is the
    share, and their standard error is its standard error. Where the cells are empty, only the added values
    are left, and the standard error is so large that no share is excluded.

    Parameters
    ----------
    groups
        D_i of every feature of the models of each density; two models or more in each group.
    fractions
        The fractions whose cells are pooled.
    denominator
        As for `gathered`.

    Returns
    -------
    ndarray
        Pseudo-values of the models, group by group, then those of the three added values.

    Raises
    ------
    ValueError
        If a group has fewer than two models, there is no group, or a fraction is not one of
        `fractions_up_to`.
    """

    def in_windows_and_cells(values: np.ndarray) -> tuple[int, int]:
        counts = [counted(values, fraction, denominator) for fraction in fractions]
        return sum(inside for inside, _ in counts), sum(around for _, around in counts)

    return _pseudo_values([[in_windows_and_cells(values) for values in models] for models in groups])


def at_first_by_model(
    groups: Sequence[Float[np.ndarray, "model feature"]], first: float, second: float
) -> Float[np.ndarray, " part"]:
    """Share of the D_i in the windows of two fractions that lie in that of the first, for each part.

    A smooth spread gives `smooth_share_at_first`.

    Parameters
    ----------
    groups
        As for `gathered_by_model`.
    first, second
        The fractions, with denominators up to `DENOMINATOR`.

    Returns
    -------
    ndarray
        Pseudo-values as those of `gathered_by_model`, with three added values, one of them at the first
        fraction.

    Raises
    ------
    ValueError
        As `gathered_by_model`; or if a fraction is not one of `fractions_up_to`.
    """

    def at_each(values: np.ndarray) -> tuple[int, int]:
        (at_first, _), (at_second, _) = counted(values, first), counted(values, second)
        return at_first, at_first + at_second

    return _pseudo_values([[at_each(values) for values in models] for models in groups])


def smooth_share_at_first(first: float, second: float) -> float:
    """Share that a smooth spread has in the window of the first of two fractions: that of its width."""
    widths = [found.inner_high - found.inner_low for found in (cell(first), cell(second))]
    return widths[0] / sum(widths)


def _pseudo_values(counts: Sequence[Sequence[tuple[int, int]]]) -> Float[np.ndarray, " part"]:
    """Pseudo-values of a ratio of sums, from the two counts of each model of each group."""
    sizes = [len(models) for models in counts]
    if min(sizes, default=0) < 2:
        raise ValueError(f"groups have {sizes} models; leaving one out needs at least 2 in each.")
    parts = [np.array(group, dtype=np.float64) for group in (*counts, _ADDED)]
    inside, around = np.concatenate(parts).sum(0)
    total = sum(sizes) + len(_ADDED)
    pseudo = []
    for group in parts:
        size = len(group)
        others = (inside - group[:, 0]) / (around - group[:, 1])
        weight = np.sqrt(total * (total - 1) * (size - 1) / size)
        pseudo.append(inside / around + weight * (others.mean() - others))
    return np.concatenate(pseudo)


def share_at_fractions(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch"]:
    """Share of the represented features whose D_i lies in the window of one of the positive `FRACTIONS`.

    It is nan where no feature is represented.
    """
    D, there = geometry.dimensionality(W), geometry.represented(W)
    at = torch.zeros_like(there)
    for fraction in FRACTIONS.values():
        if fraction > 0:
            window = cell(fraction)
            at |= (window.inner_low <= D) & (window.inner_high >= D)
    return (at & there).sum(-1) / there.sum(-1)


def lines(values: ArrayLike, denominator: int, at_least: int) -> dict[Fraction, float]:
    """Find the fractions at which values gather three times as densely as around them.

    Parameters
    ----------
    values
        Any shape; all values are pooled.
    denominator
        The largest denominator of the fractions that are looked at.
    at_least
        The smallest number of values in a window that can make a line.

    Returns
    -------
    dict of Fraction to float
        What `gathered` says at each line, by the fraction between 0 and 1, both excluded.
    """
    found = {}
    for fraction in fractions_up_to(denominator)[1:-1]:
        inside, _ = counted(values, float(fraction), denominator)
        share = gathered(values, float(fraction), denominator)
        if inside >= at_least and share >= THREE_TIMES:
            found[fraction] = share
    return found
