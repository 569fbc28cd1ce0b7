"""Experiments of "Relationship to Adversarial Robustness".

The paper states neither n, m nor I here. The models are its uniform models with fewer features and
dimensions.
"""

from __future__ import annotations

import numpy as np

from tms.experiment import Experiment, sweep
from tms.paper.settings import ExperimentFactory, geometric_importance


def vulnerable(profile: str) -> Experiment:
    """Models of 200 features in 20 dimensions, from dense to sparse (#adversarial).

    Paper: no settings are stated.

    Departures: ten features for each dimension, so that there are always more features than are represented.
    """
    every = np.array([*np.geomspace(1, 10, 13), 14.0, 20.0, 30.0])
    few = np.array([1.0, 1.8, 3.2, 10.0, 30.0])
    inverse_density = {"smoke": few, "quick": few, "paper": every}[profile]
    seeds = {"smoke": 3, "quick": 6, "paper": 6}[profile]
    return _uniform("adversarial/200x20", 200, 20, inverse_density, seeds=seeds)


def vulnerable_at(n: int, m: int, decay: float = 1.0) -> ExperimentFactory:
    """Models of another size or importance, at densities 1 and 0.1 (#adversarial).

    Not in the paper: these show how the vulnerability depends on n, m and I.

    Parameters
    ----------
    n, m
        Number of features and dimensions.
    decay
        Base of the importances I_i = decay^i.
    """

    def experiment(profile: str) -> Experiment:
        name = f"adversarial/{n}x{m}" + (f"_importance_{decay:g}" if decay < 1 else "")
        seeds = {"smoke": 3, "quick": 5, "paper": 8}[profile]
        return _uniform(name, n, m, np.array([1.0, 10.0]), seeds=seeds, decay=decay)

    return experiment


def adversarial_training(n: int, m: int) -> ExperimentFactory:
    """Models at density 0.1, for training under attacks of up to 1.4 times an input's norm (#adversarial).

    Paper: no settings are stated.

    Departures: `tms.analysis.adversarial` trains these models, because the attacks depend on the model.

    Parameters
    ----------
    n, m
        Number of features and dimensions.
    """

    def experiment(profile: str) -> Experiment:
        strengths = np.linspace(0, 1.4, {"smoke": 8, "quick": 8, "paper": 15}[profile])
        return sweep(
            f"adversarial/training_{n}x{m}",
            n_features=n,
            n_hidden=m,
            architecture="relu_output",
            density=np.full((len(strengths), 1), 0.1),
            coordinates={"attack": strengths},
            seeds={"smoke": 3, "quick": 8, "paper": 8}[profile],
            steps=800,
            batch_size=n * max(1, 40 // n),
            learning_rate=0.02,
            init_scale=0.5,
            held_out=n,
        )

    return experiment


def _uniform(
    name: str, n: int, m: int, inverse_density: np.ndarray, seeds: int, decay: float = 1.0
) -> Experiment:
    return sweep(
        name,
        n_features=n,
        n_hidden=m,
        architecture="relu_output",
        density=1 / inverse_density[:, None],
        importance=geometric_importance(decay, n),
        coordinates={"inverse_density": inverse_density},
        seeds=seeds,
        steps=2000,
        batch_size=128,
        learning_rate=0.01,
        held_out=1024,
    )
