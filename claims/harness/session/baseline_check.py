"""The baseline of a run: found, loaded, compared with, and updated."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pytest

from claims.harness.baselines import store
from claims.harness.baselines.baseline import Baseline, DoublingEntry, Key, LossEntry, entry_of
from claims.harness.baselines.doublings import StoredDoubling
from claims.harness.baselines.drift import Steadiness
from claims.harness.files import FileError
from claims.harness.judging.outcomes import MEASURED
from claims.harness.judging.quantity import Quantity
from claims.harness.records import environment
from claims.harness.records.results import Outcome, TrainedOnce
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
        self._device = options.device
        if options.compares or options.implementation:
            self._device = store.compared_device(options.root, options.device, options.profile)
        self._path = store.path_of(options.root, self._device, options.profile)
        self._stored = Baseline(device=self._device, profile=options.profile)
        self._compared: dict[str, TrainedOnce] = {}

    @property
    def name(self) -> str:
        """Path of the baseline's file, relative to the project."""
        return self._path.relative_to(self._options.root).as_posix()

    @property
    def baseline(self) -> Baseline | None:
        """The baseline that this run is compared with; None if it is to be shown or rewritten instead."""
        return self._stored if self._options.compares else None

    @property
    def stored(self) -> Baseline:
        """All that is stored, whether this run is compared with it or not; empty if nothing could be read."""
        return self._stored

    def load(self) -> str | None:
        """Read the baseline.

        A run of another implementation is not compared with it, but reads which of our models converged.

        Returns
        -------
        str or None
            Why a baseline that is to be shown or rewritten could not be read, where it exists.

        Raises
        ------
        pytest.UsageError
            If the baseline is missing or damaged and this run is to be compared with it.
        """
        try:
            self._stored = self._read()
        except FileError as error:
            if self._options.compares:
                raise pytest.UsageError(str(error)) from error
            if self._path.exists() and not self._options.implementation:
                return f"{error} Nothing in the old file can be kept."
        return None

    def _read(self) -> Baseline:
        options = self._options
        if options.compares or options.implementation:
            return store.compared(options.root, options.device, options.profile)
        return store.load(self._path, device=options.device, profile=options.profile)

    def header(self) -> str:
        """Describe in one line what this run is compared with."""
        size = f"{self._stored.comparisons} comparisons"
        if not self._options.compares:
            size = "to be rewritten" if self._options.update_baselines else "to be shown beside this run"
        if self._device != self._options.device:
            size += f"; there is none for {self._options.device} yet"
        elif borrowed := self._stored.borrowed:
            size += f"; entries of {', '.join(borrowed)} are the CPU's"
        return f"baseline: {self.name} ({size})"

    def compared(self, experiments: Iterable[TrainedOnce]) -> list[TrainedOnce]:
        """Compare the trained losses of experiments with the stored ones, each experiment once.

        The stored twins are added to the losses, so that two results.json can be compared without a baseline.
        """
        return [self._compare(experiment) for experiment in experiments]

    def _compare(self, experiment: TrainedOnce) -> TrainedOnce:
        if experiment.name not in self._compared:
            drift, losses = experiment.drift, experiment.losses
            if self._options.compares:
                drift = self._stored.compare_losses(experiment.name, losses)
            stored = self._stored.losses.get(experiment.name)
            if stored is not None and not losses.twins and not self._options.implementation:
                losses = dataclasses.replace(losses, twins=stored.losses.twins)
            self._compared[experiment.name] = dataclasses.replace(experiment, drift=drift, losses=losses)
        return self._compared[experiment.name]

    def missing(self, outcomes: Mapping[Key, Outcome]) -> list[str]:
        """Name the claims and the losses that the baseline lacks."""
        claims = {key.claim for key, o in outcomes.items() if o.baseline is Steadiness.MISSING}
        losses = {name for name, e in self._compared.items() if e.drift.status is Steadiness.MISSING}
        return sorted(claims) + sorted(f"the losses of {name}" for name in losses)

    @property
    def losses_drifted(self) -> bool:
        """Whether the losses of any experiment drifted."""
        return any(e.drift.status is Steadiness.DRIFTED for e in self._compared.values())

    @property
    def update_command(self) -> str:
        """The command that writes this baseline anew."""
        return store.update_command(self._device, self._options.profile)

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
            The outcomes of all selected claims. Claims that failed keep their entries.
        experiments
            The experiments that were trained. Losses keep their entries if only failed claims used them.
        doublings
            The doubling tests that were made, by experiment. All of them are stored.
        whole_suite
            Whether every existing claim was selected and ran, so that entries of other claims are dropped.
        """
        options = self._options
        source = environment.of_baseline(options.engine, options.device, options.seed)
        judged = {
            key: outcome
            for key, outcome in outcomes.items()
            if outcome.passes and outcome.verdict in MEASURED
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
            old=self._stored,
            new=apply(self._stored),
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
        store.change(self._options.root, self._path, self._stored, update.apply)
