"""Stored results of earlier runs: load them, compare a run with them, rewrite them for what ran."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from claims.harness.baselines.drift import Stored, rounded
from claims.harness.baselines.losses import LossDrift, Losses, as_json, from_json
from claims.harness.files import FileError, legible, read_json, write_whole
from claims.harness.judging.claim import Drift, Kind, Quantity, Steadiness
from claims.harness.judging.statistics import alpha_of_one
from claims.harness.schemas import schema

SCHEMA_VERSION: Final = 3
SCHEMA: Final = schema("baseline")

Environment = Mapping[str, str | int]
"""Versions, engine, device and run seed that an entry came from."""


class Key(NamedTuple):
    """Which test of which claim."""

    claim: str
    test: str


@dataclass(frozen=True)
class Entry:
    """The stored quantities of one test, by name, and the environment they came from."""

    environment: Environment
    quantities: Mapping[str, Stored]


@dataclass(frozen=True)
class LossEntry:
    """The stored losses of one experiment, and the environment they came from."""

    environment: Environment
    losses: Losses


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """All that is stored for one kind of device at one profile.

    Parameters
    ----------
    device, profile
        What it is for.
    entries
        Quantities, by test.
    losses
        Trained losses, by experiment.
    """

    device: str
    profile: str
    entries: Mapping[Key, Entry] = field(default_factory=dict)
    losses: Mapping[str, LossEntry] = field(default_factory=dict)

    @cached_property
    def comparisons(self) -> int:
        """Quantities and experiments that a whole run compares; known before it begins."""
        return sum(len(entry.quantities) for entry in self.entries.values()) + len(self.losses)

    @property
    def borrowed(self) -> list[str]:
        """Claims of which something was measured on another kind of device."""
        kinds = (
            (key.claim, entry.environment.get("device", self.device)) for key, entry in self.entries.items()
        )
        return sorted({claim for claim, kind in kinds if kind != self.device})

    def stored(self, key: Key, quantity: Quantity) -> Stored | None:
        """Find what a quantity can be compared with: same name, kind and unit in the same test."""
        found = self.entries[key].quantities.get(quantity.name) if key in self.entries else None
        return found if found and (found.kind, found.unit) == (quantity.kind, quantity.unit) else None

    def compare(self, key: Key, quantity: Quantity) -> Drift:
        """Test whether a quantity moved; see `claims.harness.baselines.drift.Stored.compare`.

        Parameters
        ----------
        key
            Its test.
        quantity
            What was measured now.
        """
        before = self.stored(key, quantity)
        if before is None:
            return Drift(status=Steadiness.MISSING)
        return before.compare(quantity, alpha_of_one(self.comparisons))

    def compare_losses(self, experiment: str, now: Losses) -> LossDrift:
        """Test whether the trained losses of an experiment moved; see `Losses.compare`.

        Parameters
        ----------
        experiment
            Its name.
        now
            Its losses in this run.
        """
        before = self.losses.get(experiment)
        if before is None:
            return LossDrift(status=Steadiness.MISSING)
        return now.compare(before.losses, alpha_of_one(self.comparisons))

    def vanished(self, key: Key, quantities: Sequence[Quantity]) -> list[str]:
        """Name what is stored for a test but was not measured."""
        measured = {quantity.name for quantity in quantities}
        return sorted(self.entries[key].quantities.keys() - measured) if key in self.entries else []

    def updated(
        self,
        fresh: Mapping[Key, Entry],
        losses: Mapping[str, LossEntry] | None = None,
        *,
        existing: Collection[Key] | None,
        trained: Collection[str] = (),
    ) -> Baseline:
        """Replace the entries of tests that ran.

        Parameters
        ----------
        fresh, losses
            New entries. All others stay as they are, those of claims that failed among them.
        existing
            All tests there are, if the whole suite ran: entries of others are then dropped.
        trained
            All experiments that this run trained; if the whole suite ran, the losses of others are dropped.
        """
        kept = {key: entry for key, entry in self.entries.items() if existing is None or key in existing}
        kept_losses = {
            name: entry for name, entry in self.losses.items() if existing is None or name in trained
        }
        return replace(self, entries={**kept, **fresh}, losses={**kept_losses, **(losses or {})})

    def save(self, path: Path) -> None:
        """Write the baseline in one step, sorted, a short block a quantity."""
        numbers: dict[str, Environment] = {}

        def number_of(environment: Environment) -> str:
            known = next((name for name, other in numbers.items() if other == environment), None)
            return known or str(len(numbers) + 1)

        claims: dict[str, dict[str, Any]] = {}
        for key, entry in sorted(self.entries.items()):
            number = number_of(entry.environment)
            numbers[number] = dict(entry.environment)
            claims.setdefault(key.claim, {})[key.test] = {
                "environment": number,
                "quantities": {
                    name: {
                        "kind": str(stored.kind),
                        "unit": stored.unit,
                        "n": stored.n,
                        "mean": stored.mean,
                        "sd": stored.sd,
                        "values": list(stored.values),
                    }
                    for name, stored in sorted(entry.quantities.items())
                },
            }
        losses: dict[str, Any] = {}
        for name, stored in sorted(self.losses.items()):
            number = number_of(stored.environment)
            numbers[number] = dict(stored.environment)
            losses[name] = {"environment": number, **as_json(stored.losses)}
        document = {
            "schema_version": SCHEMA_VERSION,
            "device": self.device,
            "profile": self.profile,
            "environments": numbers,
            "claims": claims,
            "losses": losses,
        }
        write_whole(path, legible(document) + "\n")


def path_of(root: Path, device: str, profile: str) -> Path:
    """Where the baseline of a kind of device at a profile is kept."""
    return root / "baselines" / f"{device}-{profile}.json"


def compared_device(root: Path, device: str, profile: str) -> str:
    """Kind of device whose baseline a run is compared with: its own, or the CPU's where it has none yet."""
    return device if path_of(root, device, profile).exists() else "cpu"


