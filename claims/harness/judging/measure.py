"""The `measure` fixture: turns values that a claim's test measured into quantities."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from claims.harness.errors import MisuseError
from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import Interval


class Measure:
    """Collects the quantities of one claim's test; they are judged after the test has ended.

    Attributes
    ----------
    quantities
        The quantities measured so far, in order.
    """

    def __init__(self) -> None:
        self.quantities: list[Quantity] = []

    def __call__(
        self,
        name: str,
        values: ArrayLike | Tensor,
        *,
        paper: float | None,
        within: float | None = None,
        between: tuple[float, float] | None = None,
        at_least: float | None = None,
        at_most: float | None = None,
        because: str,
        unit: str = "",
        resolution: float | None = None,
    ) -> None:
        """Measure one quantity over seeds.

        Parameters
        ----------
        name
            Name of the quantity; unique in the claim's test, and the key of its baseline.
        values
            One value a seed, shape (seed,). Booleans make a share with an exact interval, numbers a mean.
        paper
            The paper's value; None where it gives no number.
        within, between, at_least, at_most
            The acceptance region, exactly one of them: a distance from `paper`, two ends, or one end.
        because
            The reason for this acceptance region.
        unit
            Unit of the values.
        resolution
            Largest change between two runs that counts as none; see `Quantity.smallest_change`.

        Raises
        ------
        MisuseError
            If a value is not finite, there are too few values, or the acceptance region is missing, given
            twice or without a reason.
        """
        array = _as_array(name, values)
        kind = Kind.SHARE if array.dtype == np.bool_ else Kind.MEAN
        region = _acceptance(name, paper, within, between, at_least, at_most)
        self._add(name, kind, array, paper, region, because, unit, resolution)

    def exact(
        self,
        name: str,
        value: float | Tensor,
        *,
        paper: float | None,
        within: float | None = None,
        between: tuple[float, float] | None = None,
        at_least: float | None = None,
        at_most: float | None = None,
        because: str,
        unit: str = "",
        resolution: float | None = None,
    ) -> None:
        """Measure a quantity that does not depend on chance: one value, whose interval has no width.

        Parameters
        ----------
        name, paper, within, between, at_least, at_most, because, unit, resolution
            As in `__call__`.
        value
            The value; a boolean counts as 0 or 1.

        Raises
        ------
        MisuseError
            As in `__call__`.
        """
        array = _as_array(name, [value.item() if isinstance(value, Tensor) else value])
        region = _acceptance(name, paper, within, between, at_least, at_most)
        self._add(name, Kind.EXACT, array, paper, region, because, unit, resolution)

    def _add(
        self,
        name: str,
        kind: Kind,
        array: np.ndarray,
        paper: float | None,
        acceptance: Interval,
        because: str,
        unit: str,
        resolution: float | None,
    ) -> None:
        if any(quantity.name == name for quantity in self.quantities):
            raise MisuseError(
                f"measure({name!r}) was called twice; a quantity's name must be unique in its test."
            )
        self.quantities.append(
            Quantity(
                name=name,
                kind=kind,
                values=tuple(array.astype(np.float64).tolist()),
                paper=None if paper is None else float(paper),
                acceptance=acceptance,
                because=because,
                unit=unit,
                resolution=resolution,
            )
        )


def _as_array(name: str, values: ArrayLike | Tensor) -> np.ndarray:
    array = values.detach().to("cpu").numpy() if isinstance(values, torch.Tensor) else np.asarray(values)
    if array.ndim != 1:
        raise MisuseError(
            f"measure({name!r}): values must be one number a seed, not an array of shape {array.shape}."
        )
    if array.dtype.kind not in "bifu":
        raise MisuseError(f"measure({name!r}): values must be booleans or real numbers, not {array.dtype}.")
    return array


def _acceptance(
    name: str,
    paper: float | None,
    within: float | None,
    between: tuple[float, float] | None,
    at_least: float | None,
    at_most: float | None,
) -> Interval:
    given = [option for option in (within, between, at_least, at_most) if option is not None]
    if len(given) != 1:
        raise MisuseError(f"measure({name!r}) needs exactly one of within, between, at_least and at_most.")
    if within is not None:
        if paper is None:
            raise MisuseError(f"measure({name!r}): within is a distance from paper, which is None.")
        if not within >= 0:
            raise MisuseError(f"measure({name!r}): within must not be negative, not {within}.")
        return Interval(float(paper) - float(within), float(paper) + float(within))
    if between is not None:
        return Interval(float(between[0]), float(between[1]))
    if at_least is not None:
        return Interval(float(at_least), math.inf)
    return Interval(-math.inf, float(at_most))  # type: ignore[arg-type]
