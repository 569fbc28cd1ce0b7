"""Training of a module: by a fused engine if that computes what the module does, else by autograd.

The module's code is the definition. The fused engine is an optimisation, and is compared with it each time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tms.engines import external, reference
from tms.engines.equivalence import Comparison
from tms.engines.external import Guarded
from tms.engines.fused import FusedEngine
from tms.engines.isolation import isolated
from tms.engines.probe import generator
from tms.engines.reported_weights import misreport
from tms.engines.result import Progress, Result
from tms.experiment import Experiment
from tms.protocol import BrokenImplementation, ModelFactory, weight_shapes

_WHO = "the model"


@dataclass(frozen=True, eq=False)
class TrainedModule:
    """The result of training a module, and how it was trained.

    Parameters
    ----------
    result
        Parameters and losses.
    engine
        The engine that trained, "fused" or "reference".
    difference
        How the module differs from what the fused engine computes, as a clause without a subject; None if
        they agree, or if they were not compared.
    """

    result: Result
    engine: str
    difference: str | None


def run(
    experiment: Experiment,
    requested: str,
    device: str,
    progress: Progress,
    factory: ModelFactory | None = None,
    on_difference: Callable[[str], None] | None = None,
    engine: FusedEngine | None = None,
) -> TrainedModule:
    """Train every instance of an experiment.

    Parameters
    ----------
    experiment
        The experiment to train.
    requested
        "auto", "fused" or "reference". With "fused", that engine trains even if it differs from the module.
    device
        "cpu" or "cuda".
    progress
        Called with the number of instance-steps since the last call.
    factory
        Another implementation's model factory; None for this package's own models.
    on_difference
        Called with the difference, if there is one, as soon as it is known.
    engine
        The fused engine; by default that of the device.

    Raises
    ------
    tms.protocol.Unsupported
        As raised by the factory.
    tms.protocol.BrokenImplementation
        If another implementation's model breaks the protocol, or reports other weights than those that its
        outputs are made of.
    """
    engine = engine or FusedEngine.on(device)
    job = _Job(experiment, device, progress, factory)
    if requested == "reference":
        if factory:
            with isolated(experiment, _WHO):
                job.check_weights(Comparison(experiment, engine, device, factory))
        return TrainedModule(job.by_reference(), "reference", None)
    with isolated(experiment, _WHO):
        comparison = Comparison(experiment, engine, device, job.build)
        difference = comparison.difference()
        if factory:
            job.check_weights(comparison)
    if difference and on_difference:
        on_difference(difference)
    if difference and requested == "auto":
        return TrainedModule(job.by_reference(), "reference", difference)
    with isolated(experiment, _WHO):
        weights = Guarded(job.build(experiment), experiment).weights()
    start = {name: weights[name] for name in weight_shapes(experiment)}
    result = engine.run(experiment, progress, start)
    if factory:
        external.check_result(result)
    if difference is None:
        with isolated(experiment, _WHO):
            difference = comparison.difference_after(result)
        if difference and on_difference:
            on_difference(difference)
        if difference and requested == "auto":
            return TrainedModule(job.by_reference(silent=True), "reference", difference)
    return TrainedModule(result, "fused", difference)


class _Job:
    """What to train, and the training of it by autograd."""

    def __init__(
        self, experiment: Experiment, device: str, progress: Progress, factory: ModelFactory | None
    ) -> None:
        self._experiment, self._device, self._progress, self._factory = experiment, device, progress, factory
        self.build = factory or reference.build
        self._is_described = False

    def check_weights(self, comparison: Comparison) -> None:
        """Refuse a model that reports other weights than those of its outputs."""
        self._is_described = comparison.is_described
        model, part, x = comparison.model, comparison.part, comparison.x
        if not self._is_described and (found := misreport(model, part, x, generator(part))):
            raise BrokenImplementation(f"the model reports wrong weights: {found}.")

    def by_reference(self, *, silent: bool = False) -> Result:
        """Train with the reference engine; `silent` if progress has counted the work once already."""
        progress = _ignore if silent else self._progress
        if self._factory is None:
            return reference.run(self._experiment, self._device, progress)
        return external.run_model(
            self._experiment, self._device, progress, self._factory, is_described=self._is_described
        )


def _ignore(_steps: int) -> None:
    """Ignore a report of progress."""
