"""Assemble the falsification matrix from the results of its runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from claims.harness.baselines.baseline import Key
from claims.harness.baselines.drift import Steadiness
from claims.harness.errors import MisuseError
from claims.harness.falsification.control import Control
from claims.harness.judging.judge import verdict_of
from claims.harness.judging.outcomes import Position, Verdict
from claims.harness.records.falsification_matrix import NOT_RUN, Cell, ControlRecord, Kind, Matrix, State
from claims.harness.records.results import Document

_OPPOSITE: Final = {
    Verdict.REPLICATED: Verdict.CONTRADICTED,
    Verdict.CONTRADICTED: Verdict.REPLICATED,
}
_ALL_INSIDE: Final = "every quantity is inside its region"


def assemble(
    plain: Document,
    under: Mapping[str, Document],
    controls: Sequence[Control],
    code: str,
    environment: Mapping[str, str | int],
    planned: int,
) -> Matrix:
    """Make the matrix of a run without any mistake and one run for each control.

    Parameters
    ----------
    plain
        Results of the run without any mistake.
    under
        Results of the runs with a mistake, by name of the control.
    controls
        The controls, in the order of the columns.
    code
        Digest of the code that decides outcomes.
    environment
        Versions, device, engine, profile and seed of the runs.
    planned
        Number of controls that the code has.

    Raises
    ------
    MisuseError
        If a claim does not pass without any mistake: no mistake can then show that it fails.
    """
    entries = {_key_of(entry): entry for entry in plain["claims"]}
    failed = sorted({key.claim for key, entry in entries.items() if not entry["passes"]})
    if failed:
        raise MisuseError(f"{', '.join(failed)} do not pass without any mistake; see to that first.")
    judged = {key: entry for key, entry in entries.items() if entry["verdict"] != Verdict.NOT_RUN}
    cells: dict[Key, dict[str, Cell]] = {key: {} for key in judged}
    junk = {control.name for control in controls if control.kind is Kind.JUNK}
    for name, document in under.items():
        for entry in document["claims"]:
            key = _key_of(entry)
            if key in judged:
                cell = cell_of(judged[key], entry, is_junk=name in junk)
                if cell.state is not State.NOT_RUN:
                    cells[key][name] = cell
    return Matrix(
        code=code,
        environment=environment,
        controls={
            control.name: ControlRecord(
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
        planned=planned,
    )


def joined(stored: Matrix, now: Matrix, order: Sequence[str]) -> Matrix:
    """Add the controls of one part of a matrix to another part; where both have one, the new one counts.

    Parameters
    ----------
    stored, now
        Two parts of the same code and environment, with the same verdicts where no mistake is made.
    order
        Names of all controls, in the order of the columns.
    """
    names = [name for name in order if name in stored.controls or name in now.controls]
    cells = {key: {**stored.cells.get(key, {}), **now.cells.get(key, {})} for key in now.claims}
    return replace(
        now,
        controls={name: now.controls.get(name) or stored.controls[name] for name in names},
        cells={key: {name: row[name] for name in names if name in row} for key, row in cells.items()},
    )


def cell_of(plain: Mapping[str, Any], under: Mapping[str, Any], *, is_junk: bool = False) -> Cell:
    """Compare two entries of a results.json for the same test.

    Parameters
    ----------
    plain
        The entry of the run without any mistake.
    under
        The entry of the run with the mistake.
    is_junk
        Whether the mistake is junk in place of trained models. A test that asked for no models is exempt.
    """
    verdict, before = Verdict(under["verdict"]), Verdict(plain["verdict"])
    if verdict is Verdict.NOT_RUN:
        return NOT_RUN
    drifted = under["baseline"] == Steadiness.DRIFTED
    if is_junk and verdict is Verdict.REPLICATED and under["experiments"]:
        return Cell(State.REPLICATED, drifted)
    if verdict is before and _values(under) == _values(plain):
        return Cell(State.NOT_APPLICABLE)
    if verdict is Verdict.FAILED:
        state = State.CAUGHT if under["unmeasured"] else State.BROKE
        return Cell(state, drifted, (under["reason"] or "").partition("\n")[0])
    if verdict is before and not under["unmeasured"]:
        return Cell(
            State.SURVIVED, drifted, _first(under, lambda q: q["drift"]["status"], Steadiness.DRIFTED)
        )
    outside = _first(under, lambda q: q["position"], Position.OUTSIDE)
    if verdict is Verdict.INCONCLUSIVE:
        by_quantities = verdict_of([quantity["position"] for quantity in under["quantities"]])
        if not under["unmeasured"] and by_quantities is _OPPOSITE.get(before):
            return Cell(State.WITHHELD, drifted, outside or _ALL_INSIDE)
        undecided = _first(under, lambda q: q["position"], Position.UNDECIDED)
        return Cell(State.BLURRED, drifted, undecided or (under["reason"] or "").partition("\n")[0])
    if not outside and under["unmeasured"]:
        outside = under["unmeasured"][0]["name"]
    return Cell(State.CAUGHT, drifted, outside or _ALL_INSIDE)


def _first(entry: Mapping[str, Any], of: Callable[[Mapping[str, Any]], str], value: str) -> str:
    """Name the first quantity of which something has a value; empty if there is none."""
    return next((quantity["name"] for quantity in entry["quantities"] if of(quantity) == value), "")


def _key_of(entry: Mapping[str, Any]) -> Key:
    return Key(entry["id"], entry["test"])


def _values(entry: Mapping[str, Any]) -> dict[str, list[float]]:
    return {quantity["name"]: quantity["values"] for quantity in entry["quantities"]}
