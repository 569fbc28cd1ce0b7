"""The comparison of two stored runs: which quantities and losses changed, and which verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from claims.harness.baselines.baseline import Baseline, Key, LossEntry, entry_of
from claims.harness.baselines.drift import Steadiness
from claims.harness.baselines.loss_drift import LossDrift
from claims.harness.baselines.losses import from_json
from claims.harness.files import FileError
from claims.harness.judging.quantity import Quantity
from claims.harness.records.changes import Change, change_of_losses
from claims.harness.records.results import Document
from claims.harness.records.stored_quantities import quantities_of

SCHEMA_VERSION: Final = 3
"""Version of comparison.json."""

_DESCRIBED: Final = (
    "profile", "device", "device_name", "engine", "seed", "torch", "git_commit", "started",
)  # fmt: skip

Entry = Mapping[str, Any]
"""The entry of a claim or an experiment in a results.json."""


@dataclass(frozen=True, kw_only=True)
class VerdictChange:
    """A claim with different verdicts in the two runs.

    Parameters
    ----------
    claim, test, sentence
        Id of the claim, name of its test, and the statement.
    before, now
        The two verdicts.
    passes
        Whether the later run accepts its verdict.
    reason
        The reason for its verdict now, one line for each quantity or doubt; None if there is nothing to say.
    """

    claim: str
    test: str
    sentence: str
    before: str
    now: str
    passes: bool
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All differences between a run and an earlier one.

    Parameters
    ----------
    environments
        Descriptions of the two runs, the earlier one first.
    compared
        Number of quantities and experiments that both runs have.
    changes
        Quantities and losses that changed by more than chance explains.
    verdicts
        Claims that ran both times with different verdicts.
    lost, new
        Names of quantities that only the earlier or only the later run measured, and of losses that only it
        trained, of claims that ran both times; `new` also names experiments that cannot be compared, as their
        sweeps have different points.
    only_before, only_now
        Claims that ran in one run only; these do not count as a difference.
    figures
        Paths of the figures before and now, by claim and test, of claims with a change.
    """

    environments: tuple[Mapping[str, Any], Mapping[str, Any]]
    compared: int
    changes: tuple[Change, ...]
    verdicts: tuple[VerdictChange, ...]
    lost: tuple[str, ...]
    new: tuple[str, ...]
    only_before: tuple[str, ...]
    only_now: tuple[str, ...]
    figures: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]

    @property
    def differs(self) -> bool:
        """Whether any quantity, loss or verdict changed, appeared or vanished."""
        return bool(self.changes or self.verdicts or self.lost or self.new)

    def as_json(self) -> dict[str, Any]:
        """Write the comparison as plain data."""
        return {"schema_version": SCHEMA_VERSION, "differs": self.differs, **asdict(self)}


def compare(before: Document, now: Document) -> Comparison:
    """Compare a run with an earlier one by the rules that compare a run with its baseline.

    Parameters
    ----------
    before, now
        Documents from `claims.harness.records.results.read`.

    Raises
    ------
    FileError
        If the runs have different profiles or no claim in common, or hold an invalid quantity.
    """
    _check_profiles(before, now)
    earlier, later = _claims_that_ran(before), _claims_that_ran(now)
    shared = [key for key in later if key in earlier]
    if not shared:
        raise FileError("The two runs have no claim in common.")
    experiments = {entry["name"]: entry for entry in now["experiments"]}
    measured = {key: quantities_of(later[key]) for key in shared}
    seed = now["environment"]["seed"]
    baseline = _as_baseline(before, {key: earlier[key] for key in shared}, experiments, seed)
    drifts = {
        name: baseline.compare_losses(name, from_json(experiments[name]["losses"]))
        for name in baseline.losses
    }
    changes = _changed_quantities(baseline, measured) + _changed_losses(drifts, experiments, now["claims"])
    verdicts = _changed_verdicts(shared, earlier, later)
    return Comparison(
        environments=(_described(before), _described(now)),
        compared=baseline.comparisons,
        changes=tuple(changes),
        verdicts=tuple(verdicts),
        lost=tuple(_lost(baseline, measured) + _losses_of(shared, earlier, without=later)),
        new=tuple(
            _new(baseline, measured) + _losses_of(shared, later, without=earlier) + _with_other_points(drifts)
        ),
        only_before=_ids_without(earlier, later),
        only_now=_ids_without(later, earlier),
        figures=_figures(shared, earlier, later, _ids_of(changes, verdicts)),
    )


