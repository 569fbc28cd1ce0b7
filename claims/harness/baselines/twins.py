"""Twins: models trained once more from first weights that differ by rounding alone."""

from __future__ import annotations

import dataclasses
import math
from typing import Final

import numpy as np

from claims.harness.baselines.losses import models_at_a_point
from tms.experiment import Experiment

_TWINS: Final = 32
_PERTURBATION: Final = 1e-6  # eight units in the last place of float32


def twins_of(experiment: Experiment) -> list[Experiment]:
    """Describe twins of some of an experiment's models.

    The losses of twins show how far sums in another order can move a loss. There are about 32 twins; a few
    more where an experiment has so few models that each needs several.

    Parameters
    ----------
    experiment
        A sweep with all its points, numbered from 0.

    Returns
    -------
    list of Experiment
        The experiments that train the twins, each at some of the points.
    """
    positions = np.unique(np.linspace(0, experiment.n_points - 1, _TWINS).round().astype(np.int64))
    trials = min(models_at_a_point(experiment), math.ceil(_TWINS / len(positions)))
    best_of = min(experiment.best_of, trials)
    models = trials // best_of * best_of * len(positions)
    rounds = 1 if models >= _TWINS else math.ceil(_TWINS / models) + 1
    return [
        dataclasses.replace(
            experiment.at(positions),
            seeds=trials // best_of,
            best_of=best_of,
            checkpoints=(),
            init_scale=experiment.init_scale * (1 + k * _PERTURBATION),
        )
        for k in range(1, rounds + 1)
    ]
