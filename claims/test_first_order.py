"""Superposition as a phase change: the change is first order, so that the optimum jumps."""

import numpy as np

import figures.cuts
from claims.harness import claim
from tms import paper, theory
from tms.analysis import exact_optima, geometry
from tms.analysis.exact_losses import exactly_best, expected_losses
from tms.analysis.exact_optima import along_importance, critical_importance
from tms.training import Trained

SOURCE = "phase-change"


@claim(
    "PHASE-3",
    "The change is first order: the optimal loss is continuous, and its derivative jumps at a crossing.",
    source=SOURCE,
)
def test_optimal_loss_has_a_kink_where_solutions_cross(trained, measure, draw):
    sweep = trained(paper.across_ignored_and_superposed)
    p, relative = cut(sweep)
    critical = critical_importance(p)
    below, above = (along_importance(p, critical * (1 + side * 1e-6)) for side in (-1, 1))
    measure.exact(
        "step of the optimal loss at the crossing, as a share of it",
        abs(float(above.loss - below.loss)) / float(below.loss),
        paper=0,
        at_most=1e-5,
        because="continuous: over a relative distance of 2e-6 a slope of order 1 makes 2e-6",
    )
    slopes = [exact_optima.slope(p, critical * (1 + side * 1e-3), critical * 1e-4) for side in (-1, 1)]
    measure.exact(
        "drop of the optimal loss's slope at the crossing, as a share of it",
        1 - slopes[1] / slopes[0],
        paper=1 - (p**2 / 6) / (p / 3 - p**2 / 4),
        at_least=0.1,
        because="a transition of higher order has no drop, and differences over 1e-3 blur one by 1e-3; the "
        "paper's value is that of its natural solutions, which the exact optimum improves on",
    )
    best = exactly_best(sweep)
    loss = expected_losses(best.W, best.b, best.experiment)
    slope = [
        np.polyfit(relative[side], loss[side], 1)[0]
        for side in (relative < critical, (relative > critical) & (relative < 1.6 * critical))
    ]
    measure(
        "drop of the trained losses' slope at the crossing, as a share of it",
        1 - slope[1] / slope[0],
        paper=1 - (p**2 / 6) / (p / 3 - p**2 / 4),
        at_least=0.1,
        because="straight lines through the losses on either side; a drift without a kink has none",
    )
    fine = np.geomspace(relative[0], relative[-1], 200)
    natural = theory.two_in_one(p, fine)
    optimum = along_importance(p, fine).loss
    flat = relative[:, None].repeat(best.experiment.seeds, axis=1).ravel()
    draw(
        figures.cuts.first_order,
        "phase/first_order_two_in_one",
        fine,
        {"ignore the extra feature": natural.loss[:, 0], "superpose both": natural.loss[:, 2]},
        optimum,
        flat,
        loss.ravel(),
        geometry.norms(best.W)[..., -1].reshape(-1),
        geometry.interference(best.W)[..., -1].reshape(-1),
        xlabel="relative importance of the extra feature",
        crossings=[critical],
        title=f"n = 2, m = 1, $1-S={p:g}$",
    )


@claim(
    "PHASE-4",
    "Norm and superposition of the extra feature jump, rather than drift, across a boundary.",
    source=SOURCE,
)
def test_norm_and_superposition_jump_across_boundaries(trained, measure, draw):
    sweep = trained(paper.across_ignored_and_superposed)
    p, relative = cut(sweep)
    best = exactly_best(sweep)
    norm = geometry.norms(best.W)[..., -1]
    spacing = np.log(relative[1] / relative[0])
    half = (
        "half of the way from 0 to 1 in one step of the cut; a drift over "
        f"{len(relative)} points would make steps of {1 / (len(relative) - 1):.2f}"
    )
    measure(
        "largest step of the norm from ignored to superposed",
        norm.diff(dim=0).abs().amax(0),
        paper=1,
        at_least=0.5,
        because=half,
    )
    place = relative[norm.diff(dim=0).abs().argmax(0)] * np.exp(spacing / 2)
    measure(
        "place of that step over the exact critical importance, logarithm",
        np.log(place / critical_importance(p)),
        paper=0,
        within=1.01 * spacing,
        because="the step is where the exact optimum changes, within one step of the cut",
    )
    sweep = trained(paper.across_superposed_and_dedicated)
    p, relative = cut(sweep)
    best = exactly_best(sweep)
    shared = geometry.interference(best.W)[..., -1]
    measure(
        "largest step of the superposition from superposed to dedicated",
        shared.diff(dim=0).abs().amax(0),
        paper=1,
        at_least=0.5,
        because=half,
    )
    place = relative[shared.diff(dim=0).abs().argmax(0)] * np.exp(np.log(relative[1] / relative[0]) / 2)
    measure(
        "place of that step over equal importance, logarithm",
        np.log(place),
        paper=0,
        within=1.01 * np.log(relative[1] / relative[0]),
        because="exchanging the extra feature with another exchanges the two solutions, so that they cross "
        "at equal importance; within one step of the cut",
    )
    fine = np.geomspace(relative[0], relative[-1], 100)
    natural = theory.three_in_two(p, fine)
    flat = relative[:, None].repeat(best.experiment.seeds, axis=1).ravel()
    draw(
        figures.cuts.first_order,
        "phase/first_order_three_in_two",
        fine,
        {"superpose the extra feature": natural.loss[:, 2], "dedicate a dimension to it": natural.loss[:, 3]},
        along_importance(p, fine, n=3, m=2).loss,
        flat,
        expected_losses(best.W, best.b, best.experiment).ravel(),
        geometry.norms(best.W)[..., -1].reshape(-1),
        shared.reshape(-1),
        xlabel="relative importance of the extra feature",
        crossings=[1.0],
        title=f"n = 3, m = 2, $1-S={p:g}$",
    )


def cut(sweep: Trained) -> tuple[float, np.ndarray]:
    """Density and relative importances of a cut along the importance."""
    setting = sweep.experiment.coordinates
    return float(setting["density"][0]), setting["relative_importance"]
