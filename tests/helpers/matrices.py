"""A small falsification matrix."""

from __future__ import annotations

from claims.harness.baselines.baseline import Key
from claims.harness.judging.verdict import Verdict
from claims.harness.records.falsification_matrix import Cell, ControlRecord, Kind, Matrix, State


def falsified(words: str = "It is wrong.") -> Matrix:
    """Two claims under two controls: one is caught, one is noticed by its baseline, one breaks."""
    control = ControlRecord(mistake=words, kind=Kind.MODEL, against=("DEMO",), because=words, seconds=1.0)
    first, second = Key("DEMO-10", "test_later"), Key("DEMO-2", "test_it")
    return Matrix(
        environment={"profile": "quick"},
        controls={"bias-frozen": control, "steps-too-few": control},
        claims={first: Verdict.REPLICATED, second: Verdict.REPLICATED},
        cells={
            first: {"bias-frozen": Cell(State.SURVIVED), "steps-too-few": Cell(State.BROKE)},
            second: {
                "bias-frozen": Cell(State.CAUGHT, by="norm"),
                "steps-too-few": Cell(State.SURVIVED, True),
            },
        },
    )
