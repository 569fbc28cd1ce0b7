"""The ceilings of a machine are measured once, and the best of what was measured is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from claims.harness.floor import ceilings_file
from claims.harness.floor.ceilings_file import known, machine_of, measured, path_of
from claims.harness.records.throughput import Ceilings
from tms import processors

QUIET = Ceilings(operations=2e11, draws=1.3e10, bytes=4e10)
BUSY = Ceilings(operations=9e10, draws=5e9, bytes=5e10)


def file_in(root: Path) -> Path:
    return path_of(root, machine_of("cpu"))


def test_ceilings_that_were_measured_are_known(tmp_path: Path) -> None:
    assert known(tmp_path, "cpu") is None
    stored = measured(tmp_path, "cpu", lambda _: QUIET)
    assert stored.ceilings == QUIET
    assert stored.measurements == 1
    assert known(tmp_path, "cpu") == stored


@pytest.mark.parametrize("order", [(QUIET, BUSY), (BUSY, QUIET)])
def test_best_of_two_measurements_is_kept(tmp_path: Path, order: tuple[Ceilings, Ceilings]) -> None:
    for ceilings in order:
        measured(tmp_path, "cpu", lambda _, now=ceilings: now)  # type: ignore[misc]
    stored = known(tmp_path, "cpu")
    assert stored is not None
    assert stored.ceilings == Ceilings(operations=2e11, draws=1.3e10, bytes=5e10)
    assert stored.measurements == 2


def test_time_is_that_of_the_last_measurement(tmp_path: Path) -> None:
    measured(tmp_path, "cpu", lambda _: QUIET)
    path = file_in(tmp_path)
    path.write_text(
        json.dumps(json.loads(path.read_text("utf-8")) | {"measured": "2020-01-01T00:00:00+00:00"})
    )
    stored = known(tmp_path, "cpu")
    assert stored is not None
    assert stored.measured == "2020-01-01T00:00:00+00:00"
    assert measured(tmp_path, "cpu", lambda _: BUSY).measured > "2025"


@pytest.mark.parametrize(
    "change",
    [
        lambda patch: patch.setattr(ceilings_file, "device_name", lambda _: "another processor"),
        lambda patch: patch.setattr(processors, "available", lambda: 64),
        lambda patch: patch.setattr(torch, "__version__", "1.0"),
    ],
    ids=["processor", "threads", "torch"],
)
def test_ceilings_of_another_machine_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[pytest.MonkeyPatch], None]
) -> None:
    measured(tmp_path, "cpu", lambda _: QUIET)
    change(monkeypatch)
    assert known(tmp_path, "cpu") is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: "{",
        lambda document: json.dumps(document | {"measurements": 0}),
        lambda document: json.dumps(document | {"ceilings": {"operations": 1.0}}),
        lambda document: json.dumps(document | {"machine": document["machine"] | {"threads": 99}}),
    ],
    ids=["no JSON", "no measurement", "a limit missing", "copied from another machine"],
)
def test_damaged_file_is_measured_anew(tmp_path: Path, damage: Callable[[dict[str, Any]], str]) -> None:
    measured(tmp_path, "cpu", lambda _: QUIET)
    path = file_in(tmp_path)
    path.write_text(damage(json.loads(path.read_text("utf-8"))), "utf-8")
    assert known(tmp_path, "cpu") is None
    assert measured(tmp_path, "cpu", lambda _: BUSY).ceilings == BUSY
    assert known(tmp_path, "cpu") is not None


def test_folder_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".cache").write_text("a file, where a folder should be", "utf-8")
    assert measured(tmp_path, "cpu", lambda _: QUIET).ceilings == QUIET
    assert known(tmp_path, "cpu") is None
