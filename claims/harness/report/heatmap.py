"""The falsification matrix as a figure of the report."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.figure import Figure

from claims.harness.judging.claim import SECTIONS
from claims.harness.records.falsification_matrix import Cell, Matrix, State
from figures import falsification
from figures.toolkit.save import save

NAME: Final = "falsification"
"""Name of the figure's files."""

_LONGEST: Final = 52
_CODES: Final = {
    State.CAUGHT: falsification.CAUGHT,
    State.WITHHELD: falsification.WITHHELD,
    State.BLURRED: falsification.INCONCLUSIVE,
    State.SURVIVED: falsification.SURVIVED,
    State.BROKE: falsification.BROKE,
    State.NOT_APPLICABLE: falsification.NOT_APPLICABLE,
    State.NOT_RUN: falsification.NOT_RUN,
    State.REPLICATED: falsification.REPLICATED,
}


def heatmap(matrix: Matrix) -> Figure:
    """Draw a matrix with its claims in the paper's order."""
    order = list(SECTIONS)
    claims = sorted(
        matrix.claims, key=lambda key: (order.index(_section(key.claim)), int(key.claim.partition("-")[2]))
    )
    states = [[_code(matrix.cell(claim, name)) for name in matrix.controls] for claim in claims]
    return falsification.matrix(
        [f"{key.claim}  {_words(key.test)}" for key in claims],
        [_section(key.claim) for key in claims],
        list(matrix.controls),
        [control.kind.value for control in matrix.controls.values()],
        np.array(states, dtype=np.int64).reshape(len(claims), len(matrix.controls)),
    )


def save_heatmap(matrix: Matrix, folder: Path) -> list[str]:
    """Draw the matrix into the figures of a report; return the files, relative to the report's folder."""
    return [path.relative_to(folder).as_posix() for path in save(heatmap(matrix), folder / "figures" / NAME)]


def _code(cell: Cell) -> int:
    noticed = cell.state is State.SURVIVED and cell.drifted
    return falsification.DRIFTED if noticed else _CODES[cell.state]


def _section(claim: str) -> str:
    return claim.partition("-")[0]


def _words(test: str) -> str:
    words = test.removeprefix("test_").replace("_", " ")
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
