"""Store a falsification matrix as JSON that is legible in a diff, and read it back."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from claims.harness.baselines.baseline import Key
from claims.harness.baselines.drift import Steadiness
from claims.harness.commands import command
from claims.harness.files import FileError, diffable_json, read_json, write_atomically
from claims.harness.judging.outcomes import Verdict
from claims.harness.records.falsification_matrix import Cell, ControlRecord, Kind, Matrix, State
from claims.harness.schemas import schema

SCHEMA_VERSION: Final = 4
SCHEMA: Final = schema("falsification")


def update_command() -> str:
    """Return the command that writes the file."""
    return command("falsify")


def path_of(root: Path) -> Path:
    """Return the path of the matrix of a project."""
    return root / "baselines" / "falsification.json"


def save(matrix: Matrix, path: Path) -> None:
    """Write a matrix in one step, one line a cell.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    claims: dict[str, dict[str, Any]] = {}
    for key, verdict in matrix.claims.items():
        claims.setdefault(key.claim, {})[key.test] = {
            "as_written": verdict.value,
            "under": {name: _row_of(cell) for name, cell in matrix.cells.get(key, {}).items()},
        }
    document = {
        "schema_version": SCHEMA_VERSION,
        "code": matrix.code,
        "environment": dict(matrix.environment),
        "planned": matrix.planned,
        "controls": {
            name: {
                "mistake": control.mistake,
                "kind": control.kind.value,
                "against": list(control.against),
                "because": control.because,
                "seconds": control.seconds,
            }
            for name, control in matrix.controls.items()
        },
        "claims": claims,
    }
    write_atomically(path, diffable_json(document) + "\n")


def load(path: Path) -> Matrix:
    """Read a matrix; the file may be damaged or come from anywhere.

    Raises
    ------
    FileError
        If the file is missing or damaged: one sentence, then the command that writes it anew.
    """
    try:
        document = read_json(path, SCHEMA)
        claims = {
            Key(claim, test): entry
            for claim, tests in document["claims"].items()
            for test, entry in tests.items()
        }
        for key, entry in claims.items():
            if unknown := set(entry["under"]) - set(document["controls"]):
                raise FileError(
                    f"{path}: {key.claim} names a control that is not in the file: {min(unknown)}."
                )
    except FileError as error:
        raise FileError(f"{error} Write it anew: {update_command()}") from error
    return Matrix(
        code=document["code"],
        environment=document["environment"],
        controls={
            name: ControlRecord(
                mistake=control["mistake"],
                kind=Kind(control["kind"]),
                against=tuple(control["against"]),
                because=control["because"],
                seconds=float(control["seconds"]),
            )
            for name, control in document["controls"].items()
        },
        claims={key: Verdict(entry["as_written"]) for key, entry in claims.items()},
        cells={
            key: {
                name: Cell(State(state), status == Steadiness.DRIFTED, by)
                for name, (state, status, by) in entry["under"].items()
            }
            for key, entry in claims.items()
        },
        planned=document["planned"],
    )


def _row_of(cell: Cell) -> list[str]:
    return [cell.state.value, (Steadiness.DRIFTED if cell.drifted else Steadiness.STEADY).value, cell.by]
