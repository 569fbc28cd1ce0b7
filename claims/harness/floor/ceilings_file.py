"""The measured ceilings of a machine on disk: measured once, and the best of what was measured."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

import torch

from claims.harness.files import FileError, read_json, write_atomically
from claims.harness.records.environment import device_name
from claims.harness.records.throughput import Ceilings
from claims.harness.schemas import schema
from tms import processors

SCHEMA_VERSION: Final = 1
SCHEMA: Final = schema("ceilings")


@dataclass(frozen=True)
class MeasuredCeilings:
    """The ceilings of a machine, and when they were measured.

    A busy machine looks slower than it is, so each ceiling is the best of all measurements.

    Parameters
    ----------
    ceilings
        The speed limits.
    measured
        Time of the last measurement, ISO 8601 in UTC.
    measurements
        Number of measurements.
    """

    ceilings: Ceilings
    measured: str
    measurements: int

    def improved_by(self, earlier: MeasuredCeilings | None) -> MeasuredCeilings:
        """Combine this measurement with earlier ones of the same machine: the best of each limit."""
        if earlier is None:
            return self
        own, other = asdict(self.ceilings), asdict(earlier.ceilings)
        best = Ceilings(**{name: max(speed, other[name]) for name, speed in own.items()})
        return MeasuredCeilings(best, self.measured, self.measurements + earlier.measurements)

    def as_json(self) -> dict[str, Any]:
        """Return the ceilings as members of a JSON object, with four significant digits."""
        limits = {name: float(f"{speed:.4g}") for name, speed in asdict(self.ceilings).items()}
        return {"ceilings": limits, "measured": self.measured, "measurements": self.measurements}

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> Self:
        """Build the ceilings from members that satisfy the schema."""
        return cls(Ceilings(**entry["ceilings"]), entry["measured"], entry["measurements"])


def machine_of(device: str) -> dict[str, Any]:
    """Describe what the ceilings of a kind of device depend on.

    Parameters
    ----------
    device
        "cpu" or "cuda".
    """
    return {
        "device": device,
        "device_name": device_name(device),
        "threads": processors.available(),
        "torch": torch.__version__,
    }


def path_of(root: Path, machine: dict[str, Any]) -> Path:
    """Return the path of a machine's ceilings below the folder of a project."""
    name = hashlib.sha256(json.dumps(machine, sort_keys=True).encode()).hexdigest()[:16]
    return root / ".cache" / "ceilings" / f"{name}.json"


def known(root: Path, device: str) -> MeasuredCeilings | None:
    """Read the ceilings of this machine; None if none are stored, or the file cannot be used.

    Parameters
    ----------
    root
        Folder of the project.
    device
        "cpu" or "cuda".
    """
    machine = machine_of(device)
    try:
        document = read_json(path_of(root, machine), SCHEMA)
    except FileError:
        return None
    return MeasuredCeilings.from_json(document) if document["machine"] == machine else None


def measured(root: Path, device: str, measure: Callable[[str], Ceilings]) -> MeasuredCeilings:
    """Measure the ceilings of this machine, and store the best of this measurement and earlier ones.

    A folder that cannot be written is no obstacle: the next run measures again.

    Parameters
    ----------
    root
        Folder of the project.
    device
        "cpu" or "cuda".
    measure
        Measures the ceilings of a kind of device, as `claims.harness.floor.ceilings.measure` does.
    """
    earlier = known(root, device)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    best = MeasuredCeilings(measure(device), now, 1).improved_by(earlier)
    machine = machine_of(device)
    document = {"schema_version": SCHEMA_VERSION, "machine": machine, **best.as_json()}
    with suppress(FileError):
        write_atomically(path_of(root, machine), json.dumps(document, indent=1, allow_nan=False) + "\n")
    return best
