"""Experiments of "Superposition and Learning Dynamics"."""

from __future__ import annotations

import numpy as np

from tms.experiment import Experiment, sweep
from tms.experiment.convergence import DuringTraining
from tms.features import consecutive_sets


def energy_levels(profile: str) -> Experiment:
    """Training of uniform models on the plateau of pairs, at checkpoints even in the step (#learning-jumps).

    Paper: one model of the section on uniform superposition, n = 400, m = 30, I_i = 1, at a density at which
    all features end as digons. The density, the length of training and the rate are not stated.

    Departures: density 1 / 3.2, the middle of the plateau on which models consist of digons, and several
    seeds. The rate is .003 instead of the notebook's .001, which makes 10,000 steps as long as 30,000 of its
    steps: at .001, models still come out of their first descent near the end. As in the notebook the rate is
    constant, so that features stop because of the loss and not because of the schedule, and initial weights
    have the full Xavier scale. The smoke profile has n = 200 and m = 15: in smaller models hardly any feature
    comes after the first descent.
    """
    n, m, seeds = {"smoke": (200, 15, 5), "quick": (400, 30, 20), "paper": (400, 30, 24)}[profile]
    steps, checkpoints = 10_000, 100 if profile == "smoke" else 200
    return sweep(
        "learning/jumps",
        n_features=n,
        n_hidden=m,
        architecture="relu_output",
        density=1 / 3.2,
        seeds=seeds,
        steps=steps,
        batch_size=128,
        learning_rate=3e-3,
        schedule="constant",
        held_out=1024,
        checkpoints=tuple(range(0, steps + 1, steps // checkpoints)),
        convergence=DuringTraining(
            because="Features and loss are followed from the first step of each run to the last."
        ),
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
        seeds={"smoke": 30, "quick": 400, "paper": 400}[profile],
        steps=steps,
        batch_size=256,
        learning_rate=3e-3,
        schedule="constant",
        init_scale=0.02,
        held_out=1024,
        checkpoints=_even_in_logarithm(4, steps, 60),
        convergence=DuringTraining(
            because="The regimes are passed in training; every run is followed through all of them."
        ),
    )


def _even_in_logarithm(first: int, last: int, count: int) -> tuple[int, ...]:
    inner = np.unique(np.geomspace(first, last, count).round().astype(int))
    return (0, *inner.tolist())
