"""The verdicts of a run in the terminal: a line for each claim, and tables at the end."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from claims.harness.baselines.baseline import Baseline, DoublingEntry, Key, LossEntry
from claims.harness.baselines.drift import Steadiness
from claims.harness.judging.chance import NOTABLE, chance_of_failing
from claims.harness.judging.judge import judge
from claims.harness.judging.outcomes import Position, Verdict
from claims.harness.judging.quantity import Quantity
from claims.harness.records.changes import COLUMNS, Change
from claims.harness.records.results import Outcome
from claims.harness.report.differences import differences, plain_table

Uncaptured = Callable[[], AbstractContextManager[None]]
"""Returns a context in which standard output is the terminal's, although pytest captures that of tests."""

UNEXPECTED: Final = "not as documented"
"""What is said of a verdict that is not the documented one."""

_WIDTH_OF_FILES: Final = 140
_STYLES: Final = {
    Verdict.REPLICATED: "green",
    Verdict.CONTRADICTED: "yellow",
    Verdict.INCONCLUSIVE: "magenta",
    Verdict.NOTED: "cyan",
    Verdict.FAILED: "bold red",
    Verdict.NOT_RUN: "dim",
    Steadiness.STEADY: "green",
    Steadiness.DRIFTED: "bold red",
    Steadiness.MISSING: "bold red",
    Steadiness.NOT_COMPARED: "dim",
}


class Display:
    """Prints to the terminal while pytest captures the output of tests.

    Parameters
    ----------
    uncaptured
        Returns a context in which standard output is the terminal's.
    """

    def __init__(self, uncaptured: Uncaptured) -> None:
        self._uncaptured = uncaptured

    def claim(self, outcome: Outcome, number: int, of: int) -> None:
        """Print the verdict of one claim, the number-th of so many."""
        line = Text(f"{number:>{len(str(of))}}/{of}  {outcome.claim.id:<9}")
        line.append(f"{outcome.verdict.value:<14}", _style_of(outcome))
        if _is_unexpected(outcome):
            line.append(f"{UNEXPECTED}  ", "bold red")
        if outcome.baseline in (Steadiness.DRIFTED, Steadiness.MISSING):
            line.append(f"baseline {outcome.baseline.value}  ", _STYLES[outcome.baseline])
        line.append(f"{outcome.seconds:5.1f} s  {outcome.claim.sentence}")
        with self._uncaptured():
            open_console().print(line, no_wrap=True, overflow="ellipsis")

    def line(self, text: str, style: str = "") -> None:
        """Print one line, without breaks, so that a command in it can be copied."""
        with self._uncaptured():
            open_console().print(Text(text, style), soft_wrap=True)

    def lines_as_they_are(self, lines: Iterable[str]) -> None:
        """Print lines for a program: without style, and each on one line whatever the terminal's width."""
        with self._uncaptured():
            for line in lines:
                print(line, flush=True)

    def summary(
        self,
        outcomes: Sequence[Outcome],
        counts: dict[str, int],
        figure_errors: int,
        seconds: float,
        *,
        lenient: bool = False,
    ) -> None:
        """Print the table of claims, what is inconclusive and why, and the line of totals.

        Parameters
        ----------
        outcomes
            The outcomes of all selected claims.
        counts
            The summary of a results.json.
        figure_errors
            Number of figures that could not be drawn.
        seconds
            Wall seconds of the run.
        lenient
            Whether an inconclusive verdict always passes.
        """
        table = plain_table("claim", "statement", "verdict", "measured [99% interval]", "paper", "baseline")
        for outcome in outcomes:
            shown, paper = _main_quantity(outcome)
            table.add_row(
                f"{outcome.claim.id} note" if outcome.claim.is_note else outcome.claim.id,
                Text(outcome.claim.sentence),
                Text(_verdict(outcome), _style_of(outcome)),
                Text(shown),
                Text("" if paper is None else f"{paper:.4g}"),
                Text(outcome.baseline.value, _STYLES[outcome.baseline]),
            )
        with self._uncaptured():
            console = open_console()
            console.print(table)
            for line in inconclusive(outcomes):
                console.print(Text(line, _STYLES[Verdict.INCONCLUSIVE]))
            console.print(Text(total(counts, figure_errors, seconds), "bold"))
            if thin := thinnest(outcomes, lenient=lenient):
                console.print(Text(thin, "dim"))

    def changes(self, changes: Sequence[Change]) -> None:
        """Print the table of changes from the baseline; nothing if there are none."""
        if not changes:
            return
        table = plain_table(*COLUMNS)
        for change in changes:
            table.add_row(*(Text(cell, _STYLES[Steadiness.DRIFTED]) for cell in change.cells()))
        with self._uncaptured():
            open_console().print(Text("changes from the baseline:", "bold red"), table)

    def not_fused(self, experiments: Sequence[Mapping[str, Any]]) -> None:
        """Print which experiments have a model that the fused engine does not compute, and why."""
        found = [experiment for experiment in experiments if experiment.get("difference")]
        if not found:
            return
        table = plain_table("experiment", "trained by", "difference")
        for experiment in found:
            table.add_row(*(Text(experiment[name]) for name in ("name", "engine", "difference")))
        with self._uncaptured():
            open_console().print(Text("models that are not what the fused engine trains:", "yellow"), table)

    def differences(
        self,
        old: Baseline,
        new: Baseline,
        measured: Mapping[Key, Sequence[Quantity]],
        losses: Mapping[str, LossEntry],
        doublings: Mapping[str, DoublingEntry],
    ) -> None:
        """Print what differs between a baseline and its update; see `claims.harness.report.differences`."""
        table, same = differences(old, new, measured, losses, doublings)
        with self._uncaptured():
            console = open_console()
            if table.row_count:
                console.print(table)
            console.print(Text(f"{table.row_count} differ, {same} do not."))


