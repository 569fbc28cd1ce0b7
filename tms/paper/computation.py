"""Experiments of "Computation in Superposition": y = |x| with a ReLU hidden layer and untied weights.

The paper does not describe the training. The models here need another one than those of other sections:

- Output weights start at the sizes of the input weights, so that no output is closed to its own feature.
- Rates are high, as several neurons share one feature after training at a low rate and others have none. The
  rate rises slowly at first, because a high rate closes outputs for good before their features are read.
- Batches grow as features get sparser, so that a batch still holds every feature.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from tms.analysis.absolute import hand_built_loss
from tms.experiment import Experiment, sweep
from tms.experiment.convergence import DuringTraining, HandBuilt
from tms.paper.settings import ExperimentFactory, geometric_importance

MOTIF_DENSITIES: Final = (1.0, 0.5, 0.3, 0.2, 0.1, 0.05)
"""Densities of the models of 6 features in 10 neurons that are searched for the asymmetric motif."""

INTERMEDIATE_DENSITIES: Final = (0.1, 0.05, 0.03)
"""Densities of the models of 100 features in 40 neurons at which neurons of both kinds are looked for."""

LEARNED_FEATURES: Final = 10
"""Number of features of the models of several sizes."""

LEARNED_SIZES: Final = (20, 24, 30, 40)
"""Numbers of neurons of these models: two for each feature, which suffice, and up to twice as many."""


def absolute_value(profile: str) -> Experiment:
    """Three dense features in six neurons, two for each feature (#computation-basic).

    Paper: n = 3, m = 6; neither density nor importance is stated.

    Departures: density 1 and I_i = 1; the best of a few trials.
    """
    seeds = {"smoke": 8, "quick": 64, "paper": 64}[profile]
    return _absolute("computation/abs_3x6", 3, 6, [1.0], 1.0, seeds=seeds, best_of=4, **SMALL)


def learned_with(n_neurons: int) -> ExperimentFactory:
    """Ten dense features in neurons of several numbers (#computation-super-v-sparsity).

    Paper: a footnote says that the task is learned more easily with more neurons, without settings.

    Departures: density 1 and I_i = 1. Output weights are drawn and the rate falls from the first step on, as
    the training of this section otherwise succeeds with few neurons, too.

    Parameters
    ----------
    n_neurons
        Number of neurons, such as one of `LEARNED_SIZES`.
    """

    def experiment(profile: str) -> Experiment:
        seeds, best_of = {"smoke": (2, 4), "quick": (16, 8), "paper": (16, 16)}[profile]
        plain = SMALL | {"initial_output": "drawn", "schedule": "cosine", "learning_rate": 0.02}
        return _absolute(
            f"computation/abs_10x{n_neurons}",
            LEARNED_FEATURES,
            n_neurons,
            [1.0],
            1.0,
            seeds=seeds,
            best_of=best_of,
            convergence=DuringTraining(
                because="The claim is about which share of all runs learns the task in a given time."
            ),
            **plain,
        )

    return experiment


def absolute_value_shared(profile: str) -> Experiment:
    """Six features in ten neurons, one pair of neurons too few (#computation-asymmetric-motif).

    Paper: n = 6, m = 10; one model is shown. Neither importance nor density is stated.

    Departures: I_i = 1, so that no feature is ignored in favour of another, and six densities; the best of
    several trials.
    """
    seeds, best_of = {"smoke": (8, 3), "quick": (40, 6), "paper": (40, 12)}[profile]
    return _absolute(
        "computation/abs_6x10", 6, 10, MOTIF_DENSITIES, 1.0, seeds=seeds, best_of=best_of, **SMALL
    )


def absolute_value_dense(profile: str) -> Experiment:
    """A hundred dense features in forty neurons (#computation-super-v-sparsity).

    Paper: n = 100, m = 40, I_i = 0.8^i; one model at each of several densities.

    Departures: the best of three trials, as a trial may serve the feature of rank 21 or 22 in place of one of
    the first 20. The smoke profile trains 400 steps, and does not converge.
    """
    seeds, best_of = {"smoke": (2, 1), "quick": (4, 3), "paper": (8, 3)}[profile]
    return _hundred_in_forty(
        profile, "dense", [1.0], seeds=seeds, best_of=best_of, steps=16000, learning_rate=0.1
    )


def absolute_value_intermediate(profile: str) -> Experiment:
    """The same, where most neurons are monosemantic (#computation-super-v-sparsity).

    Departures: as for dense features, but for one trial each. Shorter profiles leave out density 0.3.
    """
    densities = INTERMEDIATE_DENSITIES if profile != "paper" else (0.3, *INTERMEDIATE_DENSITIES)
    seeds = {"smoke": 2, "quick": 7, "paper": 12}[profile]
    return _hundred_in_forty(profile, "intermediate", densities, seeds=seeds, steps=6000, learning_rate=0.03)


def absolute_value_sparse(profile: str) -> Experiment:
    """The same, sparse (#computation-super-v-sparsity).

    Departures: larger batches, because few features of an input are active. Shorter profiles leave out
    density 0.003.
    """
    densities = (0.01, 0.003) if profile == "paper" else (0.01,)
    seeds = {"smoke": 2, "quick": 8, "paper": 12}[profile]
    return _hundred_in_forty(
        profile,
        "sparse",
        densities,
        seeds=seeds,
        steps=4000,
        batch_size=4096,
        learning_rate=0.03,
        loss_scale=RARE,
    )


def absolute_value_sparsest(profile: str) -> Experiment:
    """The same at the lowest density (#computation-super-v-sparsity).

    Departures: as for sparse features. Initial weights are larger, as eight inputs of a batch have a feature
    on average, and a few steps close an output that hardly reads its feature.
    """
    seeds = {"smoke": 2, "quick": 8, "paper": 12}[profile]
    return _hundred_in_forty(
        profile,
        "sparsest",
        [0.001],
        seeds=seeds,
        steps=10000,
        batch_size=8192,
        learning_rate=0.02,
        init_scale=1.0,
        loss_scale=RARE,
    )


RARE: Final = 1e6
"""Factor of all importances of sparse features. It changes no minimum; without it, the gradients of features
that are both rare and unimportant are smaller than the 1e-8 that Adam adds to their size."""

REACHES_PAIRS: Final = HandBuilt(solution=hand_built_loss, margin=0.05)
"""Models are as good as the solution without superposition that can be written down. The margin is
for the noise of held-out inputs."""

SMALL: Final[dict[str, Any]] = {
    "steps": 2000,
    "batch_size": 256,
    "learning_rate": 0.05,
    "schedule": "warm_up",
    "init_scale": 0.5,
    "initial_output": "sizes",
    "held_out": 2**14,
}


def _hundred_in_forty(
    profile: str,
    name: str,
    density: ArrayLike,
    *,
    seeds: int,
    learning_rate: float,
    best_of: int = 1,
    steps: int,
    batch_size: int = 1024,
    init_scale: float = 0.3,
    loss_scale: float = 1.0,
) -> Experiment:
    return _absolute(
        f"computation/abs_100x40_{name}",
        100,
        40,
        density,
        0.8,
        seeds=seeds,
        best_of=best_of,
        steps=400 if profile == "smoke" else steps,
        batch_size=batch_size,
        learning_rate=learning_rate,
        schedule="warm_up",
        init_scale=init_scale,
        initial_output="sizes",
        loss_scale=loss_scale,
        held_out=2**13 if profile == "smoke" else 2**16,
    )


def _absolute(
    name: str,
    n: int,
    m: int,
    density: ArrayLike,
    decay: float,
    seeds: int,
    best_of: int,
    loss_scale: float = 1.0,
    **settings: Any,
) -> Experiment:
    return sweep(
        name,
        n_features=n,
        n_hidden=m,
        architecture="relu_hidden_untied",
        target="absolute",
        signed=True,
        density=np.asarray(density)[:, None],
        importance=loss_scale * geometric_importance(decay, n),
        seeds=seeds,
        best_of=best_of,
        **({"convergence": REACHES_PAIRS} | settings),
    )
