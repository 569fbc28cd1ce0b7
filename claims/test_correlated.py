"""Correlated and anticorrelated features: which of them are orthogonal, antipodal, or side by side."""

import numpy as np
import torch
from torch import Tensor

import figures.correlated
from claims.harness import Draw, Measure, claim, note
from tms import paper
from tms.analysis import geometry
from tms.analysis.exact_losses import exactly_best
from tms.analysis.sets import partners_are_antipodal, set_angles, set_cosines, set_numbers
from tms.training import Trained

ORGANIZATION = "geometry-organization"
EMBEDDED = "represented and not represented are norms near 1 and near 0; a tenth short of 1 is near 1"
ORTHOGONAL = "a pair at an angle other than 90 degrees by 3 degrees has a cosine of 0.05"
ANTIPODAL = "a cosine of -0.99 is 8 degrees off, small in a figure and far from the 90 of orthogonal features"
BESIDE = "neighbours in a hexagon have 60 degrees, the next corner 120: half way is 90"
MOST_RUNS = "a typical run does what most runs do"
WIDE = np.cos(np.deg2rad(72))
"""Cosine of 18 degrees from orthogonal: beyond it a single run's pair no longer counts as such."""
SEVERAL = 6
"""Models in a figure's row."""


@claim("CORR-1", "Two pairs of correlated features: correlated features are orthogonal.", source=ORGANIZATION)
def test_correlated_features_are_orthogonal(trained, measure, draw):
    sweep = trained(paper.correlated_pairs)
    W = exactly_best(sweep).W[0]
    measure_smallest_norm(measure, W)
    measure(
        "lowest loss: largest |cosine| of correlated features",
        set_cosines(W, pairs(sweep)).abs().amax(-1),
        paper=0,
        at_most=0.05,
        because=ORTHOGONAL,
    )
    single = sweep.trial_parameters["W"].flatten(0, 2)
    measure(
        "single runs in which correlated features are represented and orthogonal",
        geometry.represented(single).all(-1) & (set_cosines(single, pairs(sweep)).abs() < WIDE).all(-1),
        paper=None,
        at_least=5 / 6,
        because="half way from chance to always: of the three ways to make two antipodal pairs of four, "
        "two put partners at right angles",
    )
    draw_row(draw, sweep, "correlated/correlated_2x2")


@claim(
    "CORR-2",
    "Two pairs of anticorrelated features: anticorrelated features are antipodal in the optimum.",
    source=ORGANIZATION,
)
def test_anticorrelated_features_are_antipodal_at_the_optimum(trained, measure, draw):
    sweep = trained(paper.anticorrelated_pairs)
    W = exactly_best(sweep).W[0]
    measure_smallest_norm(measure, W)
    measure(
        "lowest loss: highest cosine of anticorrelated features",
        set_cosines(W, pairs(sweep)).amax(-1),
        paper=-1,
        within=0.01,
        because=ANTIPODAL,
    )
    draw_row(draw, sweep, "correlated/anticorrelated_2x2")


@claim(
    "CORR-2",
    "Two pairs of anticorrelated features: anticorrelated features are antipodal in a typical run.",
    source=ORGANIZATION,
    contradicted="At density 0.05 a third of all single runs end so, which is what chance makes; nearly all "
    "others end with anticorrelated features at right angles, at other rates of training too. The paper "
    "states no density; of denser features, more runs find the optimum.",
)
def test_anticorrelated_features_are_antipodal_in_single_runs(trained, measure):
    sweep = trained(paper.anticorrelated_pairs)
    single = sweep.trial_parameters["W"].flatten(0, 2)
    there, cosines = geometry.represented(single).all(-1), set_cosines(single, pairs(sweep))
    measure(
        "single runs in which anticorrelated features are antipodal",
        partners_are_antipodal(single, pairs(sweep)),
        paper=None,
        at_least=0.5,
        because=MOST_RUNS,
    )
    measure(
        "single runs in which anticorrelated features are orthogonal",
        there & (cosines.abs() < WIDE).all(-1),
        paper=None,
        at_most=0.5,
        because="if most runs have them antipodal, fewer than half can have them orthogonal",
    )


@note(
    "CORR-2",
    "How often anticorrelated features are antipodal in single runs, at other densities.",
    source=ORGANIZATION,
)
def test_anticorrelated_features_in_single_runs_at_other_densities(trained, measure):
    sweep = trained(paper.anticorrelated_densities)
    found = partners_are_antipodal(sweep.trial_parameters["W"], pairs(sweep))
    for p, antipodal in zip(sweep.experiment.coordinates["density"], found, strict=True):
        measure(f"single runs in which they are antipodal, at density {p:g}", antipodal.ravel())


