"""Chapter 3: the phase diagram, trained and exact, and the models of one cell."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch

from companion.chapter import Chapter, Detail, View
from companion.code import Written, experiment_of, sweep_code
from companion.settings import Choice, Number, Setting, Values, rounded
from figures import demonstrating, phase
from tms import Trained, geometry, train
from tms.analysis.exact_losses import exactly_best
from tms.analysis.exact_optima import of_experiment as exact_optimum
from tms.analysis.phase_diagram import OUTCOMES, axes, boundaries, grid_points, on_grid, outcome
from tms.analysis.solutions import distinct_solutions
from tms.paper.settings import TINY
from tms.training import ProgressReport

_SIZES: Final = {"two": (2, 1), "three": (3, 2)}
_MOST_DRAWN: Final = 5
"""Solutions of a cell that are drawn beside the optimum."""


def _settings(values: Values) -> dict[str, Any]:
    n, m = _SIZES[values["size"]]
    density, importance, coordinates = grid_points(n, values["cells"])
    made = f"phase_diagram.grid_points({n}, {values['cells']})"
    return {
        "n_features": n,
        "n_hidden": m,
        "density": Written(density, f"{made}[0]"),
        "importance": Written(importance, f"{made}[1]"),
        "coordinates": Written(coordinates, f"{made}[2]"),
        "seeds": 1,
        "best_of": 12,
        "steps": 800,
        "held_out": 4096,
        "run_seed": values["seed"],
        **TINY,
    }


def _train(values: Values, progress: ProgressReport | None) -> Trained:
    experiment = experiment_of("phase diagram", _settings(values))
    return exactly_best(train(experiment, device="cpu", progress=progress))


def _view(values: Values, trained: Trained) -> View:
    experiment, best = trained.experiment, trained.W[:, 0]
    theory = outcome(torch.from_numpy(exact_optimum(experiment).W))
    figure = phase.diagram(
        *axes(experiment),
        on_grid(geometry.norms(best)[:, -1], experiment),
        on_grid(geometry.interference(best)[:, -1], experiment),
        on_grid(theory, experiment),
        boundaries(experiment.n_features),
    )
    same = float((outcome(best) == theory).mean())
    return View(
        figure,
        f"What becomes of the last of {experiment.n_features} features, the extra one, over the feature "
        f"density 1 − S and its relative importance. In **{same:.0%}** of {values['cells']} × "
        f"{values['cells']} cells the best of {experiment.best_of} trained models has the outcome of the "
        "exact optimum.",
        axes=figure.axes[0],
    )


def _places(trained: Trained) -> tuple[Setting, ...]:
    relative, density = (tuple(map(rounded, values)) for values in axes(trained.experiment))
    return (
        _axis("importance", "relative importance of the extra feature", relative),
        _axis("density", "feature density 1 − S", density),
    )


def _axis(name: str, label: str, places: tuple[float, ...]) -> Number:
    return Number(name, label, places[len(places) // 2], low=places[0], high=places[-1], places=places)


def _cell_at(trained: Trained, relative_importance: float, density: float) -> int:
    """Number of the point nearest to a place, on logarithmic axes."""
    at = trained.experiment.coordinates
    distance = np.log(at["relative_importance"] / relative_importance) ** 2
    return int((distance + np.log(at["density"] / density) ** 2).argmin())


def _snapped(trained: Trained, x: float, y: float) -> Values:
    point, at = _cell_at(trained, x, y), trained.experiment.coordinates
    return {
        "importance": rounded(at["relative_importance"][point]),
        "density": rounded(at["density"][point]),
    }


def _at(_: Trained, place: Values) -> tuple[float, float]:
    return place["importance"], place["density"]


def _cell(trained: Trained, place: Values) -> View:
    point = _cell_at(trained, place["importance"], place["density"])
    optimum = exact_optimum(trained.experiment)
    found = distinct_solutions(trained, point)
    drawn = found[:_MOST_DRAWN]
    W = np.stack([optimum.W[point], *(each.W for each in drawn)])
    b = np.stack([optimum.b[point], *(each.b for each in drawn)])
    lowest = float(optimum.loss[point])
    names = ["optimum", *(f"{each.count} of {trained.experiment.best_of}" for each in drawn)]
    lines = "\n".join(
        f"| {name} | {loss:.5f} | {loss / lowest - 1:+.1%} | {OUTCOMES[kind]} |"
        for name, loss, kind in zip(
            names, [lowest, *(each.loss for each in drawn)], outcome(torch.from_numpy(W)), strict=True
        )
    )
    more = f"\n\n{len(found) - len(drawn)} other solutions are not shown." if len(found) > len(drawn) else ""
    return View(
        demonstrating.sparsity_row(W, b, names),
        f"Density {place['density']:.3g}, relative importance {place['importance']:.3g}: the exact optimum "
        f"and the solutions that {trained.experiment.best_of} models found.\n\n"
        "| models | expected loss | over the optimum | the extra feature is |\n|---|---|---|---|\n"
        f"{lines}{more}",
    )


def _code(values: Values) -> str:
    return f"""\
import tms, torch; from figures import phase
from tms.analysis import exact_losses, exact_optima, phase_diagram
experiment = {sweep_code("phase diagram", _settings(values))}
W = exact_losses.exactly_best(tms.train(experiment, device="cpu")).W[:, 0]; \
theory = phase_diagram.outcome(torch.from_numpy(exact_optima.of_experiment(experiment).W)); \
cells = [phase_diagram.on_grid(each, experiment) for each in \
(tms.geometry.norms(W)[:, -1], tms.geometry.interference(W)[:, -1], theory)]
figure = phase.diagram(*phase_diagram.axes(experiment), *cells, \
phase_diagram.boundaries(experiment.n_features))"""


CHAPTER = Chapter(
    name="phase",
    title="3. Superposition as a phase change",
    text="The extra feature is ignored, gets a dimension of its own, or is stored in superposition, and the "
    "change from one to the other is sudden. **Click a cell** of the trained diagram to see its models.",
    source="phase-change",
    settings=(
        Choice(
            "size", "the size", {"2 features in 1 dimension": "two", "3 features in 2 dimensions": "three"}
        ),
        Number("cells", "the number of cells along an axis", default=8, low=3, high=20, whole=True),
        Number("seed", "the random seed", default=0, low=0, high=9999, whole=True),
    ),
    train=_train,
    view=_view,
    code=_code,
    detail=Detail(heading="The models of one cell", settings=_places, view=_cell, snapped=_snapped, at=_at),
)
