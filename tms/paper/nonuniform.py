"""Experiments of "Non-Uniform Superposition", one feature perturbed."""

from __future__ import annotations

import numpy as np

from tms.experiment import Experiment, sweep
from tms.paper.settings import TINY


def perturbed_pentagon(profile: str) -> Experiment:
    """Five features in two dimensions, the first denser or sparser than the others (#geometry-perturb).

    Importance 1 and density 0.05, as in the paper. Trials are many, since all of them show the loss of the
    geometry that they ended in, and few of them end in the one that is not optimal.
    """
    points = {"quick": 13, "paper": 41}[profile]
    relative = np.geomspace(0.1, 10, points)
    density = np.full((points, 5), 0.05)
    density[:, 0] *= relative
    return sweep(
        "nonuniform/perturbed_pentagon",
        n_features=5,
        n_hidden=2,
        density=density,
        coordinates={"relative_density": relative},
        seeds=12,
        best_of=32,
        steps=1000,
        held_out=2**14,
        **TINY,
    )
