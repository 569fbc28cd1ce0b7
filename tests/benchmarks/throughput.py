"""What was measured: steps per second of each stack on each workload, and ratios to the notebook loop."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final, Self

from tests.benchmarks.floors import Ceilings, Floor
from tests.benchmarks.growth import Curve
from tests.benchmarks.stacks import NOTEBOOK, OWN, SCAN

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """One stack on one workload.

    Parameters
    ----------
    workload, batch_size, instances
        What was trained.
    stack, device
        How, and on what.
    steps_per_second
        Training steps of the whole stack of models per second, in the median round.
    ratio, ratio_range
        To the notebook loop, each round to the loop's own round right before it: median, least and greatest.
    first_call
        Seconds until the first step was done, in which compiled code is made or loaded from disk; no part of
        the rounds.
    floor
        The least work of a step.
    floor_share
        Least time of a step by the ceilings of the machine, over the time that it took.
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
        """Workload, batch size and stack: what a row of a device's baseline is found by."""
        return self.workload, self.batch_size, self.stack

    @property
    def is_own(self) -> bool:
        """Whether an engine of this package was measured, and not a peer."""
        return self.stack in OWN


@dataclass(frozen=True)
class Timed:
    """The rounds of one stack, each beside one of the notebook loop.

    Parameters
    ----------
    steps, rounds
        Steps of a round, and wall seconds of each.
    beside_steps, beside
        The same of the notebook loop.
    """

    steps: int
    rounds: tuple[float, ...]
    beside_steps: int
    beside: tuple[float, ...]

    @property
    def ratios(self) -> tuple[float, ...]:
        """How many times as fast as the loop, pair by pair."""
        pairs = zip(self.rounds, self.beside, strict=True)
        return tuple((self.steps / own) / (self.beside_steps / other) for own, other in pairs)

    @property
    def steps_per_second(self) -> float:
        """Speed of the median round."""
        return self.steps / statistics.median(self.rounds)


@dataclass
class Report:
    """All that is known of one kind of device.

    Parameters
    ----------
    device
        "cpu" or "cuda".
    environment
        Machine and software.
    ceilings
        What the machine can do.
    rows
        By workload, in the order in which they were measured.
    curves
        How time grows.
    compilation
        Seconds until the fused engine's first step in a new process, by state of the compilation's cache.
    """

    device: str
    environment: dict[str, Any]
    ceilings: Ceilings
    rows: list[Throughput] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    compilation: dict[str, float] = field(default_factory=dict)

    def find(self, workload: str, batch_size: int, stack: str) -> Throughput | None:
        """Return the row of a stack on a workload, if there is one."""
        return next((row for row in self.rows if row.key == (workload, batch_size, stack)), None)

    def against(self, row: Throughput, stack: str = SCAN) -> float | None:
        """How many times as fast as another stack on the same workload; None without it."""
        other = self.find(row.workload, row.batch_size, stack)
        return row.ratio / other.ratio if other else None

    def merged(self, fresh: Report) -> Report:
        """Keep what another report of the same machine did not measure."""
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
        """Everything, for reading in a diff; ratios travel between machines, speeds do not."""
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
        """Take a document that satisfies the schema."""
        return cls(
            document["device"],
            document["environment"],
            Ceilings(**document["ceilings"]),
            [
                Throughput(
                    **{**row, "floor": Floor(**row["floor"]), "ratio_range": tuple(row["ratio_range"])}
                )
                for row in document["throughput"]
            ],
            [
                Curve(**{name: tuple(v) if isinstance(v, list) else v for name, v in curve.items()})
                for curve in document["growth"]
            ],
            document["compilation_seconds"],
        )


def notebook_row(rows: Iterable[tuple[Throughput, Timed]]) -> Throughput:
    """Make the notebook loop's own row from all of its rounds beside the stacks of one workload."""
    measured = list(rows)
    like = measured[0][0]
    rounds = [taken for _, timed in measured for taken in timed.beside]
    speed = measured[0][1].beside_steps / statistics.median(rounds)
    same = {each.name: getattr(like, each.name) for each in fields(Throughput)}
    share = like.floor_share / like.steps_per_second * speed
    return Throughput(
        **{
            **same,
            "stack": NOTEBOOK,
            "steps_per_second": speed,
            "ratio": 1.0,
            "ratio_range": (1.0, 1.0),
            "first_call": 0.0,
            "floor_share": share,
        }
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
