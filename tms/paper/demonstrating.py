"""Experiments of "Demonstrating Superposition"."""

from __future__ import annotations

from typing import Final

import numpy as np

from tms.experiment import Experiment, sweep
from tms.paper.settings import geometric_importance

BASIC_DENSITIES: Final = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
"""The densities of the paper's figure."""


def basic_results(profile: str) -> Experiment:
    """ReLU output models with 20 features in 5 dimensions (#demonstrating-basic-results).

    Paper: n = 20, m = 5, I_i = 0.7^i; one model at each density of its figure.

    Departures: the best of several trials is kept for each seed. The rate is 0.02, so that 3,000 steps
    suffice on dense features.
    """
    seeds, best_of = {"smoke": (6, 4), "quick": (24, 4), "paper": (24, 12)}[profile]
    return _basic("demonstrating/relu_20x5", "relu_output", 20, 5, 0.7, seeds=seeds, best_of=best_of)


def basic_results_linear(profile: str) -> Experiment:
    """Linear models of the same size (#demonstrating-basic-results).

    Paper: n = 20, m = 5, I_i = 0.7^i; one model, as its solution does not depend on the density.

    Departures: trained at every density of the ReLU output models, because the claim is that the density does
    not matter. Rate and steps as for those models.
    """
    seeds = {"smoke": 4, "quick": 16, "paper": 16}[profile]
    return _basic("demonstrating/linear_20x5", "linear", 20, 5, 0.7, seeds=seeds, best_of=1)


def basic_results_large(profile: str) -> Experiment:
    """ReLU output models with 80 features in 20 dimensions (#demonstrating-basic-results).

    Paper: n = 80, m = 20, I_i = 0.9^i; one model at each density.

    Departures: rate and steps as for the smaller models; batches of half their size, which halves the time.
    """
    seeds, best_of = {"smoke": (4, 1), "quick": (24, 1), "paper": (24, 2)}[profile]
    return _basic("demonstrating/relu_80x20", "relu_output", 80, 20, 0.9, seeds=seeds, best_of=best_of)


def _basic(
    name: str, architecture: str, n: int, m: int, decay: float, seeds: int, best_of: int
) -> Experiment:
    return sweep(
        name,
        n_features=n,
        n_hidden=m,
        architecture=architecture,
        density=np.array(BASIC_DENSITIES)[:, None],
        importance=geometric_importance(decay, n),
        seeds=seeds,
        best_of=best_of,
        steps=3000,
        batch_size=1024 if n < 40 else 512,
        learning_rate=0.02,
        held_out=2**19 if n < 40 else 2**17,
    )
