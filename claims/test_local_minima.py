"""Superposition as a phase change: minima beside each other, and a change that is blurred."""

import numpy as np

import figures.no_bias
from claims.harness import claim
from tms import paper, theory
from tms.analysis.basins import REACH, SIDE, before_the_transition, extra_weight
from tms.analysis.exact_losses import trial_losses
from tms.analysis.exact_optima import critical_importance
from tms.analysis.phase_diagram import IGNORED, SUPERPOSED, outcome

SOURCE = "comment-deepmind"
IMPORTANCES = (0.02, 0.1)
"""Relative importances of the second feature, at and below the lowest of the diagram."""
JUMP = "half of the way from 0 to 1 in one of 27 steps is a jump; a drift over them makes steps of 0.04"
TRIPLE = 4 / 7
"""Density of the triple point, at equal importance."""


@claim(
    "PHASE-8",
    "Near a transition the loss has two minima, and the global one can have a considerably smaller basin.",
    source=SOURCE,
    reading="Of the model without bias, whose loss the comment solves. Considerably smaller is read as: at "
    "most half as large as the other basin, for one of the relative importances.",
)
def test_the_global_minimum_can_have_the_smaller_basin(measure, draw):
    found = [before_the_transition(r) for r in IMPORTANCES]
    for basins in found:
        measure.exact(
            f"minima in which starts end, at relative importance {basins.relative_importance:g}",
            len(basins.minima),
            paper=2,
            within=0,
            because="once for each pair of weights and their negatives",
        )
    measure.exact(
        "smallest share of the starts that end in the global minimum",
        min(basins.share_of_the_lowest for basins in found),
        paper=None,
        at_most=1 / 3,
        because="a basin half as large as the other one has a third of the starts",
    )
    shown = found[1]
    triple, away = np.geomspace(TRIPLE / 1.25, TRIPLE * 1.25, 28), np.geomspace(0.28, 0.45, 28)
    draw(
        figures.no_bias.two_minima,
        "phase/two_minima",
        REACH,
        shown.kinds.reshape(SIDE, SIDE),
        shown.lowest,
        [triple, away],
        [extra_weight(triple, 1.0), extra_weight(away, 0.3)],
        ["equal importance", "relative importance 0.3"],
        title=f"without bias, $1-S={shown.density:.2g}$, $r={shown.relative_importance:g}$",
    )


@claim(
    "PHASE-8",
    "Trained models, too, end in either of two minima near the boundary.",
    source=SOURCE,
)
def test_single_runs_end_in_either_minimum_near_the_boundary(trained, measure):
    sweep = trained(paper.across_ignored_and_superposed)
    relative = sweep.experiment.coordinates["relative_importance"]
    density = float(sweep.experiment.coordinates["density"][0])
    below = int(np.flatnonzero(relative < critical_importance(density))[-1])
    beside = [below, below + 1]
    natural = theory.two_in_one(density, relative[beside])
    higher = natural.loss[:, [natural.outcomes.index(name) for name in ("ignored", "superposed")]].max(-1)
    measure(
        "single runs on both sides with at most the loss of the natural solution that is worse there",
        (trial_losses(sweep)[beside].numpy() <= higher[:, None, None]).ravel(),
        paper=None,
        at_least=0.5,
        because="they end in a minimum: each of the two is below its natural solution. A typical run does so "
        "more often than not",
    )
    ends = outcome(sweep.trial_parameters["W"])
    for name, losing in (
        ("superposed, just below", ends[below] == SUPERPOSED),
        ("ignored, just above", ends[below + 1] == IGNORED),
    ):
        measure(
            f"single runs that end in the minimum that is not the lowest: {name}",
            losing.ravel(),
            paper=None,
            at_least=0.05,
            because="two minima beside each other: more than a stray run finds the higher one",
        )


@claim(
    "PHASE-8",
    "Near the triple point the change is blurred: the optimum moves continuously instead of jumping.",
    source=SOURCE,
)
def test_the_change_is_blurred_near_the_triple_point(measure):
    triple = np.geomspace(TRIPLE / 1.25, TRIPLE * 1.25, 28)
    measure.exact(
        "largest step of |W2| along the density through the triple point",
        np.abs(np.diff(extra_weight(triple, 1.0))).max(),
        paper=None,
        at_most=0.5,
        because=JUMP,
    )
    measure.exact(
        "the same away from it, at relative importance 0.3",
        np.abs(np.diff(extra_weight(np.geomspace(0.28, 0.45, 28), 0.3))).max(),
        paper=1,
        at_least=0.5,
        because=JUMP,
    )
