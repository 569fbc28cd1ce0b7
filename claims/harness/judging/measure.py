"""The `measure` fixture: turns values that a claim's test measured into quantities."""

from __future__ import annotations

import math
from typing import Final, NamedTuple, TypedDict, Unpack

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from claims.harness.errors import MisuseError
from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import Interval
from claims.harness.judging.unmeasured import REST, Unmeasured, obstacle


class Options(TypedDict, total=False):
    """What a claim says of a quantity that it measures.

    Attributes
    ----------
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
    """

    paper: float | None
    within: float | None
    between: tuple[float, float] | None
    at_least: float | None
    at_most: float | None
    because: str | None
    unit: str
    resolution: float | None


_REGION: Final = ("within", "between", "at_least", "at_most")
_IN_NOTES: Final = "a robustness note has no acceptance region and no value of the paper"


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

    def __call__(self, name: str, values: ArrayLike | Tensor, **options: Unpack[Options]) -> None:
        """Measure one quantity over seeds.

        If a value is not finite, or there are too few of them, the quantity is `unmeasured`: a claim must
        not break on models that lack what it measures.

        Parameters
        ----------
        name
            Name of the quantity; unique in the claim's test, and the key of its baseline.
        values
            One value a seed, shape (seed,). Booleans make a share with an exact interval, numbers a mean.
        **options
            See `Options`. A statement needs `paper`, a region and `because`; a note has none of these.

        Raises
        ------
        MisuseError
            If the values are no numbers, or the acceptance region is missing, given twice or without a
            reason; in a note, if there is one.
        """
        array = _as_array(name, values)
        self._add(name, Kind.SHARE if array.dtype == np.bool_ else Kind.MEAN, array, options)

    def count(self, name: str, values: ArrayLike | Tensor, **options: Unpack[Options]) -> None:
        """Measure the mean number of things that are found; `Quantity` says what counts are and why.

        Parameters
        ----------
        name, **options
            As in `__call__`. The paper's value and the region are of the mean count.
        values
            One count for each model or sweep, whole numbers, shape (model,).

        Raises
        ------
        MisuseError
            As in `__call__`, or if a finite value is no whole number from 0 to `quantity.LARGEST_COUNT`.
        """
        self._add(name, Kind.COUNT, _as_array(name, values), options)

    def exact(self, name: str, value: float | Tensor, **options: Unpack[Options]) -> None:
        """Measure a quantity that does not depend on chance: one value, whose interval has no width.

        Parameters
        ----------
        name, **options
            As in `__call__`.
        value
            The value; a boolean counts as 0 or 1.

        Raises
        ------
        MisuseError
            As in `__call__`.
        """
        array = _as_array(name, [value.item() if isinstance(value, Tensor) else value])
        self._add(name, Kind.EXACT, array, options)

    def _add(self, name: str, kind: Kind, array: np.ndarray, options: Options) -> None:
        if unknown := sorted(options.keys() - Options.__annotations__.keys()):
            raise TypeError(f"measure({name!r}) has no option {unknown[0]}.")
        given = {"unit": options.get("unit", ""), **self._stated(name, options)._asdict()}
        if name in [known.name for known in self.quantities] + [known.name for known in self.unmeasured]:
            raise MisuseError(
                f"measure({name!r}) was called twice; a quantity's name must be unique in its test."
            )
        values = tuple(array.astype(np.float64).tolist())
        if why := obstacle(kind, values):
            self.unmeasured.append(Unmeasured(name=name, why=why, **given))
            return
        resolution = options.get("resolution")
        self.quantities.append(Quantity(name=name, kind=kind, values=values, resolution=resolution, **given))

    def _stated(self, name: str, options: Options) -> _Stated:
        if self._is_note:
            for option in ("paper", *_REGION, "because"):
                if options.get(option) is not None or (option == "paper" and option in options):
                    raise MisuseError(f"measure({name!r}) must not give {option}=: {_IN_NOTES}.")
            return _Stated(None, None, "")
        if "paper" not in options:
            raise MisuseError(f"measure({name!r}) needs paper=, the paper's value, or None if it gives none.")
        paper = None if options["paper"] is None else float(options["paper"])
        return _Stated(paper, _acceptance(name, paper, options), options.get("because") or "")

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


def _acceptance(name: str, paper: float | None, options: Options) -> Interval:
    if sum(options.get(option) is not None for option in _REGION) != 1:
        raise MisuseError(f"measure({name!r}) needs exactly one of within, between, at_least and at_most.")
    if (within := options.get("within")) is not None:
        if paper is None:
            raise MisuseError(f"measure({name!r}): within is a distance from paper, which is None.")
        if not within >= 0:
            raise MisuseError(f"measure({name!r}): within must not be negative, not {within}.")
        return Interval(float(paper) - float(within), float(paper) + float(within))
    if (between := options.get("between")) is not None:
        return Interval(float(between[0]), float(between[1]))
    at_least, at_most = options.get("at_least"), options.get("at_most")
    return Interval(
        -math.inf if at_least is None else float(at_least), math.inf if at_most is None else float(at_most)
    )
