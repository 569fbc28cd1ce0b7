"""Experiments of "Computation in Superposition": y = |x| with a ReLU hidden layer and untied weights.

Where the paper leaves settings open: small initial weights and a moderate rate, as an output whose bias falls
before its feature is read stays off for good, which happens to many outputs otherwise.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from tms.experiment import Experiment, sweep
from tms.paper.settings import geometric_importance

MOTIF_DENSITIES: Final = (1.0, 0.3, 0.2)
"""Densities at which the models of 6 features in 10 neurons are searched for the asymmetric motif."""


def absolute_value(profile: str) -> Experiment:
    """Three dense features with the two neurons that each needs (#computation-basic)."""
    best_of = {"quick": 10, "paper": 16}[profile]
    return _absolute("computation/abs_3x6", 3, 6, [1.0], 1.0, seeds=8, best_of=best_of, **SMALL)


def absolute_value_shared(profile: str) -> Experiment:
    """Six features in ten neurons, one pair of neurons too few (#computation-asymmetric-motif).

    The paper gives neither importance nor density. Here all features are equally important, so that no
    feature is ignored for the sake of another, and the density varies.
    """
    best_of = {"quick": 8, "paper": 16}[profile]
    return _absolute("computation/abs_6x10", 6, 10, MOTIF_DENSITIES, 1.0, seeds=12, best_of=best_of, **SMALL)


SMALL: Final[dict[str, Any]] = {
    "steps": 2000,
    "batch_size": 256,
    "learning_rate": 0.02,
    "init_scale": 0.5,
    "held_out": 2**14,
}


def _absolute(
    name: str, n: int, m: int, density: ArrayLike, decay: float, seeds: int, best_of: int, **settings: Any
) -> Experiment:
    return sweep(
        name,
        n_features=n,
        n_hidden=m,
        architecture="relu_hidden_untied",
        target="absolute",
        signed=True,
        density=np.asarray(density)[:, None],
        importance=geometric_importance(decay, n),
        seeds=seeds,
        best_of=best_of,
        **settings,
    )
