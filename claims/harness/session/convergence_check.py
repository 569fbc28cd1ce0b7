"""Whether the models of a run converged: by a known loss in each run, or by the test that baselines store."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from claims.harness.baselines import loss_drift
from claims.harness.baselines.doublings import StoredDoubling
from claims.harness.baselines.drift import Steadiness
from claims.harness.errors import one_line
from claims.harness.records.convergence import Convergence, Standing
from claims.harness.session.baseline_check import BaselineCheck
from claims.harness.session.known_doublings import KnownDoublings
from claims.harness.session.options import Options
from claims.harness.session.trained_models import TrainedModels
from tms.analysis import convergence
from tms.experiment import Experiment
from tms.experiment.convergence import Doubling
from tms.protocol import BrokenImplementation, Unsupported
from tms.training import Trained

_KIND: Final = convergence.KINDS[Doubling]

RISE_LEVEL: Final = 1e-3
"""Level of the test whether another implementation's losses lie above the baseline's. A false alarm costs a
verdict and no more, and few models must suffice."""

RISE: Final = 0.25
"""Relative rise of another implementation's mean loss that counts where models are too few for a test."""


class ConvergenceCheck:
    """Collects the evidence of every experiment that claims ask for.

    Exact optima and hand-built solutions are compared with in each run. Training twice as long is for runs
    that write baselines, or show how they would change; other runs read what the baseline holds.

    Parameters
    ----------
    options
        The parsed options.
    models
        The run's trained models.
    baseline_check
        The baseline, which holds the doubling tests.
    """

    def __init__(self, options: Options, models: TrainedModels, baseline_check: BaselineCheck) -> None:
        self._options = options
        self._models = models
        self._baseline_check = baseline_check
        self._shown: dict[str, Convergence] = {}
        self.doublings: dict[str, StoredDoubling] = {}
        """The doubling tests that this run made, by experiment."""

    @property
    def shown(self) -> Mapping[str, Convergence]:
        """The evidence found so far, by experiment."""
        return self._shown

    def doubts(self, experiments: Iterable[str]) -> tuple[str, ...]:
        """Say of which experiments it is not shown that their models converged, one line for each.

        Parameters
        ----------
        experiments
            Names of experiments that claims asked for, and that were trained.
        """
        names = dict.fromkeys(name for name in experiments if name in self._models.by_name)
        return tuple(filter(None, (self._of(name).doubt(name) for name in names)))

    def _of(self, name: str) -> Convergence:
        if name not in self._shown:
            self._shown[name] = self._judge(self._models.by_name[name])
        return self._shown[name]

    def _judge(self, trained: Trained) -> Convergence:
        experiment = trained.experiment
        rule = experiment.convergence
        if rule is None:
            return Convergence.missing(
                "", "the experiment does not say how it shows that its models converged."
            )
        if not isinstance(rule, Doubling):
            return Convergence.of(convergence.check(trained))
        if not self._options.compares:
            return self._doubled(trained)
        return self._stored(experiment)

    def _doubled(self, trained: Trained) -> Convergence:
        """Train an experiment twice as long, and keep the result for the baseline."""
        experiment = trained.experiment
        try:
            twice = self._models.twice_as_long(trained)
            changes = convergence.measured(trained, twice)
        except (BrokenImplementation, Unsupported) as error:
            return Convergence.missing(_KIND, f"training for twice as many steps failed: {one_line(error)}")
        seeds = twice.experiment.seeds
        self.doublings[experiment.name] = StoredDoubling.of_experiment(experiment, changes, seeds)
        return Convergence.of(convergence.judged(experiment, changes, seeds))

    def _stored(self, experiment: Experiment) -> Convergence:
        """Read the doubling test of an experiment from a baseline, if it speaks for this run's models."""
        check, name = self._baseline_check, experiment.name
        found = [known for known in check.doublings if name in known.tests and name in known.losses]
        obstacles = [known.tests[name].doubling.obstacle(experiment) for known in found]
        known = next((known for known, why in zip(found, obstacles, strict=True) if why is None), None)
        if known is None:
            lacking = (
                f"the test with twice as many steps in {found[0].where} {obstacles[0]}"
                if found
                else f"{check.name} holds no test with twice as many steps"
            )
            return Convergence.missing(_KIND, f"{lacking}; to make one: {check.update_command}")
        test = known.tests[name].doubling
        evidence = Convergence.of(convergence.judged(experiment, np.array(test.points), test.seeds))
        rise = self._rise(name, known)
        if rise is None:
            return evidence
        return dataclasses.replace(
            evidence,
            standing=Standing.NOT_CONVERGED if known.is_of_judged else Standing.NOT_SHOWN,
            sentence=f"the losses lie {rise:.2%} above those in {known.where}; the test with twice as many "
            "steps speaks for those alone.",
        )

    def _rise(self, name: str, known: KnownDoublings) -> float | None:
        """Relative rise of the losses above those of the baseline; None if chance explains it."""
        now, before = self._models.losses_of(name), known.losses[name].losses
        if known.is_of_judged:
            drift = self._baseline_check.stored.compare_losses(name, now)
            drifted = drift.status is Steadiness.DRIFTED
            return drift.largest[1] if drifted and drift.largest[1] > 0 else None
        # Single trials may end far apart. Twins tell of rounding, which is not all that differs here.
        drift = loss_drift.compare(now.of_best_trials(), before.of_best_trials(), RISE_LEVEL)
        change = math.expm1(float(np.log1p(drift.points).mean()))
        is_higher = change > 0 and drift.status is Steadiness.DRIFTED
        return change if is_higher or change > RISE else None
