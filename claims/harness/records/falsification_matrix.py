"""The falsification matrix: what came of every claim under every mistake, and what that leaves uncovered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from claims.harness.baselines.store import Key
from claims.harness.errors import MisuseError
from claims.harness.falsification.control import Control, Kind
from claims.harness.files import FileError, legible, read_json, write_whole
from claims.harness.judging.claim import Steadiness, Verdict
from claims.harness.records.results import Document
from claims.harness.schemas import schema

SCHEMA_VERSION: Final = 1
SCHEMA: Final = schema("falsification")
COMMAND: Final = "nox -s falsify"


class State(StrEnum):
    """What came of a claim under a mistake, by its verdict."""

    CAUGHT = "caught"
    SURVIVED = "survived"
    BROKE = "broke"
    NOT_APPLICABLE = "not applicable"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Cell:
    """What came of one test of a claim under one control.

    Parameters
    ----------
    state
        By the verdict: caught if a claim that holds does not any more, or one that is documented as not
        replicated holds; broke if its test ended in an error, which is no judgement; not applicable if every
        value is the same, to the last bit, as without the mistake.
    drifted
        Whether it was noticed by comparison with the baseline.
    by
        The quantity that caught it, or drifted, or the error that broke it; empty if there is none.
    """

    state: State
    drifted: bool = False
    by: str = ""


NOT_RUN: Final = Cell(State.NOT_RUN)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a matrix keeps of a control."""

    mistake: str
    kind: Kind
    against: tuple[str, ...]
    because: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """Claims by controls.

    Parameters
    ----------
    environment
        What the runs came from: versions, device, engine, profile, seed.
    controls
        By name.
    claims
        Verdict of every test of a claim without any mistake.
    cells
        What ran, by test of a claim and name of the control; all else is `NOT_RUN`.
    """

    environment: Mapping[str, str | int]
    controls: Mapping[str, Told] = field(default_factory=dict)
    claims: Mapping[Key, Verdict] = field(default_factory=dict)
    cells: Mapping[Key, Mapping[str, Cell]] = field(default_factory=dict)

    def cell(self, claim: Key, control: str) -> Cell:
        """Give what came of a claim under a control."""
        return self.cells.get(claim, {}).get(control, NOT_RUN)

    def catches(self, claim: Key) -> list[str]:
        """Controls that this claim catches.

        A claim that should hold catches one by its verdict. One that is documented as not replicated lies
        outside its region already, and may lie outside with a mistake too: it also catches what moves it
        away from its baseline, which holds what was found.
        """
        by_drift = self.claims[claim] is Verdict.NOT_REPLICATED
        return [
            name
            for name, cell in self.cells.get(claim, {}).items()
            if cell.state is State.CAUGHT or (by_drift and cell.state is State.SURVIVED and cell.drifted)
        ]

    def caught_by(self, control: str) -> list[Key]:
        """Claims whose verdict catches this control."""
        return [claim for claim in self.claims if self.cell(claim, control).state is State.CAUGHT]

    def missed_by(self, control: str) -> list[Key]:
        """Claims that this control reaches, and that notice nothing, neither by verdict nor by baseline."""
        silent = Cell(State.SURVIVED)
        return [claim for claim in self.claims if self.cell(claim, control) == silent]

    @property
    def unfalsified(self) -> list[Key]:
        """Claims that catch no control: nothing here shows that they could fail."""
        return [claim for claim in self.claims if not self.catches(claim)]

    @property
    def unnoticed(self) -> list[str]:
        """Controls that no claim's verdict catches."""
        return [name for name in self.controls if not self.caught_by(name)]

    def without(self, gone: Iterable[str]) -> Matrix:
        """Leave some controls out."""
        left_out = set(gone)
        return Matrix(
            environment=self.environment,
            controls={name: told for name, told in self.controls.items() if name not in left_out},
            claims=self.claims,
            cells={
                claim: {name: cell for name, cell in row.items() if name not in left_out}
                for claim, row in self.cells.items()
            },
        )


