"""Experiments of "Superposition as a Phase Change"."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tms.analysis.exact_losses import exactly_best
from tms.analysis.exact_optima import optimal_loss
from tms.experiment import Experiment, sweep
from tms.experiment.convergence import ExactOptimum
from tms.paper.settings import TINY, ExperimentFactory

OPTIMAL: Final = ExactOptimum(optimum=optimal_loss, margin=0.01, share=0.75, kept=exactly_best)
"""Claims compare the best trial of each cell with the optimum. Of several seeds in a cell, one in four may
end in another minimum."""


class _Extent(NamedTuple):
    """Cells along each axis of a diagram, trials in each cell, and steps."""

    cells: int
    trials: int
    steps: int


def two_in_one(profile: str) -> Experiment:
    """Two features in one dimension: density by relative importance of the second (#phase-change).

    Paper: n = 2, m = 1; relative importance 0.1 to 10, density 1 to 0.01; ten models in each cell, and the
    mean of all but the one with the highest loss.

    Departures: the best of 16 trials in each cell, because the diagram is compared with the exact optimum,
    and a mean over runs would mix the optimum with local minima.
    """
    return _phase_diagram("phase/two_in_one", 2, 1, _extent(profile, trials=16))


def three_in_two(profile: str) -> Experiment:
    """Three features in two dimensions: density by relative importance of the third (#phase-change).

    Paper: n = 3, m = 2; the axes and the number of models as for `two_in_one`.

    Departures: the best of 32 trials in each cell, for the same reason; local minima are more frequent here.
    """
    return _phase_diagram("phase/three_in_two", 3, 2, _extent(profile, trials=32))


def activation_diagram(activation: str) -> ExperimentFactory:
    """The diagram of two features in one dimension for another output activation (#comment-redwood).

    Paper: the comment names no settings. Those of `two_in_one` are used, on a coarser grid with several seeds
    in each cell and half as many steps, because local minima call for more trials rather than longer ones.

    Parameters
    ----------
    activation
        A name of `tms.models.ACTIVATIONS`.
    """

    def experiment(profile: str) -> Experiment:
        cells = {"smoke": 5, "quick": 8, "paper": 12}[profile]
        return _phase_diagram(
            f"phase/two_in_one_{activation}",
            2,
            1,
            _Extent(cells, trials=12, steps=600)
            if profile == "smoke"
            else _Extent(cells, trials=16, steps=1000),
            seeds={"smoke": 2, "quick": 4, "paper": 8}[profile],
            activation=activation,
        )

    return experiment


def across_ignored_and_superposed(profile: str) -> Experiment:
    """Two features in one dimension along the relative importance at density 0.3 (#phase-change).

    Not in the paper: a line through its diagram on a fine grid, which shows whether norms jump or drift where
    the second feature changes from ignored to superposed.
    """
    return _cut("phase/cut_two_in_one", 2, 1, profile, 0.12, 0.48)


def across_superposed_and_dedicated(profile: str) -> Experiment:
    """Three features in two dimensions along the relative importance at density 0.3 (#phase-change).

    Not in the paper: a second line through the diagrams, along which the third feature changes from
    superposed to dedicated.
    """
    return _cut("phase/cut_three_in_two", 3, 2, profile, 0.5, 2.0)


def _extent(profile: str, trials: int) -> _Extent:
    """Extent of a diagram at a profile; there are ten trials or more, as in the paper."""
    if profile == "smoke":
        return _Extent(cells=5, trials=12, steps=1000)
    return _Extent(cells={"quick": 12, "paper": 20}[profile], trials=trials, steps=2000)


def _phase_diagram(
    name: str,
    n: int,
    m: int,
    extent: _Extent,
    *,
    seeds: int = 1,
    activation: str = "relu",
) -> Experiment:
    p, r = np.geomspace(0.01, 1, extent.cells), np.geomspace(0.1, 10, extent.cells)
    density, relative = np.meshgrid(p, r, indexing="ij")
    return _extra_feature(
        name,
        n,
        m,
        density.ravel(),
        relative.ravel(),
        seeds,
        best_of=extent.trials,
        steps=extent.steps,
        activation=activation,
    )


def _cut(name: str, n: int, m: int, profile: str, low: float, high: float) -> Experiment:
    # Near the boundary, single runs are counted. The points of the quick profile that are nearest to it are
    # further away than those of the paper profile, so fewer runs end in the minimum that is not the lowest.
    points, seeds, best_of, steps = {
        "smoke": (12, 2, 24, 1000),
        "quick": (12, 10, 32, 2000),
        "paper": (30, 5, 32, 2000),
    }[profile]
    relative = np.geomspace(low, high, points)
    return _extra_feature(name, n, m, np.full(points, 0.3), relative, seeds, best_of=best_of, steps=steps)


def _extra_feature(
    name: str,
    n: int,
    m: int,
    density: NDArray[np.float64],
    relative: NDArray[np.float64],
    seeds: int,
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
        held_out=2**16,
        convergence=OPTIMAL,
        **TINY,
        **settings,
    )
