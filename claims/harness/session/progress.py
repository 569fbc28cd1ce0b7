"""The display of training in the terminal: a bar while it runs, and a line when it has ended."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from claims.harness.records.results import TrainedOnce
from claims.harness.report.terminal import Display, Uncaptured, is_interactive, open_console
from claims.harness.session.pace import Pace
from tms.experiment import Experiment
from tms.training import ProgressReport

_SECONDS_BETWEEN_LINES: Final = 15.0


class TrainingDisplay:
    """Shows the training of experiments.

    Parameters
    ----------
    uncaptured
        Returns a context in which standard output is the terminal's.
    seconds_between_lines
        Time between two lines where there is no terminal.
    """

    def __init__(self, uncaptured: Uncaptured, seconds_between_lines: float = _SECONDS_BETWEEN_LINES) -> None:
        self._uncaptured = uncaptured
        self._seconds_between_lines = seconds_between_lines
        self._display = Display(uncaptured)
        self._console: Console | None = None
        self._shown: set[str] = set()

    @contextmanager
    def training(self, experiment: Experiment) -> Iterator[ProgressReport]:
        """Show an experiment's progress: a bar in a terminal, otherwise a line every 15 s."""
        with self._uncaptured():
            self._console = console = open_console()
            try:
                if is_interactive(console):
                    with _bar(console) as bar:
                        yield _show_on_bar(bar, experiment.name)
                else:
                    console.print(Text(f"training {experiment}"))
                    with _lines(console, self._seconds_between_lines) as report:
                        yield report
            finally:
                self._console = None

    def trained(self, log: TrainedOnce) -> None:
        """Print what the training of an experiment took."""
        if log.reused:
            self._display.line(f"reused {log.name}", "dim")
            return
        rate = f"{log.instance_steps_per_second:,.0f} instance-steps/s"
        took = f"trained {log.name} in {log.seconds:.1f} s, {rate}, {log.engine} on {log.device}"
        self._display.line(took, "dim")

    def difference(self, experiment: str, difference: str) -> None:
        """Print, once an experiment, how its model differs from what the fused engine computes."""
        if experiment in self._shown:
            return
        self._shown.add(experiment)
        text = f"{experiment}: the model is not what the fused engine trains: {difference}"
        if self._console is None:
            self._display.line(text, "yellow")
        else:
            self._console.print(Text(text, "yellow"))

    def problem(self, text: str | None) -> None:
        """Print why models cannot be stored or reused; nothing for None."""
        if text is not None:
            self._display.line(text)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}", style="dim"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


def _show_on_bar(bar: Progress, name: str) -> ProgressReport:
    pace = Pace(time.perf_counter)
    task = bar.add_task(name, total=None, rate="")

    def report(_: str, done: int, of: int) -> None:
        pace.report(done, of)
        rate = f"{pace.rate:,.0f} instance-steps/s" if pace.rate else ""
        bar.update(task, completed=done, total=of, rate=rate)

    return report


@contextmanager
def _lines(console: Console, seconds: float) -> Iterator[ProgressReport]:
    """Print a line every so often, also while the code that trains reports nothing."""
    pace, ended = Pace(time.perf_counter), Event()

    def tick() -> None:
        while not ended.wait(seconds):
            console.print(Text(f"  {pace.line}"))

    ticking = Thread(target=tick, daemon=True)
    ticking.start()
    try:
        yield lambda _, done, of: pace.report(done, of)
    finally:
        ended.set()
        ticking.join()
