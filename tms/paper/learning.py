"""Experiments of "Superposition and Learning Dynamics"."""

from __future__ import annotations

import numpy as np

from tms.experiment import Experiment, sweep
from tms.features import consecutive_sets


def energy_levels(profile: str) -> Experiment:
    """Training of 100 features in 10 dimensions, all of which end as digons (#learning-jumps).

    Paper: one model with a large number of features, at a density at which all of them end as digons; neither
    size nor density is stated.

    Departures: density 0.45, at which these models have just begun to superpose, so that there are pairs
    only. Rate and initial weights are small, so that features move one by one. The rate is constant, so that
    features stop because of the loss and not because of the schedule.
    """
    steps = 8000
    return sweep(
        "learning/energy_levels",
        n_features=100,
        n_hidden=10,
        architecture="relu_output",
        density=0.45,
        seeds={"smoke": 6, "quick": 24, "paper": 24}[profile],
        steps=steps,
        batch_size=512,
        learning_rate=1e-3,
        schedule="constant",
        init_scale=0.1,
        held_out=1024,
        checkpoints=_even_in_logarithm(100, steps, 64),
    )


def correlated_triples(profile: str) -> Experiment:
    """Training of two sets of three correlated features in three dimensions (#learning-geometric).

    Paper: n = 6, m = 3, I_i = 1; one model is shown, and other trajectories are mentioned. Neither density
    nor initial weights are stated.

    Departures: density 0.05, at which the paper shows pentagons. Initial weights are small enough to see
    every feature leave the origin, the rate is constant, and many seeds count the trajectories.
    """
    steps = 12000
    return sweep(
        "learning/correlated_triples",
        n_features=6,
        n_hidden=3,
        architecture="relu_output",
        density=0.05,
        correlated=consecutive_sets(2, 3),
        seeds={"smoke": 30, "quick": 90, "paper": 100}[profile],
        steps=steps,
        batch_size=256,
        learning_rate=3e-3,
        schedule="constant",
        init_scale=0.02,
        held_out=1024,
        checkpoints=_even_in_logarithm(4, steps, 60),
    )


def _even_in_logarithm(first: int, last: int, count: int) -> tuple[int, ...]:
    inner = np.unique(np.geomspace(first, last, count).round().astype(int))
    return (0, *inner.tolist())
