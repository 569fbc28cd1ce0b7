"""Baselines of one quantity or a few."""

from __future__ import annotations

from claims.harness.baselines.baseline import Baseline, Key, entry_of
from claims.harness.judging.quantity import Kind, Quantity
from tests.helpers import quantities

ENVIRONMENT: dict[str, str | int] = {"torch": "2.6.0", "seed": 0}
KEY = Key("DEMO-1", "test_it_holds")
STEADY = tuple(1 + 0.01 * i for i in range(8))


def quantity(*values: float, kind: Kind = Kind.MEAN, name: str = "q", unit: str = "") -> Quantity:
    """Make a quantity that is accepted up to 1."""
    return quantities.quantity(*values, hi=1.0, kind=kind, name=name, unit=unit)


def baseline_with(*quantities: Quantity, key: Key = KEY) -> Baseline:
    """Make a baseline that stores the quantities of one test."""
    entry = entry_of(quantities, ENVIRONMENT)
    return Baseline(device="cpu", profile="quick", entries={key: entry})


def scaled(factor: float) -> tuple[float, ...]:
    """Scale the values of `STEADY`."""
    return tuple(factor * value for value in STEADY)
