"""Show a falsification matrix in the terminal, and what it leaves uncovered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from claims.harness.records.falsification_matrix import Cell, Matrix, State

MARKS: Final = {
    State.CAUGHT: ("#", "green"),
    State.WITHHELD: ("+", "green"),
    State.BLURRED: ("?", "blue"),
    State.SURVIVED: (".", "yellow"),
    State.BROKE: ("!", "magenta"),
    State.NOT_APPLICABLE: ("-", "dim"),
    State.REPLICATED: ("R", "bold red"),
    State.NOT_RUN: (" ", ""),
}
"""Character and style of each state."""
DRIFTED: Final = ("~", "cyan")
"""Character and style of a claim that survived but drifted from its baseline."""
_COUNTED: Final = (
    State.CAUGHT,
    State.WITHHELD,
    State.BLURRED,
    State.SURVIVED,
    State.BROKE,
    State.REPLICATED,
)


def mark(cell: Cell) -> Text:
    """Return the character that stands for a cell."""
    return Text(*(DRIFTED if cell.state is State.SURVIVED and cell.drifted else MARKS[cell.state]))


def show(matrix: Matrix, console: Console) -> None:
    """Print the matrix, its legend and the list of controls.

    Claims are rows. Controls are columns, numbered as in the list below the matrix.
    """
    console.print(_grid(matrix))
    console.print(_legend())
    console.print(_list_of_controls(matrix))


def verdict(matrix: Matrix, console: Console, *, every_control: bool, every_claim: bool) -> int:
    """Print whether every control is caught, every claim catches one, and junk replicates no statement.

    Parameters
    ----------
    matrix
        The matrix of the runs.
    console
        The console to print to.
    every_control
        Whether every control must be caught. This needs the runs of all claims that it is judged against.
    every_claim
        Whether every claim must catch a control. This needs the runs of all controls.

    Returns
    -------
    int
        0 if so, 1 if not.
    """
    unnoticed = matrix.unnoticed if every_control else []
    unfalsified = matrix.unfalsified if every_claim else []
    for name in unnoticed:
        console.print(Text(f"No claim catches {name}: {matrix.controls[name].mistake}", "bold red"))
    replicated = {name: matrix.replicated_by(name) for name in matrix.junk}
    for name, claims in replicated.items():
        for key in claims:
            console.print(Text(f"{key.claim} ({key.test}) is replicated by {name}.", "bold red"))
    for key in unfalsified:
        console.print(Text(f"{key.claim} ({key.test}) catches no control: can it fail?", "bold red"))
    cells = Counter(cell.state.value for row in matrix.cells.values() for cell in row.values())
    counts = ", ".join(f"{count} {state}" for state, count in sorted(cells.items()))
    caught = len(matrix.controls) - len(matrix.unnoticed)
    others = f" ({matrix.left} more not measured)" if matrix.left else ""
    console.print(
        Text(
            f"{caught} of {len(matrix.controls)} controls caught{others}, "
            f"{len(matrix.claims) - len(matrix.unfalsified)} of {len(matrix.claims)} claims catch one; "
            f"cells: {counts}",
            "bold",
        )
    )
    return 1 if unnoticed or unfalsified or any(replicated.values()) else 0


def _grid(matrix: Matrix) -> Table:
    names = list(matrix.controls)
    grid = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    grid.add_column("claim", no_wrap=True)
    grid.add_column("test", no_wrap=True, overflow="ellipsis", max_width=44)
    grid.add_column("\n".join(_digits(names)), no_wrap=True)
    for claim in matrix.claims:
        row = Text().join(mark(matrix.cell(claim, name)) for name in names)
        grid.add_row(claim.claim, claim.test.removeprefix("test_").replace("_", " "), row)
    return grid


def _legend() -> Text:
    legend = Text()
    for sign, style, meaning in (
        *((*MARKS[state], state.value) for state in State if state is not State.NOT_RUN),
        (*DRIFTED, "survived, but drifted from the baseline"),
    ):
        legend.append(sign, style).append(f" {meaning}   ")
    return legend


def _list_of_controls(matrix: Matrix) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in (
        "",
        "control",
        "mistake",
        "caught by",
        "withheld",
        "inconclusive",
        "survived",
        "broke",
        "replicated",
        "seconds",
    ):
        table.add_column(column, overflow="fold")
    for number, (name, control) in enumerate(matrix.controls.items(), start=1):
        counts = Counter(matrix.cell(claim, name).state for claim in matrix.claims)
        numbers = (str(counts[state]) for state in _COUNTED)
        table.add_row(str(number), name, control.mistake, *numbers, f"{control.seconds:.0f}")
    return table


def _digits(names: Sequence[str]) -> list[str]:
    """Write the numbers from 1 vertically, one digit a line."""
    width = len(str(len(names)))
    numbers = [str(number).rjust(width) for number in range(1, len(names) + 1)]
    return ["".join(number[place] for number in numbers) for place in range(width)]
