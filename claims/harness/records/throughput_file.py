"""Store a throughput report as baselines/throughput-<device>.json, and read it back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from claims.harness.commands import command
from claims.harness.files import FileError, read_versioned_json, write_atomically
from claims.harness.records.throughput import Report
from claims.harness.schemas import schema

SCHEMA: Final = schema("throughput")


def path_of(root: Path, device: str) -> Path:
    """Return the path of the baseline of a kind of device."""
    return root / "baselines" / f"throughput-{device}.json"


def update_command(device: str) -> str:
    """Return the command that measures the baseline of a kind of device anew."""
    return command("bench", "--device", device, "--update-baselines")


def read(path: Path, device: str) -> Report:
    """Read a report; the file may be damaged or come from anywhere.

    Parameters
    ----------
    path
        Path of the file.
    device
        The kind of device that the report must be for.

    Raises
    ------
    FileError
        If the file is missing, damaged, for another device or of another schema version. The message names
        the command that measures it anew.
    """
    try:
        report = Report.from_json(read_versioned_json(path, SCHEMA))
        if report.device != device:
            raise FileError(f"{path} holds measurements for {report.device}, not for {device}.")
        if len({row.key for row in report.rows}) < len(report.rows):
            raise FileError(f"{path} holds two rows of one stack on one workload.")
    except FileError as error:
        raise FileError(f"{error} Measure it anew: {update_command(device)}") from error
    return report


def write(path: Path, report: Report) -> None:
    """Write a report in one step.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    write_atomically(path, json.dumps(report.as_json(), indent=1, allow_nan=False) + "\n")
