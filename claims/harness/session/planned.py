"""What the selected claims will train, in their order, as far as it can be read off their code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from claims.harness.session.requests import FIXTURE, Requests
from tms.experiment import Experiment


@dataclass(frozen=True)
class Plan:
    """The work before a run.

    Parameters
    ----------
    experiments
        The experiments that the selected claims ask for, in the order in which they first do.
    is_complete
        Whether these are all. Some experiments depend on values that are known when a claim runs.
    """

    experiments: tuple[Experiment, ...]
    is_complete: bool

    def __str__(self) -> str:
        """Count experiments, models and optimizer steps."""
        models = sum(experiment.n_instances for experiment in self.experiments)
        steps = sum(experiment.n_instances * experiment.steps for experiment in self.experiments)
        least = "" if self.is_complete else "at least "
        return (
            f"to train: {least}{len(self.experiments)} experiments, {models:,} models, "
            f"{steps:,} steps of single models"
        )


def plan_of(items: Iterable[pytest.Item], profile: str, seed: int = 0) -> Plan:
    """Collect the experiments that the tests of claims ask for.

    Parameters
    ----------
    items
        The selected tests; those that are marked to be skipped do not count.
    profile
        Scale of the experiments.
    seed
        Seed of the run.
    """
    experiments: dict[str, Experiment] = {}
    is_complete = True
    for item in items:
        if not isinstance(item, pytest.Function) or FIXTURE not in item.fixturenames:
            continue
        if item.get_closest_marker("skip") is not None:
            continue
        parameters = getattr(item, "callspec", None)
        requests = Requests(item.function, {"profile": profile, **(parameters.params if parameters else {})})
        is_complete = is_complete and requests.is_complete
        for factory in requests.factories:
            try:
                experiment = factory(profile).with_run_seed(seed)
                experiments.setdefault(experiment.fingerprint(), experiment)
            except Exception:  # the claim that asks for it shows the error
                is_complete = False
    return Plan(tuple(experiments.values()), is_complete)
