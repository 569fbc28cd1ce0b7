"""One run of the benchmarks: its options, its measurements, and the comparison with the baselines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from claims.harness.files import FileError
from claims.harness.floor import ceilings
from claims.harness.floor.counting import floor_of
from claims.harness.records import throughput_file
from claims.harness.records.environment import device_name, system, versions
from claims.harness.records.throughput import NOTEBOOK, Report, Throughput
from claims.harness.session.implementation import Implementation
from tests.benchmarks import comparison
from tests.benchmarks.rounds import Timed, notebook_row
from tests.benchmarks.stacks import Stack, devices, notebook
from tests.benchmarks.timing import steps_a_round
from tests.benchmarks.trainers import Run
from tests.benchmarks.workloads import Workload
from tms import processors

ALL: Final = "all"
"""The value of --device for every device that this machine has."""


@dataclass
class Bench:
    """The measurements of a run, device by device.

    Parameters
    ----------
    root
        The project's folder.
    devices
        The kinds of device to measure.
    update
        Whether to rewrite the baselines instead of comparing with them.
    given
        Other implementations to measure. Baselines hold none of them.
    stored
        The baselines, by device.
    reports
        The measurements so far, by device.
    """

    root: Path
    devices: list[str]
    update: bool
    given: list[Implementation] = field(default_factory=list)
    stored: dict[str, Report] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)
    _measured: dict[tuple[str, str], list[tuple[Throughput, Timed]]] = field(default_factory=dict, init=False)

    def load(self) -> None:
        """Read the baselines.

        Raises
        ------
        FileError
            If a baseline is missing or damaged, unless the run rewrites it.
        """
        for device in self.devices:
            try:
                self.stored[device] = throughput_file.read(throughput_file.path_of(self.root, device), device)
            except FileError:
                if not self.update:
                    raise

    def report(self, device: str) -> Report:
        """Return the report of a device; the first call measures its ceilings."""
        if device not in self.reports:
            self.reports[device] = Report(device, environment(device), ceilings.measure(device))
        return self.reports[device]

    def add(self, workload: Workload, stack: Stack, first_call: float, timed: Timed) -> None:
        """Add a stack's rounds to its device's report, and count the loop's rounds beside them.

        Parameters
        ----------
        workload, stack
            What was trained, and by which software.
        first_call
            Seconds until the first step was done.
        timed
            The rounds of the stack and of the notebook loop.
        """
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
        """Name every engine that fell behind its baseline."""
        for device, report in self.reports.items():
            if device in self.stored and not self.update:
                yield from comparison.complaints(report, self.stored[device])

    def remarks(self) -> Iterator[str]:
        """Name every baseline that comes from another machine."""
        for device, report in self.reports.items():
            if device in self.stored and (text := comparison.other_machine(report, self.stored[device])):
                yield text

    def rewrite(self) -> Iterator[Path]:
        """Rewrite the baselines of the measured devices; yield their paths.

        Raises
        ------
        FileError
            If a baseline would mix measurements of two machines.
        """
        for device, report in self.reports.items():
            path = throughput_file.path_of(self.root, device)
            report = report.without({implementation.name for implementation in self.given})
            stored = self.stored.get(device)
            if stored:
                kept = {row.key for row in stored.rows} - {row.key for row in report.rows}
                if kept and (differs := comparison.other_machine(report, stored)):
                    raise FileError(
                        f"{path} is left as it is: {differs} Measure all workloads: "
                        f"{throughput_file.update_command(device)}"
                    )
                report = stored.merged(report)
            throughput_file.write(path, report)
            yield path


@cache
def loop(workload: Workload, device: str) -> tuple[Run, int]:
    """Prepare a round of the notebook loop; return it with its number of steps."""
    trainer = notebook(device).prepare(workload.experiment(1))
    steps = steps_a_round(trainer)
    return trainer(steps), steps


def environment(device: str) -> dict[str, Any]:
    """Describe machine and software."""
    return {
        **versions(device),
        "system": system(),
        "device_name": device_name(device),
        "threads": processors.available(),
    }


def chosen_devices(name: str) -> list[str]:
    """List the devices that a value of --device names.

    Raises
    ------
    ValueError
        If the name is unknown or this machine has no such device.
    """
    available = devices()
    if name == ALL:
        return available
    if name not in available:
        raise ValueError(f"--device {name!r} must be one of {', '.join([*available, ALL])} on this machine.")
    return [name]
