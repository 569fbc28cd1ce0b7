"""What a falsification shows in the terminal: the matrix, and what it leaves open."""

from __future__ import annotations

from collections import Counter
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from claims.harness.records.falsification_matrix import Cell, Matrix, State

MARKS: Final = {
    State.CAUGHT: ("#", "green"),
    State.SURVIVED: (".", "yellow"),
    State.BROKE: ("!", "magenta"),
    State.NOT_APPLICABLE: ("-", "dim"),
    State.NOT_RUN: (" ", ""),
}
DRIFTED: Final = ("~", "cyan")


def mark(cell: Cell) -> Text:
    """One character for a cell."""
    return Text(*(DRIFTED if cell.state is State.SURVIVED and cell.drifted else MARKS[cell.state]))


def show(matrix: Matrix, console: Console) -> None:
    """Print the matrix, claims down and controls across by number, and the list of controls."""
    names = list(matrix.controls)
    grid = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    grid.add_column("claim", no_wrap=True)
    grid.add_column("test", no_wrap=True, overflow="ellipsis", max_width=44)
    grid.add_column("\n".join(_digits(names)), no_wrap=True)
    for claim in matrix.claims:
        row = Text().join(mark(matrix.cell(claim, name)) for name in names)
        grid.add_row(claim.claim, claim.test.removeprefix("test_").replace("_", " "), row)
    console.print(grid)
    legend = Text()
    for sign, style, meaning in (
        *((*MARKS[state], state.value) for state in State if state is not State.NOT_RUN),
        (*DRIFTED, "survived, but drifted from the baseline"),
    ):
        legend.append(sign, style).append(f" {meaning}   ")
    console.print(legend)
    listed = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("", "control", "what it gets wrong", "caught by", "survived", "broke", "seconds"):
        listed.add_column(column, overflow="fold")
    for number, (name, told) in enumerate(matrix.controls.items(), start=1):
        counts = Counter(matrix.cell(claim, name).state for claim in matrix.claims)
        numbers = (str(counts[state]) for state in (State.CAUGHT, State.SURVIVED, State.BROKE))
        listed.add_row(str(number), name, told.mistake, *numbers, f"{told.seconds:.0f}")
    console.print(listed)


def verdict(matrix: Matrix, console: Console, *, every_control: bool, every_claim: bool) -> int:
    """Say whether every control is caught and every claim catches one.

    Parameters
    ----------
    matrix
        What was found.
    console
        Where to say it.
    every_control
        Whether every control must be caught, as it must where all claims that it is held against ran.
    every_claim
        Whether every claim must catch a control, as it must where all that are held against it ran.

    Returns
    -------
    int
        0 if so, 1 if not.
    """
    unnoticed = matrix.unnoticed if every_control else []
    unfalsified = matrix.unfalsified if every_claim else []
    for name in unnoticed:
        console.print(Text(f"No claim catches {name}: {matrix.controls[name].mistake}", "bold red"))
    for key in unfalsified:
        console.print(Text(f"{key.claim} ({key.test}) catches no control: can it fail?", "bold red"))
    cells = Counter(cell.state.value for row in matrix.cells.values() for cell in row.values())
    counts = ", ".join(f"{count} {state}" for state, count in sorted(cells.items()))
    console.print(
        Text(
            f"{len(matrix.controls) - len(matrix.unnoticed)} of {len(matrix.controls)} controls caught, "
            f"{len(matrix.claims) - len(matrix.unfalsified)} of {len(matrix.claims)} claims catch one; "
            f"cells: {counts}",
            "bold",
        )
    )
    return 1 if unnoticed or unfalsified else 0


def _digits(names: list[str]) -> list[str]:
    """Numbers from 1 on, written downwards."""
    width = len(str(len(names)))
    numbers = [str(number).rjust(width) for number in range(1, len(names) + 1)]
    return ["".join(number[place] for number in numbers) for place in range(width)]
