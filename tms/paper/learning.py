"""Experiments of "Superposition and Learning Dynamics"."""

from __future__ import annotations

import numpy as np

from tms.experiment import Experiment, sweep
from tms.features import consecutive_sets


def energy_levels(profile: str) -> Experiment:
    """Training of 100 features in 10 dimensions, all of which end as digons (#learning-jumps).

    The paper gives no size here. At density 0.45 these models have just begun to superpose, so that pairs are
    all there is. Rate and initial weights are small, so that features move one by one, and the rate is
    constant, so that they stop where the loss says and not where the schedule does.
    """
    del profile
    steps = 8000
    return sweep(
        "learning/energy_levels",
        n_features=100,
        n_hidden=10,
        architecture="relu_output",
        density=0.45,
        seeds=24,
        steps=steps,
        batch_size=512,
        learning_rate=1e-3,
        schedule="constant",
        init_scale=0.1,
        held_out=1024,
        checkpoints=_even_in_logarithm(100, steps, 64),
    )


def correlated_triples(profile: str) -> Experiment:
    """Training of 6 features, two sets of three correlated ones, in 3 dimensions (#learning-geometric).

    The paper gives neither density nor initial weights: 0.05, as where it shows pentagons, and weights small
    enough to see every feature leave the origin.
    """
    steps = 12000
    return sweep(
        "learning/correlated_triples",
        n_features=6,
        n_hidden=3,
        architecture="relu_output",
        density=0.05,
        correlated=consecutive_sets(2, 3),
        seeds={"quick": 90, "paper": 100}[profile],
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
