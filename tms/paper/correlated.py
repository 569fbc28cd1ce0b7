"""Experiments of "Correlated and Anticorrelated Features"."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from tms.analysis.collapse import lowest_loss
from tms.analysis.exact_losses import exactly_best
from tms.analysis.exact_optima import lowest_by_descent
from tms.experiment import Experiment, sweep
from tms.experiment.convergence import ByPoint, Doubling, ExactOptimum
from tms.features import consecutive_sets
from tms.paper.settings import TINY

COLLAPSES: Final = (0.06, 0.08, 0.13, 0.14, 0.15, 0.2, 0.35, 0.4, 0.45, 0.9)
"""Densities near those at which pairs collapse; one at which two pairs have collapsed (0.2); and one near the
dense limit (0.9), because at density 1 features are no longer correlated."""

ANTICORRELATED_DENSITIES: Final = (0.05, 0.2, 0.5, 0.8)
"""Densities at which anticorrelated pairs are trained."""

SETTLED: Final = Doubling(at_most=0.02)
"""For ten dimensions, where no optimum is known: the loss of the best of six trials settles within 2%."""


def _optimal(optimum: ByPoint) -> ExactOptimum:
    """In nine of ten seeds, the best trial has a loss within 1% of the lowest one that descents find."""
    return ExactOptimum(optimum=optimum, margin=0.01, share=0.9, kept=exactly_best)


def correlated_pairs(profile: str) -> Experiment:
    """Two correlated pairs in two dimensions (#geometry-organization).

    Paper: two sets of two correlated features, m = 2; the density is not stated.

    Departures: density 0.05, at which the paper shows pentagons; the best of 64 trials is kept for each seed.
    """
    pairs = consecutive_sets(2, 2)
    return _organization("correlated/two_pairs", profile, 4, lowest_by_descent, correlated=pairs)


def anticorrelated_pairs(profile: str) -> Experiment:
    """Two anticorrelated pairs in two dimensions (#geometry-organization).

    Paper: two sets of two anticorrelated features, m = 2; the density is not stated.

    Departures: density 0.05; both the best of 64 trials and the single trials are judged.
    """
    pairs = consecutive_sets(2, 2)
    name = "correlated/two_anticorrelated_pairs"
    return _organization(name, profile, 4, lowest_by_descent, anticorrelated=pairs)


def anticorrelated_densities(profile: str) -> Experiment:
    """Two anticorrelated pairs in two dimensions, from sparse to dense (#geometry-organization).

    Paper: two sets of two anticorrelated features, m = 2; the density is not stated.

    Departures: four densities, which show how often single runs find the optimum at each.
    """
    return sweep(
        "correlated/anticorrelated_densities",
        n_features=4,
        n_hidden=2,
        density=np.array(ANTICORRELATED_DENSITIES)[:, None],
        anticorrelated=consecutive_sets(2, 2),
        seeds={"smoke": 2, "quick": 4, "paper": 4}[profile],
        best_of={"smoke": 8, "quick": 64, "paper": 64}[profile],
        steps=1000,
        convergence=_optimal(lowest_by_descent),
        held_out=2**14,
        **TINY,
    )


def three_correlated_pairs(profile: str) -> Experiment:
    """Three correlated pairs in two dimensions (#geometry-organization).

    Paper: three sets of two correlated features, m = 2; the density is not stated.

    Departures: density 0.05; the best of 64 trials is kept for each seed.
    """
    pairs = consecutive_sets(3, 2)
    return _organization("correlated/three_pairs", profile, 6, lowest_loss, correlated=pairs)


def local_bases(profile: str) -> Experiment:
    """Two correlated sets of ten features in ten dimensions (#geometry-local-bases).

    Paper: two sets of ten correlated features, m = 10; the density is not stated.

    Departures: density 0.01. The best of six trials is kept, because one run in forty does not represent one
    of the features, at ten times the loss.
    """
    return sweep(
        "correlated/local_bases",
        n_features=20,
        n_hidden=10,
        architecture="relu_output",
        density=0.01,
        correlated=consecutive_sets(2, 10),
        seeds={"smoke": 2, "quick": 6, "paper": 12}[profile],
        best_of=6,
        steps=4000,
        convergence=SETTLED,
        batch_size=1024,
        learning_rate=0.02,
        init_scale=0.5,
        held_out=2**14,
    )


def collapsing_pairs(profile: str) -> Experiment:
    """Three correlated pairs in two dimensions, from sparse to dense (#geometry-collapsing).

    Paper: three sets of two correlated features, m = 2, from sparse to dense; densities are not stated.

    Departures: densities evenly spaced in the logarithm from 0.01 to 1, and those in `COLLAPSES`, so that
    each collapse is located; the best of 24 trials is kept for each seed.
    """
    points = {"smoke": 3, "quick": 5, "paper": 25}[profile]
    density = np.sort(np.concatenate([np.geomspace(0.01, 1, points), COLLAPSES]))
    return sweep(
        "correlated/collapsing_pairs",
        n_features=6,
        n_hidden=2,
        density=density[:, None],
        correlated=consecutive_sets(3, 2),
        seeds={"smoke": 3, "quick": 12, "paper": 12}[profile],
        best_of={"smoke": 16, "quick": 24, "paper": 24}[profile],
        steps=1000,
        convergence=_optimal(lowest_loss),
        held_out=2**14,
        **TINY,
    )


def _organization(name: str, profile: str, n: int, optimum: ByPoint, **sets: Any) -> Experiment:
    seeds = {"smoke": 3, "quick": 12, "paper": 16}[profile]
    return sweep(
        name,
        n_features=n,
        n_hidden=2,
        density=0.05,
        seeds=seeds,
        best_of={"smoke": 16, "quick": 64, "paper": 64}[profile],
        steps=1000,
        convergence=_optimal(optimum),
        held_out=2**14,
        **TINY,
        **sets,
    )
