"""Several runs side by side on an executor, with one display."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from claims.harness.errors import MisuseError, one_line
from claims.harness.report.terminal import is_interactive
from claims.harness.separate_runs.job import Ended, Job, perform
from claims.harness.separate_runs.place import Place

Record = Callable[[str, Ended], None]
"""Takes the name of a run and what came of it."""


def side_by_side(place: Place, jobs: Mapping[str, Job], record: Record, console: Console) -> None:
    """Perform jobs, as many at a time as the place has room for.

    Runs are recorded one by one as they end, so that an interrupt loses only those that are under way. After
    an error no further run begins; those that are under way end and are recorded.

    Parameters
    ----------
    place
        Where the runs are made.
    jobs
        The runs, by name.
    record
        Called when a run has ended.
    console
        The terminal; `record` can print to it.

    Raises
    ------
    MisuseError
        If a run could not be made.
    Exception
        The first error of `record`.
    """
    waiting, running = deque(jobs.items()), dict[Future[Ended], str]()
    failure: Exception | None = None
    with _display(console, len(jobs)) as show:
        try:
            while running or (waiting and failure is None):
                while waiting and failure is None and place.has_room_beside(len(running)):
                    name, job = waiting.popleft()
                    running[place.executor.submit(perform, job)] = name
                show(len(jobs) - len(waiting) - len(running), list(running.values()))
                ended = wait(running, return_when=FIRST_COMPLETED).done
                for future in [each for each in running if each in ended]:
                    name = running.pop(future)
                    try:
                        record(name, _result(future, name))
                    except Exception as error:
                        failure = failure or error
        except BaseException:
            place.end_at_once()
            raise
    if failure is not None:
        raise failure


def _result(run: Future[Ended], name: str) -> Ended:
    try:
        return run.result()
    except Exception as error:  # a worker that died twice, a cluster that is gone
        raise MisuseError(f"the run {name} could not be made: {one_line(error)}.") from error


@contextmanager
def _display(console: Console, total: int) -> Iterator[Callable[[int, list[str]], None]]:
    """Show a bar in a terminal; elsewhere the lines of `record` say enough."""
    if not is_interactive(console):
        yield lambda *_: None
        return
    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done, running: bar.update(task, completed=done, description=_described(running))


def _described(running: list[str]) -> str:
    shown = ", ".join(running)
    return shown if len(shown) <= 60 else f"{len(running)} runs"
