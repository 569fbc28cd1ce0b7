"""Small falsification matrices."""

from __future__ import annotations

from typing import Final

from claims.harness.baselines.baseline import Key
from claims.harness.judging.verdict import Verdict
from claims.harness.records.falsification_matrix import Cell, ControlRecord, Kind, Matrix, State

HOLDS: Final = Key("DEMO-1", "test_holds")
DOCUMENTED: Final = Key("DEMO-2", "test_documented")
CAUGHT: Final = Cell(State.CAUGHT, by="norm")
DRIFTED: Final = Cell(State.SURVIVED, True, "norm")
BROKE: Final = Cell(State.BROKE)


def control(kind: Kind = Kind.MODEL, words: str = "It is wrong.") -> ControlRecord:
    """Make the record of a control."""
    return ControlRecord(mistake=words, kind=kind, against=("DEMO",), because=words, seconds=1.5)


def matrix_of(holds: dict[str, Cell], documented: dict[str, Cell]) -> Matrix:
    """Make a matrix of the controls "one" and "two" and two claims, one of them documented as a miss."""
    return Matrix(
        environment={"engine": "fused", "seed": 0},
        controls={"one": control(), "two": control(Kind.THEORY)},
        claims={HOLDS: Verdict.REPLICATED, DOCUMENTED: Verdict.NOT_REPLICATED},
        cells={HOLDS: holds, DOCUMENTED: documented},
    )