@claim(
    "CORR-3",
    "Three pairs of correlated features form a hexagon, partners side by side.",
    source=ORGANIZATION,
    reading="A hexagon is read as six directions that are nearer to a regular hexagon's than to a "
    "pentagon's with one pair collapsed.",
)
def test_three_correlated_pairs_form_a_hexagon(trained, measure, draw):
    sweep = trained(paper.three_correlated_pairs)
    W = exactly_best(sweep).W[0]
    gaps = geometry.angular_gaps(W)
    measure_smallest_norm(measure, W)
    measure(
        "lowest loss: narrowest angle between neighbours",
        gaps.amin(-1),
        paper=60,
        at_least=30,
        because="a hexagon has 60 degrees, a collapsed pair 0: half way is 30",
        unit="degrees",
    )
    measure(
        "lowest loss: widest angle between neighbours",
        gaps.amax(-1),
        paper=60,
        at_most=66,
        because="a hexagon has 60 degrees, a pentagon with one pair collapsed 72: half way is 66",
        unit="degrees",
    )
    measure(
        "lowest loss: widest angle between partners",
        set_angles(W, pairs(sweep)).amax(-1),
        paper=60,
        at_most=90,
        because=BESIDE,
        unit="degrees",
    )
    single = sweep.trial_parameters["W"].flatten(0, 2)
    measure(
        "single runs in which partners are side by side: positive interference, not negative",
        geometry.represented(single).all(-1) & (set_cosines(single, pairs(sweep)) > 0).all(-1),
        paper=None,
        at_least=0.5,
        because=MOST_RUNS,
    )
    draw_row(draw, sweep, "correlated/correlated_3x2")


@claim(
    "CORR-3",
    "The hexagon of three pairs of correlated features is regular.",
    source=ORGANIZATION,
    contradicted="Its angles alternate: partners are 64 degrees apart and features of different pairs 56, "
    "as partners are active together and interfere more.",
)
def test_the_hexagon_of_correlated_pairs_is_regular(trained, measure):
    sweep = trained(paper.three_correlated_pairs)
    measure(
        "lowest loss: largest deviation of an angle between neighbours from 60",
        (geometry.angular_gaps(exactly_best(sweep).W[0]) - 60).abs().amax(-1),
        paper=0,
        at_most=3,
        because="3 degrees are small in a figure, as for the regular pentagon",
        unit="degrees",
    )


@claim(
    "CORR-4",
    "Two correlated sets of ten in ten dimensions: orthogonal within a set, superposed across sets.",
    source="geometry-local-bases",
)
def test_correlated_sets_are_local_orthogonal_bases(trained, measure, draw):
    sweep = trained(paper.local_bases)
    sets, W = pairs(sweep), sweep.W[0]
    measure("smallest norm", geometry.norms(W).amin(-1), paper=1, at_least=0.9, because=EMBEDDED)
    measure(
        "largest |cosine| within a set",
        set_cosines(W, sets).abs().amax(-1),
        paper=0,
        at_most=0.05,
        because=ORTHOGONAL,
    )
    across = geometry.projections(W)[:, list(sets[0])][..., list(sets[1])] ** 2
    measure(
        "interference of a feature with the other set, mean",
        across.sum(-1).mean(-1),
        paper=None,
        at_least=0.5,
        because="superposed is half of an antipodal pair's 1, or more",
    )
    draw(
        figures.correlated.local_bases,
        "correlated/local_bases",
        W[0],
        set_numbers(sweep.experiment.n_features, sets),
    )


def measure_smallest_norm(measure: Measure, W: Tensor) -> None:
    """Measure that the models of lowest loss represent every feature."""
    measure(
        "lowest loss: smallest norm",
        geometry.norms(W).amin(-1),
        paper=1,
        at_least=0.9,
        because=EMBEDDED,
    )


def pairs(sweep: Trained) -> tuple[tuple[int, ...], ...]:
    """The sets of correlated or anticorrelated features."""
    return sweep.experiment.features.sets


def draw_row(draw: Draw, sweep: Trained, name: str) -> None:
    """Draw the solution of lowest loss, then single runs as they come."""
    single = sweep.trial_parameters["W"].flatten(0, 2)[: SEVERAL - 1]
    best = exactly_best(sweep)
    lowest = best.W[0, int(best.trial_loss[0].amin(-1).argmin())]
    W = torch.cat([lowest[None], single])
    titles = ["lowest loss", *(f"run {k + 1}" for k in range(len(single)))]
    numbers = set_numbers(sweep.experiment.n_features, pairs(sweep))
    draw(figures.correlated.embeddings_row, name, W, numbers, titles)
