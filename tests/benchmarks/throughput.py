"""What was measured: steps per second of each stack on each workload, and ratios to the notebook loop."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks.stacks import NOTEBOOK

SCHEMA: Final = 1
_WIDTH: Final = 110


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """One stack on one workload.

    Parameters
    ----------
    workload, batch_size, instances
        What was trained.
    stack, device
        How, and on what.
    steps
        Optimizer steps of each round.
    first_call
        Seconds of the first step of all, in which compiled code is made or loaded from disk; no part of the
        rounds.
    rounds
        Wall seconds of each round.
    """

    workload: str
    batch_size: int
    instances: int
    stack: str
    device: str
    steps: int
    first_call: float
    rounds: tuple[float, ...]

    @property
    def trained(self) -> tuple[str, int]:
        """Workload and batch size."""
        return self.workload, self.batch_size

    @property
    def steps_per_second(self) -> float:
        """Training steps of the whole stack of models per second, in the median round."""
        return self.steps / statistics.median(self.rounds)


@dataclass
class Report:
    """All that one run measured.

    Parameters
    ----------
    rows
        In the order in which they were measured.
    compilation
        Seconds until the fused engine's first step in a new process, by state of the compilation's cache.
    """

    rows: list[Throughput] = field(default_factory=list)
    compilation: dict[str, float] = field(default_factory=dict)

    def ratio(self, row: Throughput) -> float | None:
        """How many times as fast as the notebook loop on the same workload and device; None without one."""
        for other in self.rows:
            if (other.stack, other.device, other.trained) == (NOTEBOOK, row.device, row.trained):
                return row.steps_per_second / other.steps_per_second
        return None

    def as_json(self, environment: dict[str, Any]) -> dict[str, Any]:
        """Everything measured, for reading in a diff; ratios travel between machines, speeds do not."""
        return {
            "schema": SCHEMA,
            "environment": environment,
            "compilation_seconds": {name: _rounded(value) for name, value in self.compilation.items()},
            "throughput": [
                {
                    "workload": row.workload,
                    "batch_size": row.batch_size,
                    "instances": row.instances,
                    "stack": row.stack,
                    "device": row.device,
                    "steps_per_second": _rounded(row.steps_per_second),
                    "ratio_to_notebook_loop": _rounded(self.ratio(row)),
                    "steps_a_round": row.steps,
                    "round_seconds": [_rounded(value) for value in row.rounds],
                    "first_call_seconds": _rounded(row.first_call),
                }
                for row in self.rows
            ],
        }

    def as_text(self) -> str:
        """One table of all rows, and what compilation took.

        "ratio" is to the notebook loop, "steps" are those of a round, "spread" is between the slowest
        round and the fastest, as a share of the median one.
        """
        table = Table(
            title="Training steps per second of a whole stack of models, data and optimizer included",
            box=SIMPLE_HEAD,
        )
        words, numbers = ("workload", "stack", "device"), ("models", "batch", "steps/s", "spread", "ratio")
        for heading in (*words, *numbers, "steps", "first call"):
            table.add_column(heading, justify="left" if heading in words else "right", no_wrap=True)
        for row, following in zip(self.rows, [*self.rows[1:], None], strict=True):
            ratio = self.ratio(row)
            table.add_row(
                row.workload,
                row.stack,
                row.device,
                str(row.instances),
                str(row.batch_size),
                _digits(row.steps_per_second),
                f"{_spread(row.rounds):.0%}",
                "" if ratio is None else f"{_digits(ratio)} x",
                str(row.steps),
                f"{row.first_call:.2f} s",
                end_section=following is None or following.trained != row.trained,
            )
        with StringIO() as out:
            console = Console(file=out, width=_WIDTH)
            if self.rows:
                console.print(table)
            for state, taken in self.compilation.items():
                console.print(f"fused engine, first step of a new process with {state}: {taken:.1f} s")
            return out.getvalue()


def _spread(rounds: Sequence[float]) -> float:
    return (max(rounds) - min(rounds)) / statistics.median(rounds)


def _digits(value: float) -> str:
    return f"{value:,.{0 if value >= 100 else 1 if value >= 10 else 2}f}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
