"""A measured quantity with its baseline, as results.json holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from claims.harness.baselines.drift import Drift, Stored
from claims.harness.judging.quantity import Kind, Quantity, interval_of
from claims.harness.judging.statistics import LEVEL, Interval

# The largest number in the schema; an end of an interval beyond it is written as open.
_LARGEST: Final = 1e300


@dataclass(frozen=True)
class Measured:
    """A quantity beside its baseline.

    Parameters
    ----------
    quantity
        The measured quantity.
    stored
        The same quantity in the baseline, or None.
    drift
        The comparison of the two.
    """

    quantity: Quantity
    stored: Stored | None
    drift: Drift

    def entry(self) -> dict[str, Any]:
        """Return the entry of results.json."""
        quantity, drift = self.quantity, self.drift
        return {
            "name": quantity.name,
            "kind": quantity.kind.value,
            "unit": quantity.unit,
            "n": quantity.n,
            "values": list(quantity.values),
            "mean": quantity.mean,
            "sd": quantity.sd,
            "interval": list(quantity.interval),
            "level": LEVEL,
            "paper": quantity.paper,
            "acceptance": region(quantity.acceptance),
            "because": quantity.because,
            "resolution": quantity.resolution,
            "position": quantity.position and quantity.position.value,
            "baseline": _baseline(self.stored),
            "drift": {
                "status": drift.status.value,
                "p_value": drift.p_value,
                "alpha": drift.alpha,
                "effect": _finite(drift.effect),
                "relative": _finite(drift.relative),
                "detectable": drift.detectable,
            },
        }


def region(acceptance: Interval | None) -> list[float | None] | None:
    """Write an acceptance region for results.json: None in place of an open end, and without a region."""
    return None if acceptance is None else [_finite(end) for end in acceptance]


def _baseline(stored: Stored | None) -> dict[str, Any] | None:
    if stored is None:
        return None
    # A mean may be stored of one value, which says nothing about its spread.
    is_point = stored.kind is Kind.MEAN and stored.n == 1
    interval = interval_of(Kind.EXACT if is_point else stored.kind, stored.values)
    return {"mean": stored.mean, "sd": stored.sd, "n": stored.n, "interval": list(interval)}


def _finite(number: float | None) -> float | None:
    return number if number is not None and abs(number) <= _LARGEST else None
