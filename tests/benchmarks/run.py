"""One run of the benchmarks: what was asked for, what was measured, and how that compares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from claims.harness.files import FileError
from claims.harness.records.environment import device_name, system, versions
from tests.benchmarks import baseline, ceilings
from tests.benchmarks.floors import floor_of
from tests.benchmarks.stacks import NOTEBOOK, Stack, devices, notebook
from tests.benchmarks.throughput import Report, Throughput, Timed, notebook_row
from tests.benchmarks.timing import steps_a_round
from tests.benchmarks.trainers import Run
from tests.benchmarks.workloads import Workload
from tms.engines.fused_cpu import available_threads

ALL: str = "all"


@dataclass
class Bench:
    """Collects what the benchmarks measure, device by device.

    Parameters
    ----------
    root
        Folder of the project.
    devices
        What to measure.
    update
        Whether to rewrite baselines, instead of comparing with them.
    """

    root: Path
    devices: list[str]
    update: bool
    stored: dict[str, Report] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)

    def load(self) -> None:
        """Read the baselines before anything is measured.

        Raises
        ------
        FileError
            If one that is to be compared with is missing or damaged.
        """
        for device in self.devices:
            try:
                self.stored[device] = baseline.read(baseline.path_of(self.root, device), device)
            except FileError:
                if not self.update:
                    raise

    def report(self, device: str) -> Report:
        """Return the report of a device; the first call measures its ceilings."""
        if device not in self.reports:
            self.reports[device] = Report(device, environment(device), ceilings.measure(device))
        return self.reports[device]

    def add(self, workload: Workload, stack: Stack, first_call: float, timed: Timed) -> None:
        """Add the rounds of a stack to its device's report, those of the loop beside it among them."""
        report = self.report(stack.device)
        experiment = workload.experiment(1)
        floor = floor_of(experiment)
        ratios = sorted(timed.ratios)
        row = Throughput(
            workload=workload.name,
            batch_size=workload.batch_size,
            instances=experiment.n_instances,
            stack=stack.name,
            device=stack.device,
            steps_per_second=timed.steps_per_second,
            ratio=ratios[len(ratios) // 2],
            ratio_range=(ratios[0], ratios[-1]),
            first_call=first_call,
            floor=floor,
            floor_share=report.ceilings.seconds(floor) * timed.steps_per_second,
        )
        measured = self._measured.setdefault((stack.device, str(workload)), [])
        measured.append((row, timed))
        report.rows = [r for r in report.rows if r.key != (workload.name, workload.batch_size, NOTEBOOK)]
        report.rows.insert(len(report.rows) - len(measured) + 1, notebook_row(measured))
        report.rows.append(row)

    def complaints(self) -> Iterator[str]:
        """Say what fell behind its baseline."""
        for device, report in self.reports.items():
            if device in self.stored and not self.update:
                yield from baseline.complaints(report, self.stored[device])

    def remarks(self) -> Iterator[str]:
        """Say where a baseline comes from another machine."""
        for device, report in self.reports.items():
            if device in self.stored and (said := baseline.other_machine(report, self.stored[device])):
                yield said

    def rewrite(self) -> Iterator[Path]:
        """Rewrite the baselines of what was measured.

        Raises
        ------
        FileError
            If a baseline would mix two machines.
        """
        for device, report in self.reports.items():
            path = baseline.path_of(self.root, device)
            stored = self.stored.get(device)
            if stored:
                kept = {row.key for row in stored.rows} - {row.key for row in report.rows}
                if kept and (differs := baseline.other_machine(report, stored)):
                    raise FileError(
                        f"{path} is left as it is: {differs} Measure all workloads: {baseline.mend(device)}"
                    )
                report = stored.merged(report)
            baseline.write(path, report)
            yield path

    def __post_init__(self) -> None:
        """Begin with nothing measured."""
        self._measured: dict[tuple[str, str], list[tuple[Throughput, Timed]]] = {}


@cache
def loop(workload: Workload, device: str) -> tuple[Run, int]:
    """Prepare a round of the notebook loop, beside which every stack's rounds are timed."""
    trainer = notebook(device).prepare(workload.experiment(1))
    steps = steps_a_round(trainer)
    return trainer(steps), steps


def environment(device: str) -> dict[str, Any]:
    """Describe machine and software."""
    return {
        **versions(device),
        "system": system(),
        "device_name": device_name(device),
        "threads": available_threads(),
    }


def chosen_devices(asked: str) -> list[str]:
    """Check which devices are asked for.

    Raises
    ------
    ValueError
        If the name is unknown or the device is not there.
    """
    there = devices()
    if asked == ALL:
        return there
    if asked not in there:
        raise ValueError(f"--device {asked!r} must be one of {', '.join([*there, ALL])} on this machine.")
    return [asked]
