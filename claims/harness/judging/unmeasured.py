"""A quantity that the models at hand do not have: it lies outside its region, whatever that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from claims.harness.judging.quantity import LARGEST, Kind, check_stated
from claims.harness.judging.statistics import Interval

REST: Final = "the rest of the claim"
"""Name of everything that a test had not measured when the models turned out to lack it."""


@dataclass(frozen=True, kw_only=True)
class Unmeasured:
    """A quantity without a value.

    Parameters
    ----------
    name
        Name of the quantity.
    why
        Why there is no value, as a clause.
    paper, acceptance, because, unit
        As in `Quantity`.

    Raises
    ------
    MisuseError
        If the acceptance region is empty or has no reason, as in `Quantity`.
    """

    name: str
    why: str
    paper: float | None = None
    acceptance: Interval | None = None
    because: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        """Check what the claim states about the quantity, as if it had a value."""
        check_stated(self.name, self.paper, self.acceptance, self.because)

    def __str__(self) -> str:
        """Say in one sentence what could not be measured, and why."""
        return f"{self.name} cannot be measured on these models: {self.why}."


def obstacle(kind: Kind, values: Sequence[float]) -> str | None:
    """Say in a clause why values make no quantity; None if they make one.

    Parameters
    ----------
    kind
        Kind of the quantity.
    values
        Its values, one a seed.
    """
    if not values:
        return "no model has a value"
    if kind is Kind.MEAN and len(values) == 1:
        return "one model alone has a value, and a mean needs two"
    unfit = [value for value in values if not abs(value) <= LARGEST]
    if not unfit:
        return None
    where = "" if kind is Kind.EXACT else f" in {len(unfit)} of {len(values)} seeds"
    return f"the value is {unfit[0]:g}{where}"
