"""The experiment of the introduction."""

from __future__ import annotations

import numpy as np

from tms.experiment import Experiment, sweep
from tms.experiment.convergence import Doubling
from tms.paper.settings import TINY, geometric_importance


def introduction(profile: str) -> Experiment:
    """Five features in two dimensions, from dense to sparse (the figure of the introduction).

    Paper: n = 5, m = 2, densities 1, 0.2 and 0.1. Its public notebook has I_i = 0.9^i and ten densities from
    1 to 1/20. The ten densities here are evenly spaced in the logarithm, except for 0.2 and 0.1.

    Departures: the best of 36 trials is kept for each seed, because a single run often ends in a worse
    minimum. There are half a million held-out inputs, because the losses of many pentagons differ by less
    than a thousandth, and on fewer inputs the choice among trials would be left to chance.
    """
    every = (1.0, 0.72, 0.52, 0.37, 0.27, 0.2, 0.14, 0.1, 0.07, 0.05)
    few = (1.0, 0.2, 0.1, 0.05)
    density = np.array({"smoke": few, "quick": few, "paper": every}[profile])
    return sweep(
        "introduction",
        n_features=5,
        n_hidden=2,
        density=density[:, None],
        importance=geometric_importance(0.9, 5),
        seeds={"smoke": 3, "quick": 12, "paper": 12}[profile],
        best_of={"smoke": 12, "quick": 36, "paper": 36}[profile],
        held_out={"smoke": 2**17, "quick": 2**19, "paper": 2**19}[profile],
        steps={"smoke": 2000, "quick": 3000, "paper": 3000}[profile],
        convergence=Doubling(at_most=0.01),
        **TINY,
    )
