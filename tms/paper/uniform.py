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
"""Settings of the large uniform models. Gradient noise keeps features apart that a smaller rate lets form a
polytope, and a larger start takes longer to forget: by trial over rates of 0.001 to 0.03 and scales of 0.1 to
3, these reach the lowest losses in so many steps."""

STEPS: Final = {"quick": 5000, "paper": 8000}
"""Steps of training: of 400 features for 30 dimensions, after 5000 one model in three keeps a feature or two
between the pairs that all others have formed, after 8000 next to none does."""

SIZE: Final = {"quick": (150, 12), "paper": (400, 30)}
"""Size (n, m) of the uniform models."""

PLATEAU_INVERSE_DENSITY: Final = 3.2
"""1/(1-S) in the middle, in the logarithm, of the range in which D* is within 5% of 1/2."""

SIZES: Final = {"paper": ((200, 30), (200, 15)), "quick": ((100, 12), (100, 8))}
"""Sizes (n, m) to compare with that of `uniform_superposition`."""

ATLAS_SIZES: Final = tuple((n, m) for m in (2, 3) for n in range(m + 1, 10))
"""Sizes (n, m) of the atlas."""


ATLAS_INVERSE_DENSITIES: Final = (2.5, 5.0, 20.0, 100.0)
PRESSURES: Final = (30, 60, 150)
"""Numbers of features that compete for 12 dimensions: as many as are represented, twice, and five times."""

LENGTHS: Final = (1000, 4000, 16000)
"""Steps of training of 150 features for 12 dimensions."""

COMPETITION_INVERSE_DENSITIES: Final = (4.0, 4.7, 5.4, 8.0)
"""1/(1-S) at which features compete. By `tms.analysis.packing.takeover`, pairs pack best up to 4.4, pentagons
to 5.0, and square antiprisms beyond: each range has one, and 8 is sparser still."""

DENSE_INVERSE_DENSITIES: Final = (1.4, 1.5, 1.6)
"""1/(1-S) around the range in which, by `tms.analysis.packing.takeover`, triangles pack best: 1.3 to 1.55."""


def uniform_superposition(profile: str) -> Experiment:
    """400 features in 30 dimensions, from dense to sparse (#geometry-uniform).

    1/(1-S) from 1 to 10, evenly spaced in the logarithm. Quick has 150 features in 12 dimensions.
    """
    n, m = SIZE[profile]
    points, seeds = {"quick": (19, 16), "paper": (50, 10)}[profile]
    return _uniform(
        "uniform/superposition", n, m, np.geomspace(1, 10, points), seeds=seeds, steps=STEPS[profile]
    )


def uniform_plateau(profile: str) -> Experiment:
    """More seeds of the same models where D* is 1/2 (#geometry-uniform).

    One quick model in twenty has three features in a dimension or five in two among its pairs: it takes many
    seeds to tell how rare that is.
    """
    n, m = SIZE[profile]
    return _uniform("uniform/plateau", n, m, [PLATEAU_INVERSE_DENSITY], seeds=80, steps=STEPS[profile])


def uniform_of_size(index: int) -> ExperimentFactory:
    """The same with fewer features, and with fewer dimensions too (#geometry-uniform).

    At every second (quick) or fifth (paper) of the densities.

    Parameters
    ----------
    index
        Which of `SIZES`.
    """

    def experiment(profile: str) -> Experiment:
        n, m = SIZES[profile][index]
        every = np.geomspace(1, 10, {"quick": 19, "paper": 50}[profile])
        chosen = every[:: {"quick": 2, "paper": 5}[profile]]
        return _uniform(f"uniform/size_{index}", n, m, chosen, seeds=8, steps=STEPS[profile])

    return experiment


def uniform_dense(profile: str) -> Experiment:
    """64 features in 9 dimensions where dedicated dimensions give way to pairs (#geometry-dimensionality).

    Trained longer and on larger batches than `uniform_superposition`: what lies between 1 and 1/2 forms late.
    """
    del profile
    return _uniform("uniform/dense", 64, 9, DENSE_INVERSE_DENSITIES, seeds=16, steps=16000, batch_size=512)


def competition(n: int, steps: int) -> ExperimentFactory:
    """Let n features compete for 12 dimensions for so many steps (#comment-pressure).

    Parameters
    ----------
    n
        Such as one of `PRESSURES`.
    steps
        Such as one of `LENGTHS`.
    """

    def experiment(profile: str) -> Experiment:
        del profile
        name = f"uniform/competition_{n}_{steps}"
        return _uniform(name, n, 12, COMPETITION_INVERSE_DENSITIES, seeds=24, steps=steps)

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
    """Fit n features into m dimensions, the best of many small models (beyond #geometry-structures)."""

    def experiment(profile: str) -> Experiment:
        inverse, best_of = {"quick": ((5.0, 20.0), 16), "paper": (ATLAS_INVERSE_DENSITIES, 32)}[profile]
        return sweep(
            f"uniform/atlas_{n}_in_{m}",
            n_features=n,
            n_hidden=m,
            density=1 / np.array(inverse)[:, None],
            seeds=8,
            best_of=best_of,
            steps=2000,
            held_out=2**16,
            **TINY,
        )

    return experiment