def total(counts: dict[str, int], figure_errors: int, seconds: float) -> str:
    """Sum up a run in one line; verdicts about the paper count statements alone."""
    parts = [
        f"{counts['replicated']} replicated",
        f"{counts['contradicted']} contradicted",
        f"{counts['inconclusive']} inconclusive",
        f"{counts['failed']} failed",
        f"{counts['drifted']} drifted",
    ]
    parts += [f"{n} {UNEXPECTED}"] if (n := counts["unexpected"]) else []
    parts += [f"{counts['missing']} without baseline"] if counts["missing"] else []
    parts += [f"losses of {n} experiments drifted"] if (n := counts["drifted_losses"]) else []
    parts += [f"losses of {n} experiments without baseline"] if (n := counts["missing_losses"]) else []
    parts += [f"models of {n} experiments not converged"] if (n := counts["not_converged"]) else []
    not_shown = counts["convergence_not_shown"]
    parts += [f"convergence of {not_shown} experiments not shown"] if not_shown else []
    parts += [f"{counts['not_run']} not run"] if counts["not_run"] else []
    parts += [f"figures not drawn: {figure_errors}"] if figure_errors else []
    parts += [f"robustness notes: {n}"] if (n := counts["noted"]) else []
    return f"{', '.join(parts)} in {seconds:.0f} s"


def inconclusive(outcomes: Sequence[Outcome]) -> list[str]:
    """Say of each inconclusive statement why it is, on one line each."""
    return [
        f"{outcome.claim.id} is inconclusive: "
        + "; ".join(line.removesuffix(".") for line in (outcome.reason or "").splitlines())
        for outcome in outcomes
        if outcome.verdict is Verdict.INCONCLUSIVE
    ]


def thinnest(outcomes: Sequence[Outcome], *, lenient: bool = False) -> str:
    """Name the claims that may fail with other seeds, estimated from this run's seeds; empty if none.

    Parameters
    ----------
    outcomes
        The outcomes of all claims. Those that fail are left out, and those whose verdict does not follow from
        their quantities, as their models did not converge.
    lenient
        Whether an inconclusive verdict always passes.
    """
    chances = []
    for outcome in outcomes:
        quantities = [measured.quantity for measured in outcome.measured]
        if outcome.passes and quantities and judge(outcome.claim, quantities)[0] is outcome.verdict:
            chance = chance_of_failing(quantities, outcome.claim.expected, lenient=lenient)
            chances.append((outcome.claim.id, chance))
    thin = sorted((each for each in chances if each[1] > NOTABLE), key=lambda each: -each[1])
    if not thin:
        return ""
    listed = ", ".join(f"{claim} {chance:.1%}" for claim, chance in thin)
    return f"estimated chance to fail with other seeds, where above {NOTABLE:.1%}: {listed}"


def measured(quantity: Quantity) -> str:
    """Format a quantity's mean with its interval and unit."""
    lo, hi = quantity.interval
    span = "" if lo == hi else f" [{lo:.4g}, {hi:.4g}]"
    return f"{quantity.mean:.4g}{span}" + (f" {quantity.unit}" if quantity.unit else "")


def _main_quantity(outcome: Outcome) -> tuple[str, float | None]:
    """Describe the quantity that says most about a claim, and give the paper's value of it."""
    if outcome.unmeasured:
        return f"not measured: {outcome.unmeasured[0].why}", outcome.unmeasured[0].paper
    drifted = [m.quantity for m in outcome.measured if m.drift.status is Steadiness.DRIFTED]
    outside, undecided = (
        [m.quantity for m in outcome.measured if m.quantity.position is position]
        for position in (Position.OUTSIDE, Position.UNDECIDED)
    )
    listed = [*outside, *undecided, *drifted, *(m.quantity for m in outcome.measured)]
    return (measured(listed[0]), listed[0].paper) if listed else ("", None)


def _is_unexpected(outcome: Outcome) -> bool:
    return not outcome.passes and outcome.verdict is not Verdict.FAILED


def _verdict(outcome: Outcome) -> str:
    return outcome.verdict.value + (f", {UNEXPECTED}" if _is_unexpected(outcome) else "")


def _style_of(outcome: Outcome) -> str:
    return _STYLES[outcome.verdict] if outcome.passes else "bold red"


def open_console() -> Console:
    """Open standard output; a terminal that lacks a character shows a question mark."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    console = Console(file=sys.stdout, highlight=False, soft_wrap=False)
    return (
        console if console.is_terminal else Console(file=sys.stdout, width=_WIDTH_OF_FILES, highlight=False)
    )


def is_interactive(console: Console) -> bool:
    """Whether a bar can be shown: FORCE_COLOR makes a terminal of any file for rich, also of a log."""
    return console.is_terminal and console.file.isatty()
