"""The paper's experiments by section, one function each: profile in, Experiment out.

"paper" has the paper's own sizes. "quick" has fewer points or seeds and asks the same of them. Where the
paper leaves a setting open, the choice is named here: Adam without weight decay, since decay moves the
minima that the claims are about; a cosine schedule to 0, so that what is measured is a minimum and not the
noise around it; and for the smallest models, whose landscape has bad minima (#geometry-perturb), many trials
of which the best is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tms.experiment import Experiment, sweep

PROFILES: Final = ("quick", "paper")

ExperimentFactory = Callable[[str], Experiment]

TINY: Final[dict[str, Any]] = {
    "architecture": "relu_output",
    "batch_size": 256,
    "learning_rate": 0.05,
    "init_scale": 0.5,
}
"""Settings of models with up to three hidden dimensions: a high rate and small weights find the best minimum
more often than others, by trial over rates of 0.01 to 0.3 and scales of 0.1 to 2."""

BASIC_DENSITIES: Final = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)


def introduction(profile: str) -> Experiment:
    """Five features in two dimensions, from dense to sparse (the figure of the introduction).

    The sweep has 10 densities from 1 to 1/20, evenly spaced in the logarithm but for 0.2 and 0.1, the two
    sparsities that the figure names.
    """
    every = (1.0, 0.72, 0.52, 0.37, 0.27, 0.2, 0.14, 0.1, 0.07, 0.05)
    density = np.array({"quick": (1.0, 0.2, 0.1, 0.05), "paper": every}[profile])
    return sweep(
        "introduction",
        n_features=5,
        n_hidden=2,
        density=density[:, None],
        importance=_geometric(0.9, 5),
        seeds=8,
        best_of=24,
        steps=3000,
        **TINY,
    )


def basic_results(profile: str) -> Experiment:
    """ReLU output models with 20 features in 5 dimensions (#demonstrating-basic-results)."""
    best_of = {"quick": 6, "paper": 12}[profile]
    return _basic("demonstrating/relu_20x5", "relu_output", 20, 5, 0.7, seeds=8, best_of=best_of)


def basic_results_linear(profile: str) -> Experiment:
    """Linear models of the same size on the same densities (#demonstrating-basic-results)."""
    seeds = {"quick": 5, "paper": 8}[profile]
    return _basic("demonstrating/linear_20x5", "linear", 20, 5, 0.7, seeds=seeds, best_of=1)


def basic_results_large(profile: str) -> Experiment:
    """ReLU output models with 80 features in 20 dimensions (#demonstrating-basic-results)."""
    seeds, best_of = {"quick": (3, 1), "paper": (4, 2)}[profile]
    return _basic("demonstrating/relu_80x20", "relu_output", 80, 20, 0.9, seeds=seeds, best_of=best_of)


def _basic(
    name: str, architecture: str, n: int, m: int, decay: float, seeds: int, best_of: int
) -> Experiment:
    return sweep(
        name,
        n_features=n,
        n_hidden=m,
        architecture=architecture,
        density=np.array(BASIC_DENSITIES)[:, None],
        importance=_geometric(decay, n),
        seeds=seeds,
        best_of=best_of,
        steps=3000,
        batch_size=1024 if n < 40 else 512,
        learning_rate=0.02,
        held_out=2**19 if n < 40 else 2**17,
    )


def two_in_one(profile: str) -> Experiment:
    """Two features in one dimension: density by relative importance of the second (#phase-change)."""
    return _phase_diagram("phase/two_in_one", 2, 1, cells=_cells(profile), trials=16)


def three_in_two(profile: str) -> Experiment:
    """Three features in two dimensions: density by relative importance of the third (#phase-change)."""
    return _phase_diagram("phase/three_in_two", 3, 2, cells=_cells(profile), trials=16)


def activation_diagram(activation: str) -> ExperimentFactory:
    """The diagram of two features in one dimension for another output activation (#comment-redwood)."""

    def experiment(profile: str) -> Experiment:
        cells = {"quick": 8, "paper": 16}[profile]
        name = f"phase/two_in_one_{activation}"
        return _phase_diagram(name, 2, 1, cells=cells, trials=6, seeds=4, activation=activation)

    return experiment


def across_ignored_and_superposed(profile: str) -> Experiment:
    """Two features in one dimension along the relative importance at density 0.3 (#phase-change)."""
    return _cut("phase/cut_two_in_one", 2, 1, np.geomspace(0.12, 0.48, _cut_points(profile)))


def across_superposed_and_dedicated(profile: str) -> Experiment:
    """Three features in two dimensions along the relative importance at density 0.3 (#phase-change)."""
    return _cut("phase/cut_three_in_two", 3, 2, np.geomspace(0.5, 2.0, _cut_points(profile)))


def _cells(profile: str) -> int:
    return {"quick": 12, "paper": 20}[profile]


def _cut_points(profile: str) -> int:
    return {"quick": 12, "paper": 30}[profile]


def _phase_diagram(
    name: str, n: int, m: int, *, cells: int, trials: int, seeds: int = 1, activation: str = "relu"
) -> Experiment:
    density, relative = np.meshgrid(np.geomspace(0.01, 1, cells), np.geomspace(0.1, 10, cells), indexing="ij")
    return _extra_feature(name, n, m, density.ravel(), relative.ravel(), seeds, trials, activation=activation)


def _cut(name: str, n: int, m: int, relative: NDArray[np.float64]) -> Experiment:
    return _extra_feature(name, n, m, np.full(len(relative), 0.3), relative, seeds=5, trials=12)


def _extra_feature(
    name: str,
    n: int,
    m: int,
    density: NDArray[np.float64],
    relative: NDArray[np.float64],
    seeds: int,
    trials: int,
    **settings: Any,
) -> Experiment:
    importance = np.ones((len(relative), n))
    importance[:, -1] = relative
    return sweep(
        name,
        n_features=n,
        n_hidden=m,
        density=density[:, None],
        importance=importance,
        coordinates={"density": density, "relative_importance": relative},
        seeds=seeds,
        best_of=trials,
        steps=2000,
        held_out=2**16,
        **TINY,
        **settings,
    )


def _geometric(base: float, n: int) -> NDArray[np.float64]:
    return np.power(base, np.arange(n, dtype=np.float64))[None, :]
