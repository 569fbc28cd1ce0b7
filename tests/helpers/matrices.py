"""Small falsification matrices."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from claims.harness.baselines.baseline import Key
from claims.harness.judging.outcomes import Verdict
from claims.harness.records.falsification_matrix import Cell, ControlRecord, Kind, Matrix, State

HOLDS: Final = Key("DEMO-1", "test_holds")
DOCUMENTED: Final = Key("DEMO-2", "test_documented")
CAUGHT: Final = Cell(State.CAUGHT, by="norm")
WITHHELD: Final = Cell(State.WITHHELD, by="norm")
BLURRED: Final = Cell(State.BLURRED, by="norm")
DRIFTED: Final = Cell(State.SURVIVED, True, "norm")
BROKE: Final = Cell(State.BROKE)
REPLICATED: Final = Cell(State.REPLICATED)
CODE: Final = "0" * 64


def control(kind: Kind = Kind.MODEL, words: str = "It is wrong.") -> ControlRecord:
    """Make the record of a control."""
    return ControlRecord(mistake=words, kind=kind, against=("DEMO",), because=words, seconds=1.5)


def matrix_of(holds: dict[str, Cell], documented: dict[str, Cell]) -> Matrix:
    """Make a matrix of the controls "one" and "two" and two claims, one of them documented as a miss."""
    return Matrix(
        code=CODE,
        environment={"profile": "quick", "seed": 0},
        controls={"one": control(), "two": control(Kind.THEORY)},
        claims={HOLDS: Verdict.REPLICATED, DOCUMENTED: Verdict.CONTRADICTED},
        cells={HOLDS: holds, DOCUMENTED: documented},
        planned=2,
    )


def with_junk(holds: Cell, documented: Cell, junk: str = "two") -> Matrix:
    """Make a matrix in which both claims catch the mistake "one", and are judged under the junk "two"."""
    matrix = matrix_of({"one": CAUGHT, junk: holds}, {"one": CAUGHT, junk: documented})
    return replace(matrix, controls={"one": control(), junk: control(Kind.JUNK)})


def falsified(words: str = "It is wrong.") -> Matrix:
    """Make a matrix of two controls that exist: one is caught, one is noticed by a baseline, one breaks."""
    first, second = Key("DEMO-10", "test_later"), Key("DEMO-2", "test_it")
    return Matrix(
        code=CODE,
        environment={"profile": "quick"},
        controls={"bias-frozen": control(words=words), "steps-too-few": control(words=words)},
        claims={first: Verdict.REPLICATED, second: Verdict.REPLICATED},
        cells={
            first: {"bias-frozen": Cell(State.SURVIVED), "steps-too-few": Cell(State.BROKE)},
            second: {"bias-frozen": CAUGHT, "steps-too-few": Cell(State.SURVIVED, True)},
        },
        planned=2,
    )
