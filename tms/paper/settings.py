"""Settings that the paper's experiments share.

Where the paper leaves a setting open, the choice is named with the experiment or here: Adam without weight
decay, since decay moves the minima that the claims are about; a cosine schedule to 0, so that what is
measured is a minimum and not the noise around it; and for the smallest models, whose landscape has bad minima
(#geometry-perturb), many trials of which the best is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tms.experiment import Experiment

PROFILES: Final = ("quick", "paper")

ExperimentFactory = Callable[[str], Experiment]
"""Profile in, experiment out."""

TINY: Final[dict[str, Any]] = {
    "architecture": "relu_output",
    "batch_size": 256,
    "learning_rate": 0.05,
    "init_scale": 0.5,
}
"""Settings of models with up to three hidden dimensions: a high rate and small weights find the best minimum
more often than others, by trial over rates of 0.01 to 0.3 and scales of 0.1 to 2."""


def geometric_importance(base: float, n: int) -> NDArray[np.float64]:
    """I_i = base^i for every point, shape (1, feature)."""
    return np.power(base, np.arange(n, dtype=np.float64))[None, :]
