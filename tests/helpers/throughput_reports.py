"""Small throughput reports for tests."""

from __future__ import annotations

from typing import Any, Final

from claims.harness.records.throughput import NOTEBOOK, Ceilings, Curve, Floor, Report, Throughput

ENVIRONMENT: Final = {"device_name": "a processor", "threads": 2, "system": "Linux"}
CEILINGS: Final = Ceilings(operations=1e11, draws=1e9, bytes=1e10)


def row(**changes: Any) -> Throughput:
    """Return a row of the fused engine, with changes by name."""
    settings: dict[str, Any] = {
        "workload": "phase", "batch_size": 128, "instances": 400, "stack": "fused", "device": "cpu",
        "steps_per_second": 2000.0, "ratio": 20.0, "ratio_range": (15.0, 25.0), "first_call": 0.5,
        "floor": Floor(2e6, 1e6, 1e5, 1e4), "floor_share": 0.25,
    }  # fmt: skip
    return Throughput(**settings | changes)


LOOP: Final = row(stack=NOTEBOOK, ratio=1.0, ratio_range=(1.0, 1.0), steps_per_second=100.0, first_call=0.0)
CURVE: Final = Curve(
    stack="fused", device="cpu", varied="batch", values=(1.0, 2.0, 4.0), seconds=(1.0, 2.1, 3.9),
    exponent=0.98, interval=(0.9, 1.1),
)  # fmt: skip


def report(*rows: Throughput, **changes: Any) -> Report:
    """Return a report of these rows, with changes to its other settings by name."""
    settings: dict[str, Any] = {"device": "cpu", "environment": ENVIRONMENT, "ceilings": CEILINGS}
    return Report(**settings | changes, rows=list(rows), curves=[CURVE], compilation={"an empty cache": 12.3})
