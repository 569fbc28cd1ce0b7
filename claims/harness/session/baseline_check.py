"""The baseline of a run: found, loaded, compared with, and updated."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from claims.harness.baselines import places, store
from claims.harness.baselines.baseline import Baseline, DoublingEntry, Key, LossEntry, entry_of
from claims.harness.baselines.doublings import StoredDoubling
from claims.harness.baselines.drift import Steadiness
from claims.harness.files import FileError
from claims.harness.judging.outcomes import MEASURED
from claims.harness.judging.quantity import Quantity
from claims.harness.records import environment
from claims.harness.records.results import Outcome, TrainedOnce
from claims.harness.session.known_doublings import KnownDoublings, known_doublings
from claims.harness.session.options import Options


@dataclass(frozen=True, kw_only=True)
class BaselineUpdate:
    """The change of a baseline that a run proposes.

    Parameters
    ----------
    old, new
        The baseline before and after, as this run knows it.
    apply
        Makes the new baseline of the old one. Another run may have changed the stored baseline meanwhile; its
        changes are kept.
    measured
        The quantities of the claims whose entries are replaced.
    losses
        The losses that are replaced, by experiment.
    doublings
        The doubling tests that are replaced, by experiment.
    failed
        Ids of the claims that failed and therefore keep their entries.
    """

    old: Baseline
    new: Baseline
    apply: Callable[[Baseline], Baseline]
    measured: Mapping[Key, Sequence[Quantity]]
    losses: Mapping[str, LossEntry]
    doublings: Mapping[str, DoublingEntry]
    failed: tuple[str, ...]


class BaselineCheck:
    """Compares a run with its baseline, and says what would update it.

    Parameters
    ----------
    options
        The parsed options.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._judged = options.implementation.judged if options.implementation else None
        self._written = places.path_of(options.root, options.device, options.profile, self._judged)
        self._sources: list[Path] = []
        if options.compares:
            self._sources = places.sources(options.root, options.device, options.profile, self._judged)
        self._stored: Baseline | None = None
        self._compared: dict[str, TrainedOnce] = {}
        self.doublings: list[KnownDoublings] = []
        """The doubling tests of what is judged, then those of this package's own models."""

    @property
    def name(self) -> str:
        """Name of the file that this run is compared with, or that it would write."""
        return places.shown(self._sources[0] if self._sources else self._written, self._options.root)

    @property
    def baseline(self) -> Baseline | None:
        """The baseline that this run is compared with; None if there is none, or if it is to be rewritten."""
        return self._stored if self._sources else None

    @property
    def stored(self) -> Baseline:
        """All that is stored, whether this run is compared with it or not; empty if nothing could be read."""
        return self._stored or Baseline(device=self._options.device, profile=self._options.profile)

    def load(self) -> str | None:
        """Read the baseline.

        Returns
        -------
        str or None
            Why a baseline that is to be shown or rewritten could not be read, where it exists.

        Raises
        ------
        pytest.UsageError
            If the baseline is damaged and this run is to be compared with it.
        """
        options = self._options
        try:
            if options.compares:
                self._stored = store.compared(options.root, options.device, options.profile, self._judged)
                self.doublings = list(known_doublings(options, self._stored, self.name))
            elif self._written.exists():
                self._stored = store.load(
                    self._written, device=options.device, profile=options.profile, judged=self._judged
                )
        except FileError as error:
            if options.compares:
                raise pytest.UsageError(str(error)) from error
            return f"{error} Nothing in the old file can be kept."
        if self._stored is not None:
            self._stored = dataclasses.replace(self._stored, run_seed=options.seed)
        return None

    def header(self) -> str:
        """Describe in one line what this run is compared with."""
        options = self._options
        if options.update_baselines:
            return f"baseline: {self.name} (to be rewritten)"
        if options.show_baselines:
            return f"baseline: {self.name} (to be shown beside this run)"
        if not self._sources:
            return "baseline: none, so the claims are judged against the paper alone"
        size = f"{self.stored.comparisons} comparisons"
        if self.stored.device != options.device:
            size += f"; there is none for {options.device} yet"
        elif borrowed := self.stored.borrowed:
            size += f"; entries of {', '.join(borrowed)} are the CPU's"
        if self.code_changed:
            size += "; the code has changed since"
        return f"baseline: {self.name} ({size})"

    @property
    def code_changed(self) -> bool:
        """Whether the file of another implementation has changed since its baseline was written."""
        implementation = self._options.implementation
        if implementation is None:
            return False
        environments = [entry.environment for entry in self.stored.entries.values()]
        environments += [entry.environment for entry in self.stored.losses.values()]
        return any(environment.get("sha256") != implementation.digest for environment in environments)

    def compared(self, experiments: Iterable[TrainedOnce]) -> list[TrainedOnce]:
        """Compare the trained losses of experiments with the stored ones, each experiment once.

        The stored twins are added to the losses, so that two results.json can be compared without a baseline.
        """
        return [self._compare(experiment) for experiment in experiments]

    def _compare(self, experiment: TrainedOnce) -> TrainedOnce:
        if experiment.name not in self._compared:
            drift, losses = experiment.drift, experiment.losses
            if self.baseline is not None:
                drift = self.baseline.compare_losses(experiment.name, losses)
            stored = self.stored.losses.get(experiment.name)
            if stored is not None and not losses.twins:
                losses = dataclasses.replace(losses, twins=stored.losses.twins)
            self._compared[experiment.name] = dataclasses.replace(experiment, drift=drift, losses=losses)
        return self._compared[experiment.name]

    def missing(self, outcomes: Mapping[Key, Outcome]) -> list[str]:
        """Name the claims and the losses that the baseline lacks."""
        claims = {key.claim for key, o in outcomes.items() if o.baseline is Steadiness.MISSING}
        losses = {name for name, e in self._compared.items() if e.drift.status is Steadiness.MISSING}
        return sorted(claims) + sorted(f"the losses of {name}" for name in losses)

    def gap(self, outcomes: Mapping[Key, Outcome]) -> str | None:
        """Say what could not be compared, with the command that stores it; None if all was compared."""
        if self.baseline is None:
            return f"There is no baseline to compare with. To write one: {self.update_command}"
        if missing := self.missing(outcomes):
            lacking = f"{self.name} does not fit what these claims measure: {', '.join(missing)}."
            return f"{lacking} Write it anew: {self.update_command}"
        return None

    def is_incomplete(self, outcomes: Mapping[Key, Outcome]) -> bool:
        """Whether the baseline of this package's own models lacks anything that was measured."""
        return self._judged is None and bool(self.missing(outcomes))

    @property
    def losses_drifted(self) -> bool:
        """Whether the losses of any experiment drifted."""
        return any(e.drift.status is Steadiness.DRIFTED for e in self._compared.values())

    @property
    def update_command(self) -> str:
        """The command that writes this baseline anew."""
        return places.update_command(self._options.device, self._options.profile, self._judged)

    def update(
        self,
        outcomes: Mapping[Key, Outcome],
        experiments: Sequence[TrainedOnce],
        doublings: Mapping[str, StoredDoubling],
        *,
        whole_suite: bool,
    ) -> BaselineUpdate:
        """Decide what this run would store.

        Parameters
        ----------
        outcomes
            The outcomes of all selected claims. Claims of this package's own models that failed keep their
            entries. Another implementation may fail the paper and still have results of its own, so all that
            it measured is stored.
        experiments
            The experiments that were trained. Losses keep their entries if only failed claims used them.
        doublings
            The doubling tests that were made, by experiment. All of them are stored.
        whole_suite
            Whether every existing claim was selected and ran, so that entries of other claims are dropped.
        """
        options = self._options
        other = options.implementation
        source = {
            **environment.of_baseline(options.engine, options.device, options.seed),
            **({"implementation": other.judged.label, "sha256": other.digest} if other else {}),
        }
        judged = {
            key: outcome
            for key, outcome in outcomes.items()
            if (outcome.passes and outcome.verdict in MEASURED) or (other and outcome.measured)
        }
        measured = {key: [m.quantity for m in outcome.measured] for key, outcome in judged.items()}
        fresh = {key: entry_of(quantities, source) for key, quantities in measured.items()}
        used = {name for outcome in judged.values() for name in outcome.experiments}
        losses = {e.name: LossEntry(source, e.losses) for e in experiments if e.name in used}
        tests = {name: DoublingEntry(source, doubling) for name, doubling in doublings.items()}

        def apply(old: Baseline) -> Baseline:
            if not (fresh or tests):
                return old
            existing = set(outcomes) if whole_suite else None
            trained = {experiment.name for experiment in experiments}
            return old.updated(fresh, losses, tests, existing=existing, trained=trained)

        failed = {key.claim for key, outcome in outcomes.items() if not outcome.passes}
        return BaselineUpdate(
            old=self.stored,
            new=apply(self.stored),
            apply=apply,
            measured=measured,
            losses=losses,
            doublings=tests,
            failed=tuple(sorted(failed)),
        )

    def save(self, update: BaselineUpdate) -> None:
        """Write the new baseline, in one step; changes by other runs since this one began are kept.

        Raises
        ------
        FileError
            If the file cannot be written.
        """
        store.change(self._options.root, self._written, self.stored, update.apply)
