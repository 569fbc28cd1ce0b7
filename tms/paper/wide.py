"""Experiments of the sections on strategy and related work, and of the comments on them."""

from __future__ import annotations

from typing import Final

import numpy as np

from tms.analysis.exact_optima import optimal_loss
from tms.experiment import Experiment, sweep
from tms.experiment.convergence import Doubling, ExactOptimum
from tms.paper.adversarial import REACHES_PAIRS, TRAINED
from tms.paper.settings import TINY, ExperimentFactory, geometric_importance

L1_COEFFICIENTS: Final = {
    "smoke": (0.0, 0.003, 0.1, 0.3),
    "quick": (0.0, 0.003, 0.1, 0.3),
    "paper": (0.0, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4),
}
"""Coefficients of the L1 penalty, from 0 to one that leaves hardly any feature."""

LITTLE: Final = 0.003
"""Coefficient that is compared most closely with none: both have three times as many seeds."""

REMOVING: Final = 0.3
"""Coefficient at which superposition is to be gone. About one model in ten keeps a pair of superposed
features, so the quick and paper profiles have nine times as many seeds there."""

DICTIONARY_SIZES: Final = {
    "smoke": (30, 40, 80),
    "quick": (30, 40, 80, 160),
    "paper": (20, 30, 40, 50, 80, 160),
}
"""Words of the sparse autoencoders whose losses are compared, for 40 features."""

DICTIONARY_STEPS: Final = {"smoke": 1000, "quick": 2500, "paper": 3000}
"""Steps of training of the sparse autoencoders."""


def hidden_l1(coefficient: float) -> ExperimentFactory:
    """ReLU output models with an L1 penalty on the hidden layer (#strategic-approach-no-super).

    Paper: the effect of the penalty is stated without settings.

    Departures: the models of `basic_results` at density 0.1. Their hidden layer is linear, so that without a
    penalty every rotation of it has the same loss; with a penalty, features cost least along the axes.

    Parameters
    ----------
    coefficient
        Coefficient of the penalty, such as one of `L1_COEFFICIENTS`.
    """

    def experiment(profile: str) -> Experiment:
        more = 3 if coefficient in (0, LITTLE) else 9 if coefficient == REMOVING and profile != "smoke" else 1
        return sweep(
            f"wide/l1_{coefficient:g}",
            n_features=20,
            n_hidden=5,
            architecture="relu_output",
            density=0.1,
            importance=geometric_importance(0.7, 20),
            seeds={"smoke": 4, "quick": 24, "paper": 48}[profile] * more,
            best_of=6 if profile == "smoke" else 12,
            steps=2000,
            batch_size=256,
            learning_rate=0.02,
            held_out=2**14,
            hidden_l1=coefficient,
            convergence=Doubling(at_most=0.03),
        )

    return experiment


def compressed(profile: str) -> Experiment:
    """Uniform models of 400 features in 5 dimensions, from density 1/e^2 to 1/40 (#related-compressed).

    Paper: a theoretical bound, without an experiment.

    Departures: there are so many more features than dimensions that the bound, and not their number, limits
    what is represented. From density 1/e^2 on, -1/(p ln p) grows at half of its final rate or faster.
    """
    inverse_density = np.geomspace(np.e**2, 40, {"smoke": 2, "quick": 4, "paper": 9}[profile])
    return sweep(
        "wide/compressed_400x5",
        n_features=400,
        n_hidden=5,
        density=1 / inverse_density[:, None],
        coordinates={"inverse_density": inverse_density},
        seeds={"smoke": 3, "quick": 4, "paper": 8}[profile],
        steps=3000,
        convergence=REACHES_PAIRS,
        **TRAINED,
    )


def pair(profile: str) -> Experiment:
    """Two features in one dimension, where they form an antipodal pair (#strategic-approach-no-super).

    Paper: preliminary investigations of loss reduction for each activation, without settings.

    Departures: the smallest superposition, of which loss and activations are known exactly; densities from
    0.3, below the triple point, to 0.01. A batch has 512 inputs, since sparse ones
    say little each; the best of 16 trials is kept, as half of them represent nothing.
    """
    inverse_density = np.array([1 / 0.3, 10.0, 30.0, 100.0])
    return sweep(
        "wide/pair",
        n_features=2,
        n_hidden=1,
        density=1 / inverse_density[:, None],
        coordinates={"inverse_density": inverse_density},
        seeds={"smoke": 3, "quick": 8, "paper": 16}[profile],
        best_of=16,
        steps=1500,
        held_out=2**16,
        convergence=ExactOptimum(optimum=optimal_loss, margin=0.05, share=0.9),
        **(TINY | {"batch_size": 512}),
    )


def dictionary(profile: str) -> Experiment:
    """Uniform models of 40 features in 10 dimensions at density 0.03 (#comment-sharkey).

    Paper: the settings of the comment are not used; the model is small, and all of its features are
    superposed.
    """
    return sweep(
        "wide/dictionary",
        n_features=40,
        n_hidden=10,
        architecture="relu_output",
        density=0.03,
        seeds={"smoke": 4, "quick": 9, "paper": 9}[profile],
        steps=2500,
        batch_size=256,
        learning_rate=0.01,
        held_out=1024,
        convergence=REACHES_PAIRS,
    )
