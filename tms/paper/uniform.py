"""Experiments of "The Geometry of Superposition", uniform case."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from tms.experiment import Experiment, sweep
from tms.paper.settings import TINY, ExperimentFactory

LARGE: Final[dict[str, Any]] = {
    "architecture": "relu_output",
    "batch_size": 128,
    "learning_rate": 0.003,
    "init_scale": 0.3,
    "held_out": 4096,
}
"""Training of the large uniform models. Of the rates from 0.001 to 0.03 and the initial scales from 0.1 to 3
that were tried, these reach the lowest loss in the given steps. At a larger rate, gradient noise keeps apart
features that would otherwise form a polytope; larger initial weights take longer to be forgotten."""

STEPS: Final = {"smoke": 5000, "quick": 5000, "paper": 8000}
"""Steps of training. With 400 features in 30 dimensions, one model in three still has a feature or two
outside the pairs after 5000 steps, and hardly any has after 8000."""

SIZE: Final = {"smoke": (150, 12), "quick": (150, 12), "paper": (400, 30)}
"""Size (n, m) of the uniform models."""

PLATEAU_INVERSE_DENSITY: Final = 3.2
"""The middle (in the logarithm) of the range of 1/(1-S) in which D* is within 5% of 1/2."""

SIZES: Final = {
    "smoke": ((100, 12), (100, 8)),
    "quick": ((100, 12), (100, 8)),
    "paper": ((200, 30), (200, 15)),
}
"""Sizes (n, m) that are compared with that of `uniform_superposition`."""

ATLAS_SIZES: Final = tuple((n, m) for m in (2, 3) for n in range(m + 1, 10))
"""Sizes (n, m) of the atlas."""


ATLAS_INVERSE_DENSITIES: Final = (2.5, 5.0, 20.0, 100.0)
PRESSURES: Final = (30, 60, 150)
"""Numbers of features that compete for 12 dimensions: as many as are represented, twice, five times that."""

LENGTHS: Final = (1000, 4000, 16000)
"""Steps of training of 150 features for 12 dimensions."""

COMPETITION_INVERSE_DENSITIES: Final = (4.0, 4.7, 5.4, 8.0)
"""1/(1-S) at which features compete. By `tms.analysis.packing.takeover`, pairs pack best up to 4.4, pentagons
to 5.0, and square antiprisms beyond: each range has one, and 8 is sparser still."""

DENSE_INVERSE_DENSITIES: Final = (1.4, 1.5, 1.6)
"""1/(1-S) around the range in which, by `tms.analysis.packing.takeover`, triangles pack best: 1.3 to 1.55."""


def uniform_superposition(profile: str) -> Experiment:
    """400 features in 30 dimensions, from dense to sparse (#geometry-uniform).

    Paper: n = 400, m = 30, I_i = 1, 1/(1-S) from 1 to 10; one model at each density. The densities here are
    evenly spaced in the logarithm.

    Departures: the quick profile has n = 150 and m = 12. A batch has 128 inputs, so that 8,000 steps see a
    million inputs, a tenth of what the public notebook trains on. This blurs the structures that form late
    (2/5, 3/8).
    """
    n, m = SIZE[profile]
    points, seeds = {"smoke": (19, 3), "quick": (19, 16), "paper": (50, 10)}[profile]
    return _uniform(
        "uniform/superposition", n, m, np.geomspace(1, 10, points), seeds=seeds, steps=STEPS[profile]
    )


def uniform_plateau(profile: str) -> Experiment:
    """More seeds of the same models at a density where D* is 1/2 (#geometry-uniform).

    Paper: one point of the sweep.

    Departures: 80 seeds. One model in twenty of the quick profile has, among its pairs, three features in one
    dimension or five in two, and it takes many seeds to measure how rare that is.
    """
    n, m = SIZE[profile]
    seeds = {"smoke": 8, "quick": 80, "paper": 80}[profile]
    return _uniform("uniform/plateau", n, m, [PLATEAU_INVERSE_DENSITY], seeds=seeds, steps=STEPS[profile])


def uniform_of_size(index: int) -> ExperimentFactory:
    """The same sweep with fewer features, or with fewer features and fewer dimensions (#geometry-uniform).

    Paper: the size does not matter as long as n is much larger than m; sizes are not named.

    Departures: every second (quick) or fifth (paper) density of the sweep.

    Parameters
    ----------
    index
        Index into `SIZES`.
    """

    def experiment(profile: str) -> Experiment:
        n, m = SIZES[profile][index]
        seeds = {"smoke": 3, "quick": 8, "paper": 8}[profile]
        every = np.geomspace(1, 10, {"smoke": 19, "quick": 19, "paper": 50}[profile])
        chosen = every[:: {"smoke": 2, "quick": 2, "paper": 5}[profile]]
        return _uniform(f"uniform/size_{index}", n, m, chosen, seeds=seeds, steps=STEPS[profile])

    return experiment


def uniform_dense(profile: str) -> Experiment:
    """64 features in 9 dimensions where dedicated dimensions give way to pairs (#geometry-dimensionality).

    Paper: a range of densities in the sweep of 400 features in 30 dimensions.

    Departures: smaller models, trained longer and on larger batches than in `uniform_superposition`, because
    the structures between 1 and 1/2 (triangles and tetrahedra) form late.
    """
    seeds = {"smoke": 3, "quick": 16, "paper": 16}[profile]
    return _uniform("uniform/dense", 64, 9, DENSE_INVERSE_DENSITIES, seeds=seeds, steps=16000, batch_size=512)


def competition(n: int, steps: int) -> ExperimentFactory:
    """Competition of n features for 12 dimensions (#comment-pressure).

    Paper: the comment names no settings. With 12 dimensions, three numbers of features and three lengths of
    training are affordable.

    Parameters
    ----------
    n
        Number of features, such as one of `PRESSURES`.
    steps
        Steps of training, such as one of `LENGTHS`.
    """

    def experiment(profile: str) -> Experiment:
        seeds = {"smoke": 3, "quick": 24, "paper": 24}[profile]
        name = f"uniform/competition_{n}_{steps}"
        return _uniform(name, n, 12, COMPETITION_INVERSE_DENSITIES, seeds=seeds, steps=steps)

    return experiment


def _uniform(
    name: str, n: int, m: int, inverse_density: ArrayLike, *, seeds: int, steps: int, **settings: Any
) -> Experiment:
    density = 1 / np.asarray(inverse_density, dtype=np.float64)
    return sweep(
        name,
        n_features=n,
        n_hidden=m,
        density=density[:, None],
        seeds=seeds,
        steps=steps,
        **(LARGE | settings),
    )


def atlas(n: int, m: int) -> ExperimentFactory:
    """The best of many small models of n features in m dimensions (#geometry-structures).

    Beyond the paper: isolated optima, to compare with the polytopes that the paper names.

    Parameters
    ----------
    n, m
        Number of features and dimensions, such as one of `ATLAS_SIZES`.
    """

    def experiment(profile: str) -> Experiment:
        few = (5.0, 20.0)
        inverse, seeds, best_of = {
            "smoke": (few, 3, 16),
            "quick": (few, 8, 16),
            "paper": (ATLAS_INVERSE_DENSITIES, 8, 32),
        }[profile]
        return sweep(
            f"uniform/atlas_{n}_in_{m}",
            n_features=n,
            n_hidden=m,
            density=1 / np.array(inverse)[:, None],
            seeds=seeds,
            best_of=best_of,
            steps=2000,
            held_out=2**16,
            **TINY,
        )

    return experiment
