"""Models with weights that nobody trained, in the place of trained ones, and claims judged on them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch

from claims.harness.falsification.controls.junk import Weights
from claims.harness.judging.claim import Claim
from claims.harness.judging.judge import judge
from claims.harness.judging.measure import Measure
from claims.harness.judging.outcomes import Verdict
from tms.analysis.exact_losses import zero_loss
from tms.analysis.nothing_to_measure import NothingToMeasure
from tms.engines.result import Result
from tms.experiment import Experiment
from tms.paper import ExperimentFactory
from tms.training import Trained

PROFILE = "smoke"


class JunkModels:
    """Stands for the fixture `trained`: every experiment has the weights that a function makes, untrained.

    All losses are that of a model that outputs 0, since evaluating models takes longer than making them.
    """

    device = "cpu"

    def __init__(self, make: Callable[[Experiment], Weights]) -> None:
        self._make = make
        self._made: dict[str, Trained] = {}

    def __call__(self, factory: ExperimentFactory) -> Trained:
        experiment = factory(PROFILE)
        if experiment.name not in self._made:
            self._made[experiment.name] = self._untrained(experiment)
        return self._made[experiment.name]

    def by_itself(self, factory: ExperimentFactory, train: object) -> Trained:
        """Return junk also where a claim has a training loop of its own."""
        del train
        return self(factory)

    def _untrained(self, experiment: Experiment) -> Trained:
        weights, checkpoints = self._make(experiment), len(experiment.checkpoints)
        loss = torch.from_numpy(zero_loss(experiment)).repeat_interleave(experiment.trials).float()
        kept = {name: values.expand(checkpoints, *values.shape) for name, values in weights.items()}
        history = (loss.expand(checkpoints, -1), kept) if checkpoints else (None, None)
        return Trained.from_result(experiment, Result(weights, loss, *history), "none", "cpu", 0.0)


def judged(
    test: Callable[..., None], trained: Callable[[ExperimentFactory], Trained]
) -> tuple[Verdict, Measure]:
    """Run the test of a claim on some models, and judge what it measured as if they had converged."""
    claim: Claim = next(mark.args[0] for mark in test.pytestmark if mark.name == "claim")  # type: ignore[attr-defined]
    measure = Measure(is_note=claim.is_note)
    fixtures: dict[str, Any] = {
        "trained": trained,
        "measure": measure,
        "draw": lambda *_, **__: None,
        "profile": PROFILE,
    }
    try:
        test(**{name: fixtures[name] for name in inspect.signature(test).parameters})
    except NothingToMeasure as error:
        measure.give_up(str(error))
    verdict, _ = judge(claim.in_profile(PROFILE), measure.quantities, (), measure.unmeasured)
    return verdict, measure
