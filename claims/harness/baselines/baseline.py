"""A baseline in memory: look up what is stored, compare a run with it, and replace what ran."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from claims.harness.baselines import loss_drift
from claims.harness.baselines.doublings import StoredDoubling
from claims.harness.baselines.drift import Drift, Steadiness, Stored, rounded
from claims.harness.baselines.loss_drift import LossDrift
from claims.harness.baselines.losses import Losses
from claims.harness.baselines.significance import alpha_of_one
from claims.harness.judging.quantity import Quantity

Environment = Mapping[str, str | int]
"""Versions, engine, device and run seed that an entry came from."""


class Key(NamedTuple):
    """A test of a claim: the claim's id and the test's name."""

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


@dataclass(frozen=True)
class DoublingEntry:
    """The stored doubling test of one experiment, and the environment it came from."""

    environment: Environment
    doubling: StoredDoubling


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """All that is stored for one kind of device at one profile.

    Parameters
    ----------
    device, profile
        The kind of device and the profile that the baseline is for.
    entries
        Quantities, by test.
    losses
        Trained losses, by experiment.
    convergence
        Doubling tests, by experiment.
    run_seed
        Seed of the run that is compared with this baseline; None if it is that of the entries.
    """

    device: str
    profile: str
    entries: Mapping[Key, Entry] = field(default_factory=dict)
    losses: Mapping[str, LossEntry] = field(default_factory=dict)
    convergence: Mapping[str, DoublingEntry] = field(default_factory=dict)
    run_seed: int | None = None

    @cached_property
    def comparisons(self) -> int:
        """Number of quantities and experiments that a run of all claims compares; known before it begins."""
        return sum(len(entry.quantities) for entry in self.entries.values()) + len(self.losses)

    @property
    def borrowed(self) -> list[str]:
        """Claims with entries that were measured on another kind of device."""
        kinds = (
            (key.claim, entry.environment.get("device", self.device)) for key, entry in self.entries.items()
        )
        return sorted({claim for claim, kind in kinds if kind != self.device})

    def stored(self, key: Key, quantity: Quantity) -> Stored | None:
        """Find the stored quantity of the same name, kind and unit in the same test."""
        found = self.entries[key].quantities.get(quantity.name) if key in self.entries else None
        return found if found and (found.kind, found.unit) == (quantity.kind, quantity.unit) else None

    def compare(self, key: Key, quantity: Quantity) -> Drift:
        """Test whether a quantity drifted; see `claims.harness.baselines.drift.Stored.compare`.

        Parameters
        ----------
        key
            The quantity's test.
        quantity
            The quantity as this run measured it.
        """
        before = self.stored(key, quantity)
        if before is None:
            return Drift(status=Steadiness.MISSING)
        seed = self.entries[key].environment.get("seed")
        same_seed = self.run_seed is None or self.run_seed == seed
        return before.compare(quantity, alpha_of_one(self.comparisons), same_seed=same_seed)

    def compare_losses(self, experiment: str, now: Losses) -> LossDrift:
        """Test whether the trained losses of an experiment drifted; see `loss_drift.compare`.

        Parameters
        ----------
        experiment
            The experiment's name.
        now
            Its losses in this run.
        """
        before = self.losses.get(experiment)
        if before is None:
            return LossDrift(status=Steadiness.MISSING)
        return loss_drift.compare(now, before.losses, alpha_of_one(self.comparisons))

    def vanished(self, key: Key, quantities: Sequence[Quantity]) -> list[str]:
        """Name the quantities that are stored for a test but were not measured."""
        measured = {quantity.name for quantity in quantities}
        return sorted(self.entries[key].quantities.keys() - measured) if key in self.entries else []

    def updated(
        self,
        fresh: Mapping[Key, Entry],
        losses: Mapping[str, LossEntry] | None = None,
        convergence: Mapping[str, DoublingEntry] | None = None,
        *,
        existing: Collection[Key] | None,
        trained: Collection[str] = (),
    ) -> Baseline:
        """Replace the entries of tests that ran.

        Parameters
        ----------
        fresh, losses, convergence
            The new entries. All other entries are kept, also those of claims that failed.
        existing
            All tests that exist, if all claims ran: entries of other tests are then dropped. None otherwise.
        trained
            All experiments that this run trained. If all claims ran, losses and doubling tests of other
            experiments are dropped.
        """
        kept = {key: entry for key, entry in self.entries.items() if existing is None or key in existing}
        kept_losses = {
            name: entry for name, entry in self.losses.items() if existing is None or name in trained
        }
        kept_doublings = {
            name: entry for name, entry in self.convergence.items() if existing is None or name in trained
        }
        return replace(
            self,
            entries={**kept, **fresh},
            losses={**kept_losses, **(losses or {})},
            convergence={**kept_doublings, **(convergence or {})},
        )


def entry_of(quantities: Sequence[Quantity], environment: Environment) -> Entry:
    """Make the entry of a test from the quantities that it measured."""
    return Entry(
        environment,
        {
            quantity.name: Stored(quantity.kind, quantity.unit, tuple(map(rounded, quantity.values)))
            for quantity in quantities
        },
    )
