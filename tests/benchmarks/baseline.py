"""baselines/throughput-<device>.json: the ratios of an earlier run, with which this one is compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from claims.harness.files import FileError, read_json, write_whole
from tests.benchmarks.throughput import SCHEMA_VERSION, Report, Throughput

_SCHEMA: Final = Path(__file__).with_name("throughput.schema.json")
SCHEMA: Final[dict[str, Any]] = json.loads(_SCHEMA.read_text("utf-8"))
ALLOWED_FALL: Final = 0.35
"""Share of its baseline by which a ratio may fall.

The median of five pairs on a machine that does nothing else repeats within a tenth. On shared machines, where
a neighbour takes cores or memory bandwidth from one side of a pair more than from the other, it was seen off
by up to a third. What is to be caught (a loop that lost its SIMD code, a cache that is missed, a lock)
costs a factor of two or more.
"""


def path_of(root: Path, device: str) -> Path:
    """Where the baseline of a kind of device is kept."""
    return root / "baselines" / f"throughput-{device}.json"


def mend(device: str) -> str:
    """Name the command that measures a baseline anew."""
    return f"nox -s bench -- --device {device} --update-baselines"


def read(path: Path, device: str) -> Report:
    """Read a baseline, trusting nothing in it.

    Parameters
    ----------
    path
        File to read.
    device
        Kind of device that it must be for.

    Raises
    ------
    FileError
        If the file is missing, damaged, for something else or of another version; it names the command that
        mends it.
    """
    try:
        version = read_json(path, {"type": "object"}).get("schema_version")
        if version != SCHEMA_VERSION:
            raise FileError(
                f"{path} has schema version {version!r:.20}; this program reads version {SCHEMA_VERSION}."
            )
        report = Report.from_json(read_json(path, SCHEMA))
        if report.device != device:
            raise FileError(f"{path} is for {report.device}, by what it says, and not for {device}.")
        if len({row.key for row in report.rows}) < len(report.rows):
            raise FileError(f"{path} holds two rows of one stack on one workload.")
    except FileError as error:
        raise FileError(f"{error} Measure it anew: {mend(device)}") from error
    return report


def write(path: Path, report: Report) -> None:
    """Write a report in one step."""
    write_whole(path, json.dumps(report.as_json(), indent=1, allow_nan=False) + "\n")


def complaints(fresh: Report, stored: Report) -> list[str]:
    """Say in a sentence each which engine fell behind its baseline, or has none; peers may fall."""
    return [said for row in fresh.rows if row.is_own and (said := _complaint(row, stored))]


def other_machine(fresh: Report, stored: Report) -> str | None:
    """Say how the machine differs from the baseline's; ratios travel, but not from two cores to thirty."""
    names = ("device_name", "threads")
    now, then = ([report.environment.get(name) for name in names] for report in (fresh, stored))
    if now == then:
        return None
    return (
        f"The baseline was measured on {then[0]} with {then[1]} threads, this run on {now[0]} with {now[1]}."
    )


def _complaint(row: Throughput, stored: Report) -> str | None:
    where = f"{row.stack} on {row.workload} at batch {row.batch_size} ({row.device})"
    before = stored.find(*row.key)
    if before is None:
        return f"{where} has no baseline. Measure it: {mend(row.device)} -k {row.workload}"
    if row.ratio >= (1 - ALLOWED_FALL) * before.ratio:
        return None
    fall = 1 - row.ratio / before.ratio
    return (
        f"{where} fell by {fall:.0%}: it is {row.ratio:.3g} times as fast as the notebook loop now and was "
        f"{before.ratio:.3g} times, and {ALLOWED_FALL:.0%} are allowed."
    )
