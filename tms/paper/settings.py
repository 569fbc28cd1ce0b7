"""Settings that the paper's experiments share.

The docstring of each experiment states the settings of the paper ("Paper") and how the experiment departs
from them, with the reasons ("Departures"). The paper does not describe the training of its models. Its public
notebook trains for 10,000 steps of 1,024 inputs with AdamW at a rate of 1e-3. Three departures are common to
nearly all experiments here:

- Adam without weight decay, because decay moves the minima that the claims are about.
- A cosine schedule that ends at 0, so that a minimum is measured, and not the noise around it.
- For small models, whose loss has bad local minima (#geometry-perturb), the best of several trials is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tms.experiment import Experiment

PROFILES: Final = ("smoke", "quick", "paper")
"""Scales of the experiments: "paper" has the paper's sizes, "quick" fewer points, seeds or trials, and
"smoke" as few as can still contradict a claim."""

ExperimentFactory = Callable[[str], Experiment]
"""A function that returns an experiment for a profile, one of `PROFILES`."""

TINY: Final[dict[str, Any]] = {
    "architecture": "relu_output",
    "batch_size": 256,
    "learning_rate": 0.05,
    "init_scale": 0.5,
}
"""Training of models with up to three hidden dimensions. Of the rates from 0.01 to 0.3 and the initial scales
from 0.1 to 2 that were tried, a high rate and small weights find the best minimum most often."""


def geometric_importance(base: float, n: int) -> NDArray[np.float64]:
    """Importances I_i = base^i, the same at every point; shape (1, feature)."""
    return np.power(base, np.arange(n, dtype=np.float64))[None, :]
