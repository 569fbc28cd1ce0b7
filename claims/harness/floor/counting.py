"""Count the least work of a training step: arithmetic, random numbers, and bytes.

Dense arithmetic is five matrix products per sample: encode, decode, two products in the decoder's backward
pass, and one in the encoder's (inputs need no gradient). That is 10 n m operations.

The sparse floor counts only entries that matter. It assumes a perfect model, whose outputs are positive where
their feature is active and nowhere else:

- A row without an active feature needs no product; its loss and gradient follow from the bias.
- An active feature encodes one row of W and receives one row of gradient: 2 m operations each.
- In every other row, each output must be computed before it can be skipped: 2 n m operations to decode.
- An output that is not positive has no backward pass. A positive one costs 2 m operations for its weights and
  2 m for the hidden layer.

A model that is still learning, or that cannot represent all features, has more positive outputs, so no engine
reaches this floor. Zeros in a ReLU hidden layer could save more work; they are not counted.

AdamW costs 12 operations per parameter, the output layer 6 per output. Bytes count the parameters and both
moments, read and written once per step; a stack that is trained model by model keeps them in the cache and
moves none of them.

An entry of an independent feature takes one 32-bit random number. A set takes one number an input, which
decides whether it is active. The members of an active correlated set take one more each. An anticorrelated
set needs no more, as its number also chooses the feature and its value, unless that value has a sign: signs
come from the numbers of the members.

The evaluation on held-out inputs after training is not counted.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from claims.harness.records.throughput import Ceilings, Floor
from tms.experiment import Experiment

OPTIMIZER: Final = 12
"""Floating-point operations of AdamW per parameter; a division or a square root counts as one."""
OUTPUT: Final = 6
"""Operations per output for bias, activation, error, square, weighting and gradient."""
STATES: Final = 3
"""Arrays per parameter: its value and two moments."""


def floor_of(experiment: Experiment) -> Floor:
    """Count the work of one step of all instances.

    Parameters
    ----------
    experiment
        The experiment to train.
    """
    n, m, rows = experiment.n_features, experiment.n_hidden, experiment.batch_size
    instances = experiment.n_instances
    untied = experiment.architecture == "relu_hidden_untied"
    parameters = instances * (n * m * (2 if untied else 1) + n)
    optimizer = OPTIMIZER * parameters
    active, occupied, draws = _inputs(experiment)
    return Floor(
        dense=rows * instances * (10 * n * m + OUTPUT * n) + optimizer,
        sparse=rows * ((2 * m + OUTPUT) * n * occupied + 8 * m * active) + optimizer,
        draws=rows * draws,
        bytes=2 * STATES * 4 * parameters,
    )


def least_seconds(experiment: Experiment, ceilings: Ceilings) -> float:
    """Compute the least seconds of all steps of an experiment at the speed limits of a machine."""
    return experiment.steps * ceilings.seconds(floor_of(experiment))


def _inputs(experiment: Experiment) -> tuple[float, float, float]:
    """Count what one input of every instance holds and takes, in the mean.

    Returns
    -------
    active
        Active features.
    occupied
        Inputs with an active feature.
    draws
        Random numbers.
    """
    features, density = experiment.features, experiment.instances.density
    free = np.setdiff1d(np.arange(features.n_features), [i for group in features.sets for i in group])
    units = [density[:, i] for i in free]
    active, draws = float(density[:, free].sum()), float(len(free) * len(density))
    for group in features.sets:
        shared = density[:, group[0]]
        units.append(shared)
        total = float(shared.sum())
        if group in features.correlated:
            active += len(group) * total
            draws += len(density) + len(group) * total
        else:
            active += total
            draws += len(density) + (total if features.signed else 0.0)
    occupied = (1 - np.prod([1 - each for each in units], axis=0)).sum()
    return active, float(occupied), draws
