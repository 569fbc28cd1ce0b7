"""Experiments of "Non-Uniform Superposition", one feature perturbed."""

from __future__ import annotations

import numpy as np

from tms.analysis.exact_losses import exactly_best
from tms.analysis.pentagon import lowest_loss
from tms.experiment import Experiment, sweep
from tms.experiment.convergence import ExactOptimum
from tms.paper.settings import TINY


def perturbed_pentagon(profile: str) -> Experiment:
    """Five features in two dimensions, the first denser or sparser than the others (#geometry-perturb).

    Paper: n = 5, m = 2, I_i = 1, density 0.05, varied for one feature; several models at each point, of which
    the one with the lowest loss is shown.

    Departures: 32 trials for each of 12 seeds, as the paper does not say how many. Every trial shows the loss
    of the geometry in which it ended, and few end in the geometry that is not optimal.
    """
    points = {"smoke": 9, "quick": 13, "paper": 41}[profile]
    relative = np.geomspace(0.1, 10, points)
    density = np.full((points, 5), 0.05)
    density[:, 0] *= relative
    return sweep(
        "nonuniform/perturbed_pentagon",
        n_features=5,
        n_hidden=2,
        density=density,
        coordinates={"relative_density": relative},
        seeds={"smoke": 3, "quick": 12, "paper": 12}[profile],
        best_of={"smoke": 16, "quick": 32, "paper": 32}[profile],
        steps=1000,
        convergence=ExactOptimum(optimum=lowest_loss, margin=0.01, share=0.9, kept=exactly_best),
        held_out=2**14,
        **TINY,
    )
