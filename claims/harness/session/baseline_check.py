"""The baseline beside a run: found, loaded, compared with, shown and rewritten."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence

import pytest

from claims.harness.baselines import store as baselines
from claims.harness.baselines.baseline import Baseline, Key, LossEntry, entry_of
from claims.harness.baselines.drift import Steadiness
from claims.harness.baselines.loss_drift import LossDrift
from claims.harness.baselines.losses import Losses
from claims.harness.files import FileError
from claims.harness.judging.verdict import Verdict
from claims.harness.records import environment
from claims.harness.records.results import Outcome, TrainedOnce
from claims.harness.report.terminal import Display
from claims.harness.session.options import Options


class Standing:
    """Where a run stands against its baseline.

    Parameters
    ----------
    options
        What was asked for.
    display
        Told what becomes of the baseline.
    """

    def __init__(self, options: Options, display: Display) -> None:
        self._options = options
        self._display = display
        self._device = options.device
        if options.compares:
            self._device = baselines.compared_device(options.root, options.device, options.profile)
        self._path = baselines.path_of(options.root, self._device, options.profile)
        self._stored = Baseline(device=self._device, profile=options.profile)
        self._drifts: dict[str, LossDrift] = {}

    @property
    def name(self) -> str:
        """The baseline's file, relative to the project."""
        return self._path.relative_to(self._options.root).as_posix()

    @property
    def baseline(self) -> Baseline | None:
        """What this run is compared with; None if its baseline is to be shown or rewritten."""
        return self._stored if self._options.compares else None

    def load(self) -> None:
        """Read the baseline.

        Raises
        ------
        pytest.UsageError
            If it is missing or damaged and this run is to be compared with it.
        """
        try:
            self._stored = self._read()
        except FileError as error:
            if self._options.compares:
                raise pytest.UsageError(str(error)) from error
            if self._path.exists():
                self._display.line(f"{error} Nothing of the old file can be kept.", "yellow")

    def _read(self) -> Baseline:
        options = self._options
        if options.compares:
            return baselines.compared(options.root, options.device, options.profile)
        return baselines.load(self._path, device=options.device, profile=options.profile)

    def header(self) -> str:
        """Say in one line what this run is compared with."""
        size = f"{self._stored.comparisons} comparisons"
        if not self._options.compares:
            size = "to be rewritten" if self._options.update_baselines else "to be shown beside this run"
        if self._device != self._options.device:
            size += f"; there is none for {self._options.device} yet"
        elif borrowed := self._stored.borrowed:
            size += f"; what it lacks of {', '.join(borrowed)} is the CPU's"
        return f"baseline: {self.name} ({size})"

    def compared(self, experiments: Iterable[TrainedOnce]) -> list[TrainedOnce]:
        """Compare the trained losses of experiments with the stored ones, once each."""
        compared = []
        for experiment in experiments:
            if self._options.compares and experiment.name not in self._drifts:
                drift = self._stored.compare_losses(experiment.name, experiment.losses)
                self._drifts[experiment.name] = drift
            drift = self._drifts.get(experiment.name, experiment.drift)
            compared.append(dataclasses.replace(experiment, drift=drift, losses=self._with_twins(experiment)))
        return compared

    def _with_twins(self, experiment: TrainedOnce) -> Losses:
        # Kept in a run's results, so that two of them can be compared without a baseline.
        stored = self._stored.losses.get(experiment.name)
        if experiment.losses.twins or stored is None:
            return experiment.losses
        return dataclasses.replace(experiment.losses, twins=stored.losses.twins)

    def lacking(self, outcomes: Mapping[Key, Outcome]) -> list[str]:
        """Name the claims and experiments for which the baseline holds nothing to compare with."""
        claims = {key.claim for key, o in outcomes.items() if o.baseline is Steadiness.MISSING}
        losses = {name for name, drift in self._drifts.items() if drift.status is Steadiness.MISSING}
        return sorted(claims) + sorted(f"the losses of {name}" for name in losses)

    @property
    def losses_moved(self) -> bool:
        """Whether the losses of any experiment drifted."""
        return any(drift.status is Steadiness.DRIFTED for drift in self._drifts.values())

    def mend(self) -> str:
        """Name the command that writes this baseline anew."""
        return baselines.update_command(self._device, self._options.profile)

    def close(
        self, outcomes: Mapping[Key, Outcome], experiments: Sequence[TrainedOnce], *, whole_suite: bool
    ) -> None:
        """Show what the baseline holds beside what this run would put there, and put it there if asked to.

        Parameters
        ----------
        outcomes
            Of all selected claims. Those that failed keep what they had.
        experiments
            What was trained. The losses of those that no claim but a failed one asked for keep what they had.
        whole_suite
            Whether every claim there is was selected and ran, so that entries of others can go.
        """
        options = self._options
        source = environment.of_baseline(options.engine, options.device, options.seed)
        judged = {
            key: outcome
            for key, outcome in outcomes.items()
            if outcome.verdict in (Verdict.REPLICATED, Verdict.NOT_REPLICATED)
        }
        fresh = {
            key: entry_of([measured.quantity for measured in outcome.measured], source)
            for key, outcome in judged.items()
        }
        asked = {name for outcome in judged.values() for name in outcome.experiments}
        losses = {e.name: LossEntry(source, e.losses) for e in experiments if e.name in asked}
        if failed := {key.claim for key, o in outcomes.items() if o.verdict is Verdict.FAILED}:
            told = f"Claims that failed keep the baseline they had: {', '.join(sorted(failed))}."
            self._display.line(told, "bold red")
        if not fresh:
            return
        existing: Collection[Key] | None = set(outcomes) if whole_suite else None
        updated = self._stored.updated(
            fresh, losses, existing=existing, trained={e.name for e in experiments}
        )
        measured = {key: [m.quantity for m in outcome.measured] for key, outcome in judged.items()}
        self._display.differences(self._stored, updated, measured, losses)
        if options.update_baselines:
            baselines.save(updated, self._path)
            self._display.line(f"wrote {self.name}")
        else:
            self._display.line(f"{self.name} is as it was; to rewrite it: {self.mend()}")
