"""Two stored runs side by side: what moved beyond chance, and which verdicts changed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from claims.harness.baselines.drift import Stored, rounded
from claims.harness.baselines.losses import from_json
from claims.harness.baselines.store import Baseline, Entry, Key, LossEntry
from claims.harness.errors import MisuseError
from claims.harness.files import FileError
from claims.harness.judging.claim import Kind, Quantity, Steadiness
from claims.harness.judging.statistics import Interval
from claims.harness.records.changes import Move, move_of_losses
from claims.harness.records.results import Document

SCHEMA_VERSION: Final = 1
"""Of comparison.json."""

_OPEN: Final = (-math.inf, math.inf)
_TOLD: Final = ("profile", "device", "device_name", "engine", "seed", "torch", "git_commit", "started")


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A claim whose verdict is another one.

    Parameters
    ----------
    claim, test, sentence
        Which.
    before, now
        Its verdicts.
    error
        Why it fails now, if it does.
    """

    claim: str
    test: str
    sentence: str
    before: str
    now: str
    error: str | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What tells a run from an earlier one.

    Parameters
    ----------
    environments
        What each run was, the earlier one first.
    compared
        Quantities and experiments that both have.
    moves
        What moved beyond chance.
    verdicts
        Claims that ran both times and came out otherwise.
    lost, new
        Quantities of claims that ran both times which only one run measured, and experiments that cannot be
        compared, as their points are others.
    only_before, only_now
        Claims that ran in one run only; they count for nothing.
    figures
        By claim that moved or changed: its figures before, and now.
    """

    environments: tuple[Mapping[str, Any], Mapping[str, Any]]
    compared: int
    moves: tuple[Move, ...]
    verdicts: tuple[Changed, ...]
    lost: tuple[str, ...]
    new: tuple[str, ...]
    only_before: tuple[str, ...]
    only_now: tuple[str, ...]
    figures: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]

    @property
    def differs(self) -> bool:
        """Whether anything moved, changed, went or came."""
        return bool(self.moves or self.verdicts or self.lost or self.new)

    def as_json(self) -> dict[str, Any]:
        """Write the comparison as plain data."""
        return {"schema_version": SCHEMA_VERSION, "differs": self.differs, **asdict(self)}


def compare(before: Document, now: Document) -> Comparison:
    """Compare a run with an earlier one, as with a baseline.

    Parameters
    ----------
    before, now
        Of `claims.harness.records.results.read`.

    Raises
    ------
    FileError
        If the runs are of two profiles, have nothing in common, or hold quantities that cannot be.
    """
    profiles = [document["environment"]["profile"] for document in (before, now)]
    if profiles[0] != profiles[1]:
        raise FileError(
            f"Runs of two profiles, {profiles[0]} and {profiles[1]}, measure different experiments."
        )
    old_claims, new_claims = _ran(before), _ran(now)
    both = [key for key in new_claims if key in old_claims]
    if not both:
        raise FileError("The two runs have no claim in common.")
    quantities = {key: _quantities(new_claims[key]) for key in both}
    experiments = {e["name"]: e for e in now["experiments"]}
    stored = _as_baseline(before, both, experiments)
    moves: list[Move] = []
    lost: list[str] = []
    new: list[str] = []
    for key in both:
        for quantity in quantities[key]:
            drift, old = stored.compare(key, quantity), stored.stored(key, quantity)
            if old is None:
                new.append(f"{key.claim}: {quantity.name}")
            elif drift.status is Steadiness.DRIFTED:
                assert drift.p_value is not None
                assert drift.alpha is not None
                moves.append(
                    Move(
                        claims=(key.claim,),
                        name=quantity.name,
                        unit=quantity.unit,
                        before=old.mean,
                        now=quantity.mean,
                        relative=drift.relative,
                        effect=drift.effect,
                        p_value=drift.p_value,
                        alpha=drift.alpha,
                    )
                )
        lost += [f"{key.claim}: {name}" for name in stored.vanished(key, quantities[key])]
    for name in stored.losses:
        change = stored.compare_losses(name, from_json(experiments[name]["losses"]))
        if change.status is Steadiness.DRIFTED:
            moves.append(move_of_losses(experiments[name], asdict(change), now["claims"]))
        elif change.status is Steadiness.MISSING:
            new.append(f"other points of {name}")
    verdicts = tuple(
        Changed(
            claim=key.claim,
            test=key.test,
            sentence=new_claims[key]["sentence"],
            before=old_claims[key]["verdict"],
            now=new_claims[key]["verdict"],
            error=new_claims[key]["error"] if new_claims[key]["verdict"] == "failed" else None,
        )
        for key in both
        if old_claims[key]["verdict"] != new_claims[key]["verdict"]
    )
    shown = {claim for move in moves for claim in move.claims} | {change.claim for change in verdicts}
    return Comparison(
        environments=(_told(before), _told(now)),
        compared=stored.comparisons,
        moves=tuple(moves),
        verdicts=verdicts,
        lost=tuple(lost),
        new=tuple(new),
        only_before=tuple(sorted({key.claim for key in old_claims} - {key.claim for key in new_claims})),
        only_now=tuple(sorted({key.claim for key in new_claims} - {key.claim for key in old_claims})),
        figures={
            f"{key.claim} {key.test}": (tuple(old_claims[key]["figures"]), tuple(new_claims[key]["figures"]))
            for key in both
            if key.claim in shown
        },
    )


def _ran(document: Document) -> dict[Key, dict[str, Any]]:
    return {Key(c["id"], c["test"]): c for c in document["claims"] if c["verdict"] != "not run"}


def _as_baseline(before: Document, keys: list[Key], experiments: Mapping[str, Any]) -> Baseline:
    claims = _ran(before)
    environment: dict[str, str | int] = {}
    return Baseline(
        device=before["environment"]["device"],
        profile=before["environment"]["profile"],
        entries={
            key: Entry(
                environment,
                {
                    q.name: Stored(q.kind, q.unit, tuple(map(rounded, q.values)))
                    for q in _quantities(claims[key])
                },
            )
            for key in keys
        },
        losses={
            e["name"]: LossEntry(environment, from_json(e["losses"]))
            for e in before["experiments"]
            if e["name"] in experiments
        },
    )


def _quantities(claim: Mapping[str, Any]) -> list[Quantity]:
    try:
        return [
            Quantity(
                name=q["name"],
                kind=Kind(q["kind"]),
                values=tuple(map(float, q["values"])),
                paper=q["paper"],
                acceptance=Interval(*_ends(q["acceptance"])),
                because=q["because"],
                unit=q["unit"],
                resolution=q["resolution"],
            )
            for q in claim["quantities"]
        ]
    except MisuseError as error:
        raise FileError(f"A quantity of claim {claim['id']} cannot be: {error}") from error


def _ends(acceptance: Sequence[float | None]) -> list[float]:
    return [infinite if end is None else end for end, infinite in zip(acceptance, _OPEN, strict=True)]


def _told(document: Document) -> dict[str, Any]:
    return {name: document["environment"][name] for name in _TOLD}
