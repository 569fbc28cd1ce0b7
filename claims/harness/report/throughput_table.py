"""The table of a throughput report, in the terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from claims.harness.records.throughput import COMPILED, NOTEBOOK, SCAN, Report, Throughput

_WIDTH: Final = 110
_LONGEST_NAME: Final = len(NOTEBOOK)
"""Length of a stack's name that fits into the width; names of other implementations add to it."""
_WORDS: Final = ("workload", "stack")
_NUMBERS: Final = ("batch", "steps/s", "x loop", "least to most", "x scan", "of floor", "first call")


def terminal(report: Report) -> str:
    """Lay out a report for a terminal.

    The columns "x loop" and "x scan" are a stack's speed relative to the notebook loop and the compiled scan;
    "least to most" is the range of "x loop" over single pairs of rounds. "of floor" is the least time of a
    step by the machine's ceilings, divided by the measured time.
    """
    table = Table(
        title=f"Training steps per second of a whole stack of models: {place(report)}",
        box=SIMPLE_HEAD,
    )
    for heading in (*_WORDS, *_NUMBERS):
        table.add_column(heading, justify="left" if heading in _WORDS else "right", no_wrap=True)
    for row, following in zip(report.rows, [*report.rows[1:], None], strict=True):
        last = following is None or following.key[:2] != row.key[:2]
        table.add_row(*_cells(report, row), end_section=last)
    with StringIO() as out:
        longer = max((len(row.stack) - _LONGEST_NAME for row in report.rows), default=0)
        console = Console(file=out, width=_WIDTH + max(0, longer))
        if report.rows:
            console.print(table)
        for line in lines(report):
            console.print(line, markup=False, highlight=False)
        return out.getvalue()


def markdown(report: Report) -> str:
    """Return a Markdown table with a line per workload.

    A line holds every stack's speed relative to the notebook loop, and an engine's steps per second and share
    of the floor: the fused engine's if it was measured, otherwise the first engine's by name. Other
    implementations stand between the peers and the engines.
    """
    own = sorted({row.stack for row in report.rows if row.is_own}, key=_rank)
    measured = list(dict.fromkeys(row.stack for row in report.rows if not row.is_own))
    known: list[str] = [COMPILED, SCAN]
    peers = [name for name in known if name in measured]
    peers += [name for name in measured if name not in (NOTEBOOK, *known)]
    headings = ["workload", "batch", NOTEBOOK, *peers, *own]
    headings += [f"{own[0]}, steps/s", "of floor"] if own else []
    table = [headings, ["---", *["---:"] * (len(headings) - 1)]]
    for workload, batch in dict.fromkeys(row.key[:2] for row in report.rows):
        rows = {name: report.find(workload, batch, name) for name in (NOTEBOOK, *peers, *own)}
        cells = [workload, str(batch), *(f"{digits(row.ratio)} x" if row else "" for row in rows.values())]
        if own:
            best = rows[own[0]]
            cells += [digits(best.steps_per_second), f"{best.floor_share:.1%}"] if best else ["", ""]
        table.append(cells)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in table)


def lines(report: Report) -> Iterator[str]:
    """List the ceilings, the fitted exponents and the compilation times, one line each."""
    limits = report.ceilings
    yield (
        f"ceilings of this machine, {report.device}: {limits.operations / 1e9:,.0f} GFLOP/s, "
        f"{limits.draws / 1e9:,.1f} billion random numbers/s, {limits.bytes / 1e9:,.0f} GB/s"
    )
    for curve in report.curves:
        low, high = curve.interval
        yield (
            f"{curve.stack}: time grows as {curve.varied}^{curve.exponent:.2f} [{low:.2f}, {high:.2f}] "
            f"for {curve.varied} {min(curve.values):g} to {max(curve.values):g}"
        )
    for state, taken in report.compilation.items():
        yield f"fused engine, first step of a new process with {state}: {taken:.1f} s"


def place(report: Report) -> str:
    """Name the device and its number of threads."""
    threads = report.environment["threads"]
    return f"{report.environment['device_name']}, {threads} {'thread' if threads == 1 else 'threads'}"


def digits(value: float) -> str:
    """Format a positive number with two or three significant digits."""
    if value < 0.01:
        return f"{value:.2g}"
    shown = float(f"{value:.3g}")  # of 9.996 that is 10
    return f"{value:,.{0 if shown >= 100 else 1 if shown >= 10 else 2}f}"


def _cells(report: Report, row: Throughput) -> list[str]:
    is_loop = row.stack == NOTEBOOK
    low, high = row.ratio_range
    to_scan = report.ratio_to(SCAN, row)
    return [
        row.workload,
        row.stack,
        str(row.batch_size),
        digits(row.steps_per_second),
        f"{digits(row.ratio)} x",
        "" if is_loop else f"{digits(low)} to {digits(high)}",
        "" if to_scan is None or row.stack == SCAN else f"{digits(to_scan)} x",
        f"{row.floor_share:.1%}",
        "" if is_loop else f"{row.first_call:.1f} s",
    ]


def _rank(stack: str) -> tuple[bool, str]:
    return stack != "fused", stack