def _check_profiles(before: Document, now: Document) -> None:
    earlier, later = before["environment"]["profile"], now["environment"]["profile"]
    if earlier != later:
        raise FileError(f"Runs of two profiles, {earlier} and {later}, measure different experiments.")


def _claims_that_ran(document: Document) -> dict[Key, Entry]:
    return {Key(c["id"], c["test"]): c for c in document["claims"] if c["verdict"] != "not run"}


def _as_baseline(
    before: Document, claims: Mapping[Key, Entry], experiments: Iterable[str], run_seed: int
) -> Baseline:
    names, environment = set(experiments), {"seed": before["environment"]["seed"]}
    return Baseline(
        device=before["environment"]["device"],
        profile=before["environment"]["profile"],
        entries={key: entry_of(quantities_of(claim), environment) for key, claim in claims.items()},
        losses={
            entry["name"]: LossEntry(environment, from_json(entry["losses"]))
            for entry in before["experiments"]
            if entry["name"] in names
        },
        run_seed=run_seed,
    )


def _changed_quantities(baseline: Baseline, measured: Mapping[Key, Sequence[Quantity]]) -> list[Change]:
    changes: list[Change] = []
    for key, quantities in measured.items():
        for quantity in quantities:
            stored, drift = baseline.stored(key, quantity), baseline.compare(key, quantity)
            if stored is None or drift.status is not Steadiness.DRIFTED:
                continue
            assert drift.p_value is not None
            assert drift.alpha is not None
            changes.append(
                Change(
                    claims=(key.claim,),
                    name=quantity.name,
                    unit=quantity.unit,
                    before=stored.mean,
                    now=quantity.mean,
                    relative=drift.relative,
                    effect=drift.effect,
                    p_value=drift.p_value,
                    alpha=drift.alpha,
                )
            )
    return changes


def _changed_losses(
    drifts: Mapping[str, LossDrift], experiments: Mapping[str, Entry], claims: Sequence[Entry]
) -> list[Change]:
    return [
        change_of_losses(experiments[name], asdict(drift), claims)
        for name, drift in drifts.items()
        if drift.status is Steadiness.DRIFTED
    ]


def _changed_verdicts(
    shared: Iterable[Key], earlier: Mapping[Key, Entry], later: Mapping[Key, Entry]
) -> list[VerdictChange]:
    return [
        VerdictChange(
            claim=key.claim,
            test=key.test,
            sentence=later[key]["sentence"],
            before=earlier[key]["verdict"],
            now=later[key]["verdict"],
            passes=later[key]["passes"],
            reason=later[key]["reason"],
        )
        for key in shared
        if earlier[key]["verdict"] != later[key]["verdict"]
    ]


def _lost(baseline: Baseline, measured: Mapping[Key, Sequence[Quantity]]) -> list[str]:
    return [
        f"{key.claim}: {name}"
        for key, quantities in measured.items()
        for name in baseline.vanished(key, quantities)
    ]


def _new(baseline: Baseline, measured: Mapping[Key, Sequence[Quantity]]) -> list[str]:
    return [
        f"{key.claim}: {quantity.name}"
        for key, quantities in measured.items()
        for quantity in quantities
        if baseline.stored(key, quantity) is None
    ]


def _losses_of(shared: Iterable[Key], run: Mapping[Key, Entry], *, without: Mapping[Key, Entry]) -> list[str]:
    """Name the losses of the experiments on which claims of both runs rest in one run only."""
    here, there = ({name for key in shared for name in of[key]["experiments"]} for of in (run, without))
    return [f"trained loss of {name}" for name in sorted(here - there)]


def _with_other_points(drifts: Mapping[str, LossDrift]) -> list[str]:
    missing = (name for name, drift in drifts.items() if drift.status is Steadiness.MISSING)
    return [f"other points of {name}" for name in missing]


def _ids_without(these: Iterable[Key], others: Iterable[Key]) -> tuple[str, ...]:
    return tuple(sorted({key.claim for key in these} - {key.claim for key in others}))


def _ids_of(changes: Iterable[Change], verdicts: Iterable[VerdictChange]) -> set[str]:
    return {claim for change in changes for claim in change.claims} | {change.claim for change in verdicts}


def _figures(
    shared: Iterable[Key], earlier: Mapping[Key, Entry], later: Mapping[Key, Entry], ids: set[str]
) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    return {
        f"{key.claim} {key.test}": (tuple(earlier[key]["figures"]), tuple(later[key]["figures"]))
        for key in shared
        if key.claim in ids
    }


def _described(document: Document) -> dict[str, Any]:
    return {name: document["environment"][name] for name in _DESCRIBED}
