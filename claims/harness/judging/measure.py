"""The `measure` fixture: turns values that a claim's test measured into quantities."""

from __future__ import annotations

import math
from enum import Enum, auto
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from claims.harness.errors import MisuseError
from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import Interval
from claims.harness.judging.unmeasured import REST, Unmeasured, obstacle


class _NotGiven(Enum):
    """A parameter that was left out: the paper's value may be None, and has to be stated."""

    TOKEN = auto()


NOT_GIVEN: Final = _NotGiven.TOKEN
"""Default of `paper`."""

_IN_NOTES: Final = "a robustness note has no acceptance region and no value of the paper"


_OPTIONS: Final = ("paper", "within", "between", "at_least", "at_most", "because")
_Region = tuple[float | None, tuple[float, float] | None, float | None, float | None]


class _Stated(NamedTuple):
    """What a statement says about a quantity: the paper's value, the acceptance region and the reason."""

    paper: float | None
    acceptance: Interval | None
    because: str


class Measure:
    """Collects the quantities of one claim's test; they are judged after the test has ended.

    A statement of the paper needs an acceptance region, the reason for it, and the paper's value for each
    quantity. A robustness note has none of these.

    Parameters
    ----------
    is_note
        Whether the test is a robustness note.

    Attributes
    ----------
    quantities
        The quantities measured so far, in order.
    unmeasured
        The quantities that the models at hand do not have.
    """

    def __init__(self, *, is_note: bool = False) -> None:
        self._is_note = is_note
        self.quantities: list[Quantity] = []
        self.unmeasured: list[Unmeasured] = []

    def __call__(
        self,
        name: str,
        values: ArrayLike | Tensor,
        *,
        paper: float | _NotGiven | None = NOT_GIVEN,
        within: float | None = None,
        between: tuple[float, float] | None = None,
        at_least: float | None = None,
        at_most: float | None = None,
        because: str | None = None,
        unit: str = "",
        resolution: float | None = None,
    ) -> None:
        """Measure one quantity over seeds.

        If a value is not finite, or there are too few of them, the quantity is `unmeasured`: a claim must
        not break on models that lack what it measures.

        Parameters
        ----------
        name
            Name of the quantity; unique in the claim's test, and the key of its baseline.
        values
            One value a seed, shape (seed,). Booleans make a share with an exact interval, numbers a mean.
        paper
            The paper's value; None where it gives no number. Not in a note.
        within, between, at_least, at_most
            The acceptance region, exactly one of them: a distance from `paper`, two ends, or one end. None of
            them in a note.
        because
            The reason for this acceptance region. Not in a note.
        unit
            Unit of the values.
        resolution
            Largest change between two runs that counts as none; see `Quantity.smallest_change`.

        Raises
        ------
        MisuseError
            If the values are no numbers, or the acceptance region is missing, given twice or without a
            reason; in a note, if there is one.
        """
        array = _as_array(name, values)
        kind = Kind.SHARE if array.dtype == np.bool_ else Kind.MEAN
        stated = self._stated(name, paper, (within, between, at_least, at_most), because)
        self._add(name, kind, array, stated, unit, resolution)

    def count(
        self,
        name: str,
        values: ArrayLike | Tensor,
        *,
        paper: float | _NotGiven | None = NOT_GIVEN,
        within: float | None = None,
        between: tuple[float, float] | None = None,
        at_least: float | None = None,
        at_most: float | None = None,
        because: str | None = None,
        unit: str = "",
        resolution: float | None = None,
    ) -> None:
        """Measure the mean number of things that are found; `Quantity` says what counts are and why.

        Parameters
        ----------
        name, paper, within, between, at_least, at_most, because, unit, resolution
            As in `__call__`. The paper's value and the region are of the mean count.
        values
            One count for each model or sweep, whole numbers, shape (model,).

        Raises
        ------
        MisuseError
            As in `__call__`, or if a finite value is no whole number from 0 to `quantity.LARGEST_COUNT`.
        """
        array = _as_array(name, values)
        stated = self._stated(name, paper, (within, between, at_least, at_most), because)
        self._add(name, Kind.COUNT, array, stated, unit, resolution)

    def exact(
        self,
        name: str,
        value: float | Tensor,
        *,
        paper: float | _NotGiven | None = NOT_GIVEN,
        within: float | None = None,
        between: tuple[float, float] | None = None,
        at_least: float | None = None,
        at_most: float | None = None,
        because: str | None = None,
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
        stated = self._stated(name, paper, (within, between, at_least, at_most), because)
        self._add(name, Kind.EXACT, array, stated, unit, resolution)

    def _stated(
        self, name: str, paper: float | _NotGiven | None, region: _Region, because: str | None
    ) -> _Stated:
        if self._is_note:
            given = [paper is not NOT_GIVEN, *(option is not None for option in (*region, because))]
            for option, is_given in zip(_OPTIONS, given, strict=True):
                if is_given:
                    raise MisuseError(f"measure({name!r}) must not give {option}=: {_IN_NOTES}.")
            return _Stated(None, None, "")
        if paper is NOT_GIVEN:
            raise MisuseError(f"measure({name!r}) needs paper=, the paper's value, or None if it gives none.")
        value = None if paper is None else float(paper)
        return _Stated(value, _acceptance(name, value, *region), because or "")

    def _add(
        self,
        name: str,
        kind: Kind,
        array: np.ndarray,
        stated: _Stated,
        unit: str,
        resolution: float | None,
    ) -> None:
        if name in [known.name for known in self.quantities] + [known.name for known in self.unmeasured]:
            raise MisuseError(
                f"measure({name!r}) was called twice; a quantity's name must be unique in its test."
            )
        values = tuple(array.astype(np.float64).tolist())
        given = stated._asdict()
        if why := obstacle(kind, values):
            self.unmeasured.append(Unmeasured(name=name, why=why, unit=unit, **given))
            return
        self.quantities.append(
            Quantity(name=name, kind=kind, values=values, unit=unit, resolution=resolution, **given)
        )

    def give_up(self, why: str) -> None:
        """Note that the models lack what the rest of the test would measure.

        Parameters
        ----------
        why
            What they lack, as a clause.
        """
        self.unmeasured.append(Unmeasured(name=REST, why=why))


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
