"""The least time that the training of a run needs on this machine."""

from __future__ import annotations

from typing import Final

from claims.harness.floor import ceilings, ceilings_file
from claims.harness.floor.training import TrainingFloor
from claims.harness.session.options import Options
from claims.harness.session.trained_models import TrainedModels
from tms.training import ENGINES

LONG: Final = 100.0
"""Seconds of training from which on a run measures the machine again, although its ceilings are stored.

Measuring takes two seconds. The machine may have been busy when it was measured before."""


def floor_of_run(options: Options, models: TrainedModels, *, may_measure: bool) -> TrainingFloor | None:
    """Count what the training of a run needs at least.

    Experiments with a training loop of their own are not counted: the loop may do more than the engines do.

    Parameters
    ----------
    options
        The parsed options.
    models
        The run's trained models.
    may_measure
        Whether there is time to measure this machine.

    Returns
    -------
    TrainingFloor or None
        None if the engines trained nothing, if models could be reused, if another implementation was judged,
        if a cluster trained, if experiments were trained side by side, so that their seconds do not add up to
        a time, or if the ceilings of this machine are not known.
    """
    if options.reuse or options.implementation or options.cluster or models.trains_side_by_side:
        return None
    experiments = {name: trained.experiment for name, trained in models.by_name.items()}
    counted = [
        (experiments[entry.name], entry.seconds)
        for entry in models.log
        if entry.engine in ENGINES and entry.name not in models.own_loops
    ]
    seconds = sum(each for _, each in counted)
    if not seconds:
        return None
    limits = ceilings_file.known(options.root, options.device)
    if may_measure and (limits is None or seconds >= LONG):
        limits = ceilings_file.measured(options.root, options.device, ceilings.measure)
    if limits is None:
        return None
    counted_names = {experiment.name for experiment, _ in counted}
    others = [entry.name for entry in models.log if entry.name not in counted_names]
    return TrainingFloor.of(counted, others, limits)
