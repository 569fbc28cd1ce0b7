"""Experiments of the sections on strategy and related work, and of the comments on them."""

from __future__ import annotations

from typing import Final

import numpy as np

from tms.experiment import Experiment, sweep
from tms.paper.settings import ExperimentFactory, geometric_importance

L1_COEFFICIENTS: Final = {
    "smoke": (0.0, 0.03, 0.1, 0.2, 0.3, 0.4),
    "quick": (0.0, 0.03, 0.1, 0.2, 0.3, 0.4),
    "paper": (0.0, 0.003, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4),
}
"""Coefficients of the L1 penalty, from 0 to one that leaves hardly any feature."""


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
        return sweep(
            f"wide/l1_{coefficient:g}",
            n_features=20,
            n_hidden=5,
            architecture="relu_output",
            density=0.1,
            importance=geometric_importance(0.7, 20),
            seeds={"smoke": 6, "quick": 48, "paper": 48}[profile],
            best_of=6,
            steps=2000,
            batch_size=256,
            learning_rate=0.02,
            held_out=2**14,
            hidden_l1=coefficient,
        )

    return experiment


def compressed(profile: str) -> Experiment:
    """Uniform models of 200 features in 10 dimensions, from density 1/3 to 1/40 (#related-compressed).

    Paper: a theoretical bound, without an experiment.

    Departures: n is much larger than m, where the bound applies. From density 1/e^2 on, -1/(p ln p) grows at
    half of its final rate or faster. Below density 1/50, more than half of all features would be represented,
    and n would no longer be much larger than m.
    """
    sparse = np.geomspace(np.e**2, 40, {"smoke": 4, "quick": 4, "paper": 9}[profile])
    inverse_density = np.array([3.0, *sparse])
    return sweep(
        "wide/compressed",
        n_features=200,
        n_hidden=10,
        architecture="relu_output",
        density=1 / inverse_density[:, None],
        coordinates={"inverse_density": inverse_density},
        seeds={"smoke": 4, "quick": 20, "paper": 20}[profile],
        steps=2000,
        batch_size=128,
        learning_rate=0.01,
        held_out=1024,
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
        seeds={"smoke": 3, "quick": 4, "paper": 6}[profile],
        steps=2500,
        batch_size=256,
        learning_rate=0.01,
        held_out=1024,
    )
