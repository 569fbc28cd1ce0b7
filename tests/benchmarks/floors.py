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

AdamW costs 12 operations per parameter, the output layer 6 per output. Each input entry takes one 32-bit
random number. Bytes count the parameters and both moments, read and written once per step; a stack that is
trained model by model keeps them in the cache and moves none of them.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from claims.harness.records.throughput import Floor
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
        An experiment with independent features.

    Raises
    ------
    ValueError
        If features are correlated or anticorrelated in sets, which this does not count.
    """
    if experiment.features.sets:
        raise ValueError(f"{experiment.name}: floors are counted for independent features only.")
    density = experiment.instances.density
    n, m, rows = experiment.n_features, experiment.n_hidden, experiment.batch_size
    instances = len(density)
    untied = experiment.architecture == "relu_hidden_untied"
    parameters = instances * (n * m * (2 if untied else 1) + n)
    optimizer = OPTIMIZER * parameters
    active = density.sum()
    occupied = (1 - np.prod(1 - density, axis=1)).sum()
    return Floor(
        dense=rows * instances * (10 * n * m + OUTPUT * n) + optimizer,
        sparse=rows * float((2 * m + OUTPUT) * n * occupied + 8 * m * active) + optimizer,
        draws=rows * instances * n,
        bytes=2 * STATES * 4 * parameters,
    )