def compared(root: Path, device: str, profile: str) -> Baseline:
    """Load what a run is compared with: the baseline of its kind of device, completed from the CPU's.

    All engines draw the same samples and their results agree in distribution, so that the CPU's values stand
    for what nobody has stored of a device.

    Raises
    ------
    FileError
        As of `load`.
    """
    kind = compared_device(root, device, profile)
    own = load(path_of(root, kind, profile), device=kind, profile=profile)
    if kind == "cpu" or not path_of(root, "cpu", profile).exists():
        return own
    cpu = load(path_of(root, "cpu", profile), device="cpu", profile=profile)
    return replace(own, entries={**cpu.entries, **own.entries}, losses={**cpu.losses, **own.losses})


def mend(device: str, profile: str) -> str:
    """Name the command that writes a baseline anew."""
    return f"nox -s baselines -- --write --profile {profile}" + (
        "" if device == "cpu" else f" --device {device}"
    )


def entry_of(quantities: Sequence[Quantity], environment: Environment) -> Entry:
    """Store what a test measured."""
    return Entry(
        environment,
        {
            quantity.name: Stored(quantity.kind, quantity.unit, tuple(map(rounded, quantity.values)))
            for quantity in quantities
        },
    )


def load(path: Path, *, device: str, profile: str) -> Baseline:
    """Read a baseline, trusting nothing in it.

    Parameters
    ----------
    path
        File to read.
    device, profile
        What the file must be for.

    Raises
    ------
    FileError
        If the file is missing, damaged or for something else; it names the command that mends it.
    """
    try:
        document = read_json(path, SCHEMA)
        if (document["device"], document["profile"]) != (device, profile):
            raise FileError(f"{path} is not for {device}-{profile}, by what it says.")
        entries: dict[Key, Entry] = {}
        for claim, tests in document["claims"].items():
            for test, entry in tests.items():
                quantities = {
                    name: _stored(path, f"{claim} {name}", block)
                    for name, block in entry["quantities"].items()
                }
                entries[Key(claim, test)] = Entry(_environment(path, document, claim, entry), quantities)
        losses = {
            name: LossEntry(_environment(path, document, name, block), _losses(path, name, block))
            for name, block in document["losses"].items()
        }
    except FileError as error:
        raise FileError(f"{error} Write it anew: {mend(device, profile)}") from error
    return Baseline(device=device, profile=profile, entries=entries, losses=losses)


def _environment(path: Path, document: dict[str, Any], where: str, entry: dict[str, Any]) -> Environment:
    if entry["environment"] not in document["environments"]:
        raise FileError(f"{path}: {where} names an environment that is not in the file.")
    environment: Environment = document["environments"][entry["environment"]]
    return environment


def _losses(path: Path, name: str, block: dict[str, Any]) -> Losses:
    try:
        return from_json(block)
    except ValueError as error:
        raise FileError(f"{path}: in the losses of {name}, {error}.") from error


def _stored(path: Path, where: str, block: dict[str, Any]) -> Stored:
    stored = Stored(Kind(block["kind"]), block["unit"], tuple(map(float, block["values"])))
    if stored.kind is Kind.SHARE and not set(stored.values) <= {0.0, 1.0}:
        raise FileError(f"{path}: the values of {where} must be 0 or 1.")
    told = (block["n"], float(block["mean"]), float(block["sd"]))
    if told != (stored.n, stored.mean, stored.sd):
        raise FileError(f"{path}: n, mean and sd of {where} do not belong to its values.")
    return stored
