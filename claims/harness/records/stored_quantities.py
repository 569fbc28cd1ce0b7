"""Quantities as a results.json stores them, read back as `Quantity`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from claims.harness.errors import MisuseError
from claims.harness.files import FileError
from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import Interval

_OPEN: Final = (-math.inf, math.inf)


def quantities_of(claim: Mapping[str, Any]) -> list[Quantity]:
    """Read the quantities of one claim.

    Parameters
    ----------
    claim
        The claim's entry in a results.json that satisfies its schema.

    Raises
    ------
    FileError
        If no measurement can give such a quantity.
    """
    try:
        return [
            Quantity(
                name=q["name"],
                kind=Kind(q["kind"]),
                values=tuple(map(float, q["values"])),
                paper=q["paper"],
                acceptance=_region(q["acceptance"]),
                because=q["because"],
                unit=q["unit"],
                resolution=q["resolution"],
            )
            for q in claim["quantities"]
        ]
    except MisuseError as error:
        raise FileError(f"A quantity of claim {claim['id']} is invalid: {error}") from error


def _region(acceptance: Sequence[float | None] | None) -> Interval | None:
    if acceptance is None:
        return None
    lo, hi = (infinite if end is None else end for end, infinite in zip(acceptance, _OPEN, strict=True))
    return Interval(lo, hi)