def cell_of(as_written: Mapping[str, Any], under: Mapping[str, Any]) -> Cell:
    """Tell what came of a claim from two entries of a results.json: without the mistake, and with it."""
    verdict = Verdict(under["verdict"])
    if verdict is Verdict.NOT_RUN:
        return NOT_RUN
    drifted = under["baseline"] == Steadiness.DRIFTED
    if verdict == as_written["verdict"] and _values(under) == _values(as_written):
        return Cell(State.NOT_APPLICABLE)
    if verdict is not Verdict.FAILED:
        moved = [q["name"] for q in under["quantities"] if q["drift"]["status"] == Steadiness.DRIFTED]
        return Cell(State.SURVIVED, drifted, moved[0] if moved else "")
    if not under["quantities"]:
        reason = (under["error"] or "").partition("\n")[0]
        # pytest.fail is the claim's own judgement, such as that there is nothing to be measured.
        judged = reason.startswith("Failed: ")
        return Cell(State.CAUGHT if judged else State.BROKE, drifted, reason.removeprefix("Failed: "))
    missed = [q["name"] for q in under["quantities"] if not q["accepted"]]
    return Cell(State.CAUGHT, drifted, missed[0] if missed else "every quantity is accepted")


def assemble(
    as_written: Document,
    under: Mapping[str, Document],
    controls: Sequence[Control],
    environment: Mapping[str, str | int],
) -> Matrix:
    """Make the matrix of a run without any mistake, and of one run for each control.

    Raises
    ------
    MisuseError
        If a claim fails as it is written: it cannot be falsified any further.
    """
    claims = {_key(entry): entry for entry in as_written["claims"]}
    failed = sorted({key.claim for key, entry in claims.items() if entry["verdict"] == Verdict.FAILED})
    if failed:
        raise MisuseError(f"{', '.join(failed)} failed without any mistake; see to that first.")
    judged = {key: entry for key, entry in claims.items() if entry["verdict"] != Verdict.NOT_RUN}
    cells: dict[Key, dict[str, Cell]] = {key: {} for key in judged}
    for name, document in under.items():
        for entry in document["claims"]:
            if _key(entry) in judged:
                cell = cell_of(judged[_key(entry)], entry)
                if cell.state is not State.NOT_RUN:
                    cells[_key(entry)][name] = cell
    return Matrix(
        environment=environment,
        controls={
            control.name: Told(
                mistake=control.mistake,
                kind=control.kind,
                against=control.claims,
                because=control.because,
                seconds=float(under[control.name]["environment"]["seconds"]),
            )
            for control in controls
            if control.name in under
        },
        claims={key: Verdict(entry["verdict"]) for key, entry in judged.items()},
        cells=cells,
    )


def path_of(root: Path) -> Path:
    """Where the matrix of a project is stored."""
    return root / "baselines" / "falsification.json"


def save(matrix: Matrix, path: Path) -> None:
    """Write a matrix, a line a cell, in one step."""
    claims: dict[str, dict[str, Any]] = {}
    for key, verdict in matrix.claims.items():
        claims.setdefault(key.claim, {})[key.test] = {
            "as_written": verdict.value,
            "under": {name: _stored(cell) for name, cell in matrix.cells.get(key, {}).items()},
        }
    document = {
        "schema_version": SCHEMA_VERSION,
        "environment": dict(matrix.environment),
        "controls": {
            name: {
                "mistake": told.mistake,
                "kind": told.kind.value,
                "against": list(told.against),
                "because": told.because,
                "seconds": told.seconds,
            }
            for name, told in matrix.controls.items()
        },
        "claims": claims,
    }
    write_whole(path, legible(document) + "\n")


def load(path: Path) -> Matrix:
    """Read a matrix of any origin.

    Raises
    ------
    FileError
        In one sentence with the command that mends it, if the file is missing or damaged.
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
        raise FileError(f"{error} Write it anew: {COMMAND}") from error
    return Matrix(
        environment=document["environment"],
        controls={
            name: Told(
                mistake=told["mistake"],
                kind=Kind(told["kind"]),
                against=tuple(told["against"]),
                because=told["because"],
                seconds=float(told["seconds"]),
            )
            for name, told in document["controls"].items()
        },
        claims={key: Verdict(entry["as_written"]) for key, entry in claims.items()},
        cells={
            key: {
                name: Cell(State(state), axis == Steadiness.DRIFTED, by)
                for name, (state, axis, by) in entry["under"].items()
            }
            for key, entry in claims.items()
        },
    )


def _stored(cell: Cell) -> list[str]:
    return [cell.state.value, (Steadiness.DRIFTED if cell.drifted else Steadiness.STEADY).value, cell.by]


def _key(entry: Mapping[str, Any]) -> Key:
    return Key(entry["id"], entry["test"])


def _values(entry: Mapping[str, Any]) -> dict[str, list[float]]:
    return {quantity["name"]: quantity["values"] for quantity in entry["quantities"]}
