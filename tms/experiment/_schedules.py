"""How the learning rate changes during training."""

from __future__ import annotations

from typing import Final

import numpy as np
from jaxtyping import Float

SCHEDULES: Final = ("constant", "cosine", "warm_up")
"""Names of the schedules."""

WARM_UP: Final = 0.3
"""Share of the steps in which the rate of the schedule "warm_up" rises."""


def relative_rates(schedule: str, steps: int) -> Float[np.ndarray, " step"]:
    """Compute the rate of every step as a share of the peak, in float64.

    Parameters
    ----------
    schedule
        One of `SCHEDULES`.
    steps
        Number of steps, at least 1.
    """
    if schedule == "constant":
        return np.ones(steps)
    rising = int(WARM_UP * steps) if schedule == "warm_up" else 0
    rise = (np.arange(rising) + 1) / (rising + 1)
    progress = np.arange(steps - rising) / (steps - rising)
    return np.concatenate([rise, 0.5 * (1 + np.cos(np.pi * progress))])
