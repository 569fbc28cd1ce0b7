"""The record of a throughput measurement: speeds of every way to train, relative to the notebook loop."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Self

from tms.training import ENGINES

SCHEMA_VERSION: Final = 1
NOTEBOOK: Final = "notebook loop"
COMPILED: Final = "torch.compile"
SCAN: Final = "compiled scan"
OWN: Final = tuple(engine for engine in ENGINES if engine != "auto")
"""Names of the engines of tms; the other stacks are peers."""


@dataclass(frozen=True)
class Floor:
    """The least work of one training step of a stack of models.

    Parameters
    ----------
    dense, sparse
        Floating-point operations with and without multiplications by zero.
    draws
        Random numbers.
    bytes
        Bytes of memory traffic if the parameters do not fit into the cache.
    """

    dense: float
    sparse: float
    draws: float
    bytes: float


@dataclass(frozen=True)
class Ceilings:
    """The speed limits of a machine, with all its cores in use.

    Parameters
    ----------
    operations
        Floating-point operations per second in a large float32 matrix product.
    draws
        Random numbers per second from the engines' generator.
    bytes
        Bytes per second, read and written, in a copy of large arrays.
    """

    operations: float
    draws: float
    bytes: float

    def seconds(self, floor: Floor) -> float:
        """Compute the least time of a step.

        Arithmetic and random numbers share the arithmetic units, so their times add up; memory traffic
        overlaps with both.
        """
        return max(floor.sparse / self.operations + floor.draws / self.draws, floor.bytes / self.bytes)


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Training time against one setting, with the fitted power law.

    Parameters
    ----------
    stack, device
        Name of the stack and kind of device.
    varied
        Name of the setting: "instances", "n", "batch", "density" or "steps".
    values
        Values of the setting.
    seconds
        Seconds of one step of all models in the median round, one for each value; for "steps", seconds of
        all steps.
    exponent, interval
        Slope of log seconds over log values, and its 95% interval.
    """

    stack: str
    device: str
    varied: str
    values: tuple[float, ...]
    seconds: tuple[float, ...]
    exponent: float
    interval: tuple[float, float]

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> Self:
        """Build a curve from an entry that satisfies the schema."""
        return cls(
            **{
                **entry,
                "values": tuple(entry["values"]),
                "seconds": tuple(entry["seconds"]),
                "interval": tuple(entry["interval"]),
            }
        )


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """The speed of one stack on one workload.

    Parameters
    ----------
    workload, batch_size, instances
        Name of the workload, inputs per step, and number of models that are trained together.
    stack, device
        Name of the stack and kind of device.
    steps_per_second
        Training steps of all models per second, in the median round.
    ratio, ratio_range
        Speed relative to the notebook loop, where each round is compared with the loop's round right before
        it: the median, and the least and greatest.
    first_call
        Seconds until the first step is done. Compilation counts here and not in the rounds.
    floor
        The least work of a step.
    floor_share
        Least time of a step by the machine's ceilings, divided by the measured time.
    """

    workload: str
    batch_size: int
    instances: int
    stack: str
    device: str
    steps_per_second: float
    ratio: float
    ratio_range: tuple[float, float]
    first_call: float
    floor: Floor
    floor_share: float

    @property
    def key(self) -> tuple[str, int, str]:
        """Workload, batch size and stack, which identify a row of a report."""
        return self.workload, self.batch_size, self.stack

    @property
    def is_own(self) -> bool:
        """Whether the stack is an engine of tms rather than a peer."""
        return self.stack in OWN

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> Self:
        """Build a row from an entry that satisfies the schema."""
        return cls(
            **{
                **entry,
                "floor": Floor(**entry["floor"]),
                "ratio_range": tuple(entry["ratio_range"]),
            }
        )


@dataclass
class Report:
    """Everything that was measured on one kind of device.

    Parameters
    ----------
    device
        "cpu" or "cuda".
    environment
        Description of machine and software.
    ceilings
        Speed limits of the machine.
    rows
        Speeds, grouped by workload, in the order of measurement.
    curves
        Growth of training time with each setting.
    compilation
        Seconds until the fused engine's first step in a new process, by state of the compilation cache.
    """

    device: str
    environment: dict[str, Any]
    ceilings: Ceilings
    rows: list[Throughput] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    compilation: dict[str, float] = field(default_factory=dict)

    def find(self, workload: str, batch_size: int, stack: str) -> Throughput | None:
        """Return the row of a stack on a workload, or None."""
        return next((row for row in self.rows if row.key == (workload, batch_size, stack)), None)

    def ratio_to(self, stack: str, row: Throughput) -> float | None:
        """Return the speed of a row relative to another stack on the same workload, or None without it."""
        other = self.find(row.workload, row.batch_size, stack)
        return row.ratio / other.ratio if other else None

    def without(self, stacks: Collection[str]) -> Report:
        """Return the report without the rows of some stacks."""
        return replace(self, rows=[row for row in self.rows if row.stack not in stacks])

    def merged(self, fresh: Report) -> Report:
        """Return another report of the same machine, completed by rows and curves that only this one has."""
        measured = {row.key for row in fresh.rows}
        drawn = {(curve.stack, curve.varied) for curve in fresh.curves}
        return Report(
            fresh.device,
            fresh.environment,
            fresh.ceilings,
            _by_workload([*(row for row in self.rows if row.key not in measured), *fresh.rows]),
            [*(curve for curve in self.curves if (curve.stack, curve.varied) not in drawn), *fresh.curves],
            self.compilation | fresh.compilation,
        )

    def as_json(self) -> dict[str, Any]:
        """Return the report as a JSON object with four significant digits."""
        return {
            "schema_version": SCHEMA_VERSION,
            "device": self.device,
            "environment": self.environment,
            "ceilings": _rounded(asdict(self.ceilings)),
            "compilation_seconds": _rounded(self.compilation),
            "throughput": [_rounded(asdict(row)) for row in self.rows],
            "growth": [_rounded(asdict(curve)) for curve in self.curves],
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """Build a report from a document that satisfies the schema."""
        return cls(
            document["device"],
            document["environment"],
            Ceilings(**document["ceilings"]),
            [Throughput.from_json(entry) for entry in document["throughput"]],
            [Curve.from_json(entry) for entry in document["growth"]],
            document["compilation_seconds"],
        )


def _by_workload(rows: list[Throughput]) -> list[Throughput]:
    first: dict[tuple[str, int], int] = {}
    for place, row in enumerate(rows):
        first.setdefault((row.workload, row.batch_size), place)
    return sorted(rows, key=lambda row: (first[row.workload, row.batch_size], row.stack != NOTEBOOK))


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
