"""Experiments of "Relationship to Adversarial Robustness".

The paper states neither n, m nor I here. It compares vulnerability with features per dimension, which it
measures on its uniform models: so these are uniform models, too.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from tms.analysis.hand_built import loss_with_pairs
from tms.experiment import Experiment, sweep
from tms.experiment.convergence import Convergence, Doubling, HandBuilt
from tms.features import consecutive_sets
from tms.paper.settings import TINY, ExperimentFactory, geometric_importance

TRAINED: Final[dict[str, Any]] = {
    "architecture": "relu_output",
    "batch_size": 128,
    "learning_rate": 0.003,
    "init_scale": 0.3,
    "held_out": 4096,
}
"""Training of uniform models. Larger initial weights or a larger rate leave dense models far above the loss
of m features in dimensions of their own."""

REACHES_PAIRS: Final = HandBuilt(solution=loss_with_pairs, margin=0.05)
"""Models must reach the best arrangement of dimensions of their own and pairs, up to noise of training."""

MASKED_INVERSE_DENSITY: Final = 300.0
"""1/(1-S) at which outputs are closed more than 99% of the time, as in the paper's remark on gradients."""


def vulnerable(profile: str) -> Experiment:
    """Models of the paper's uniform section, from dense to sparse (#adversarial).

    Paper: no settings are stated. Its uniform models have n = 400, m = 30, I_i = 1.

    Departures: the densities go on to 1/30, where superposition grows further. The quick profile has n = 200
    and m = 20, the smoke profile n = 120 and m = 12. The smoke profile has a third of the initial weights, as
    its few models must not end in a worse minimum on dense features. With them the quick profile would have
    losses up to 0.7% higher where superposition begins, and ADV-2 a correlation of 0.71 in place of 0.86.
    """
    n, m, points, sparser, seeds, steps = {
        "smoke": (120, 12, 5, (30.0,), 3, 2000),
        "quick": (200, 20, 9, (30.0,), 5, 3000),
        "paper": (400, 30, 11, (30.0,), 80, 3000),
    }[profile]
    inverse_density = np.array([*np.geomspace(1, 10, points), *sparser])
    scale = 0.1 if profile == "smoke" else TRAINED["init_scale"]
    return _uniform("adversarial/uniform", n, m, inverse_density, seeds=seeds, steps=steps, init_scale=scale)


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
        importance = geometric_importance(decay, n)
        return _uniform(name, n, m, [1.0, 10.0], seeds=seeds, steps=3000, importance=importance)

    return experiment


def masked(profile: str) -> Experiment:
    """Models of dense and of extremely sparse features, for attacks by gradients (#adversarial).

    Paper: extremely sparse examples, on which ReLUs are closed 99% of the time; no settings are stated.

    Departures: 100 features in 10 dimensions, at densities 1 and 1/300. A batch has 512 inputs, since
    extremely sparse ones say little each.
    """
    seeds = {"smoke": 3, "quick": 4, "paper": 8}[profile]
    inverse_density = [1.0, MASKED_INVERSE_DENSITY]
    return _uniform("adversarial/masked", 100, 10, inverse_density, seeds=seeds, steps=4000, batch_size=512)


def transferable(anticorrelated: bool) -> ExperimentFactory:
    """Models of ten features in five dimensions, whose arrangement correlations fix or do not (#adversarial).

    Paper: a prediction without an experiment.

    Departures: ours. Five pairs of anticorrelated features leave one arrangement, each pair in a dimension;
    independent features may pair in any way. Each feature has density 0.3, where independent features form
    pairs. The best of four trials is kept.

    Parameters
    ----------
    anticorrelated
        Whether features come in anticorrelated pairs.
    """

    def experiment(profile: str) -> Experiment:
        density = 0.3
        convergence: Convergence = Doubling(at_most=0.02) if anticorrelated else REACHES_PAIRS
        return sweep(
            f"adversarial/transfer_{'anticorrelated' if anticorrelated else 'independent'}",
            n_features=10,
            n_hidden=5,
            density=2 * density if anticorrelated else density,
            anticorrelated=consecutive_sets(5, 2) if anticorrelated else (),
            seeds={"smoke": 8, "quick": 40, "paper": 48}[profile],
            best_of=4,
            steps=1500,
            held_out=4096,
            convergence=convergence,
            **(TINY | {"learning_rate": 0.02}),
        )

    return experiment


def adversarial_training(n: int, m: int) -> ExperimentFactory:
    """Models at density 0.1, for training under attacks of up to twice an input's norm (#adversarial).

    Paper: no settings are stated.

    Departures: `tms.analysis.attacked_training` trains these models, because the attacks depend on the model.
    Which share of the input norm eliminates superposition depends on the number of active features, so the
    strengths are around the share that moves one feature by its largest value: with two active features
    (n = 20) it takes more than 1.2, with four (n = 40, m = 6) 0.8, and with eight (n = 80) 0.6.

    Parameters
    ----------
    n, m
        Number of features and dimensions.
    """

    def experiment(profile: str) -> Experiment:
        few = {20: (0.0, 0.4, 0.8, 1.2, 2.0), 80: (0.0, 0.4, 0.6, 0.7, 0.8)}[n]
        many = {20: (0.0, 0.2, 0.4, 0.8, 1.0, 1.2, 1.6, 2.0), 80: (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8)}[n]
        strengths, seeds, steps = {
            "smoke": (few, 3, 500),
            "quick": (few, {20: 8, 80: 4}[n], 1200),
            "paper": (many, {20: 8, 80: 5}[n], 3000),
        }[profile]
        return sweep(
            f"adversarial/training_{n}x{m}",
            n_features=n,
            n_hidden=m,
            architecture="relu_output",
            density=np.full((len(strengths), 1), 0.1),
            coordinates={"attack": np.array(strengths)},
            seeds=seeds,
            steps=steps,
            batch_size=160,
            learning_rate=0.02,
            init_scale=0.5,
            held_out=1600,
            convergence=Doubling(at_most=0.02),
        )

    return experiment


def _uniform(
    name: str, n: int, m: int, inverse_density: ArrayLike, *, seeds: int, steps: int, **settings: Any
) -> Experiment:
    x = np.asarray(inverse_density, dtype=np.float64)
    return sweep(
        name,
        n_features=n,
        n_hidden=m,
        density=1 / x[:, None],
        coordinates={"inverse_density": x},
        seeds=seeds,
        steps=steps,
        convergence=REACHES_PAIRS,
        **(TRAINED | settings),
    )
