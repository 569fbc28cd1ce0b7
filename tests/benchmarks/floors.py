"""The least work that a step asks for, counted: arithmetic, random numbers, and bytes.

Dense arithmetic is that of five matrix products a sample: encode and decode, the two products of the
decoder's backward pass, and the one of the encoder's (inputs need no gradient): 10 n m operations. The sparse
floor follows the entries that matter. It is the work of a perfect model, whose outputs are positive where
their feature is active and nowhere else:

- a row without an active feature needs no product, its loss and gradient follow from the bias;
- an active feature encodes one row of W, and receives one row of gradient: 2 m each;
- every output of any other row must be known before it can be skipped: 2 n m to decode;
- an output that is not positive has no backward pass; one that is costs 2 m for its weights, 2 m for the
  hidden layer.

A model that is still learning, or that cannot represent all features, has more positive outputs than that, so
an engine cannot reach the floor by this account; zeros of a ReLU hidden layer could save more and are not
counted. AdamW costs 12 operations a parameter, the output layer 6 an output. Random numbers are one 32-bit
draw an entry. Bytes are those of parameters and both moments, read and written once a step; a stack that is
trained model by model keeps them in the cache and moves none of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tms.experiment import Experiment

OPTIMIZER: Final = 12
"""Floating-point operations of AdamW, a parameter; a division or a root counts as one."""
OUTPUT: Final = 6
"""Those of bias, activation, error, square, weighting and gradient, an output."""
STATES: Final = 3
"""Parameter and two moments."""


@dataclass(frozen=True)
class Floor:
    """What one step of a whole stack takes at least.

    Parameters
    ----------
    dense, sparse
        Floating-point operations, whether zeros are multiplied or not.
    draws
        Random numbers.
    bytes
        Memory traffic of a stack that does not fit into the cache.
    """

    dense: float
    sparse: float
    draws: float
    bytes: float


@dataclass(frozen=True)
class Ceilings:
    """What the machine can do, all its cores together.

    Parameters
    ----------
    operations
        Floating-point operations a second, in a large float32 matrix product.
    draws
        Numbers a second of the engines' random streams.
    bytes
        Bytes a second, read and written, in a copy of large arrays.
    """

    operations: float
    draws: float
    bytes: float

    def seconds(self, floor: Floor) -> float:
        """Least time of a step: arithmetic and random numbers share the arithmetic units, memory does not."""
        return max(floor.sparse / self.operations + floor.draws / self.draws, floor.bytes / self.bytes)


def floor_of(experiment: Experiment) -> Floor:
    """Count the work of one step of all instances.

    Parameters
    ----------
    experiment
        Any with independent features.

    Raises
    ------
    ValueError
        If features are tied in sets, which this does not count.
    """
    if experiment.features.sets:
        raise ValueError(f"{experiment.name}: floors are counted for independent features only.")
    density = experiment.instances.density
    n, m, rows = experiment.n_features, experiment.n_hidden, experiment.batch_size
    instances = len(density)
    untied = experiment.architecture == "relu_hidden_untied"
    parameters = instances * (n * m * (2 if untied else 1) + n)
    beside = OPTIMIZER * parameters
    active = density.sum()
    occupied = (1 - np.prod(1 - density, axis=1)).sum()
    return Floor(
        dense=rows * instances * (10 * n * m + OUTPUT * n) + beside,
        sparse=rows * float((2 * m + OUTPUT) * n * occupied + 8 * m * active) + beside,
        draws=rows * instances * n,
        bytes=2 * STATES * 4 * parameters,
    )
