"""Experiments of "Computation in Superposition": y = |x| with a ReLU hidden layer and untied weights.

The paper does not describe the training. All experiments here have small initial weights and a moderate rate:
otherwise the bias of many outputs falls before their feature is read, and such an output is off for good.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from tms.analysis.absolute import hand_built_loss
from tms.experiment import Experiment, sweep
from tms.experiment.convergence import HandBuilt
from tms.paper.settings import geometric_importance

MOTIF_DENSITIES: Final = (1.0, 0.5, 0.3, 0.2, 0.1, 0.05)
"""Densities at which the models of 6 features in 10 neurons are searched for the asymmetric motif."""

INTERMEDIATE_DENSITIES: Final = (0.1, 0.05, 0.03)
"""Densities of the models of 100 features in 40 neurons that are neither dense nor sparse."""


def absolute_value(profile: str) -> Experiment:
    """Three dense features in six neurons, two for each feature (#computation-basic).

    Paper: n = 3, m = 6; neither density nor importance is stated.

    Departures: density 1 and I_i = 1; the best of several trials, because a run may end with an output that
    is always 0.
    """
    best_of = {"smoke": 10, "quick": 10, "paper": 16}[profile]
    seeds = 8 if profile == "smoke" else 24
    return _absolute("computation/abs_3x6", 3, 6, [1.0], 1.0, seeds=seeds, best_of=best_of, **SMALL)


def absolute_value_shared(profile: str) -> Experiment:
    """Six features in ten neurons, one pair of neurons too few (#computation-asymmetric-motif).

    Paper: n = 6, m = 10; one model is shown. Neither importance nor density is stated.

    Departures: I_i = 1, so that no feature is ignored in favour of another, and six densities; the best of
    several trials.
    """
    best_of = {"smoke": 6, "quick": 6, "paper": 12}[profile]
    seeds = 8 if profile == "smoke" else 40
    return _absolute(
        "computation/abs_6x10", 6, 10, MOTIF_DENSITIES, 1.0, seeds=seeds, best_of=best_of, **SMALL
    )


def absolute_value_dense(profile: str) -> Experiment:
    """A hundred features in forty neurons, dense (#computation-super-v-sparsity).

    Paper: n = 100, m = 40, I_i = 0.8^i; one model at each of several densities.

    Departures: the quick profile has density 1 only.
    """
    densities = {"smoke": (1.0,), "quick": (1.0,), "paper": (1.0, 0.3, 0.1)}[profile]
    return _hundred_in_forty("dense", densities, seeds=_wide_seeds(profile), init_scale=0.3)


def absolute_value_intermediate(profile: str) -> Experiment:
    """The same at densities with monosemantic beside polysemantic neurons (#computation-super-v-sparsity)."""
    return _hundred_in_forty(
        "intermediate", INTERMEDIATE_DENSITIES, seeds=_wide_seeds(profile), init_scale=0.2
    )


def absolute_value_sparse(profile: str) -> Experiment:
    """The same, sparse (#computation-super-v-sparsity).

    Departures: larger batches, because few features of an input are active. The quick profile has density
    0.01 only.
    """
    densities = {"smoke": (0.01,), "quick": (0.01,), "paper": (0.01, 0.003, 0.001)}[profile]
    return _hundred_in_forty(
        "sparse", densities, seeds=_wide_seeds(profile), init_scale=0.1, batch_size=2048, learning_rate=0.003
    )


REACHES_PAIRS: Final = HandBuilt(solution=hand_built_loss, margin=0.05)
"""Models are as good as the solution without superposition that can be written down. The margin is
for the noise of held-out inputs."""

SMALL: Final[dict[str, Any]] = {
    "steps": 2000,
    "batch_size": 256,
    "learning_rate": 0.02,
    "init_scale": 0.5,
    "held_out": 2**14,
}


def _wide_seeds(profile: str) -> int:
    return {"smoke": 4, "quick": 24, "paper": 24}[profile]


def _hundred_in_forty(
    name: str,
    density: ArrayLike,
    *,
    seeds: int,
    init_scale: float,
    batch_size: int = 512,
    learning_rate: float = 0.01,
) -> Experiment:
    return _absolute(
        f"computation/abs_100x40_{name}",
        100,
        40,
        density,
        0.8,
        seeds=seeds,
        best_of=1,
        steps=3000,
        batch_size=batch_size,
        learning_rate=learning_rate,
        init_scale=init_scale,
    )


def _absolute(
    name: str, n: int, m: int, density: ArrayLike, decay: float, seeds: int, best_of: int, **settings: Any
) -> Experiment:
    return sweep(
        name,
        n_features=n,
        n_hidden=m,
        architecture="relu_hidden_untied",
        target="absolute",
        signed=True,
        density=np.asarray(density)[:, None],
        importance=geometric_importance(decay, n),
        seeds=seeds,
        best_of=best_of,
        convergence=REACHES_PAIRS,
        **settings,
    )
