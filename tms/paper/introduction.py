"""Experiments of the introduction."""

from __future__ import annotations

import numpy as np

from tms.experiment import Experiment, sweep
from tms.paper.settings import TINY, geometric_importance


def introduction(profile: str) -> Experiment:
    """Five features in two dimensions, from dense to sparse (the figure of the introduction).

    The sweep has 10 densities from 1 to 1/20, evenly spaced in the logarithm but for 0.2 and 0.1, the two
    sparsities that the figure names. The held-out inputs are so many because the losses of many pentagons
    differ by less than a thousandth: by fewer inputs, a seed would choose what happens to suit those.
    """
    every = (1.0, 0.72, 0.52, 0.37, 0.27, 0.2, 0.14, 0.1, 0.07, 0.05)
    density = np.array({"quick": (1.0, 0.2, 0.1, 0.05), "paper": every}[profile])
    return sweep(
        "introduction",
        n_features=5,
        n_hidden=2,
        density=density[:, None],
        importance=geometric_importance(0.9, 5),
        seeds=12,
        best_of=36,
        held_out=2**19,
        steps=3000,
        **TINY,
    )
