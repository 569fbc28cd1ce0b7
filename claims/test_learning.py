"""Superposition and learning dynamics: energy levels, and learning as geometric transformations."""

from functools import cache

import numpy as np

import figures.learning
from claims.harness import Draw, Measure, claim
from tms import paper
from tms.analysis import jumps, regimes
from tms.analysis.energy_levels import SETTLED, EnergyLevels, falls_around_jumps
from tms.analysis.sets import set_numbers
from tms.analysis.trajectories import Trajectories

LEVELS = "learning-jumps"
GEOMETRIC = "learning-geometric"


@claim("LEARN-1", "Features jump between dimensionalities during training.", source=LEVELS)
def test_features_jump_between_dimensionalities(trained, measure, draw):
    levels = levels_of(trained(paper.energy_levels))
    measure(
        "represented features that end in a digon",
        levels.share_in_digons(within=0.05),
        paper=1,
        at_least=0.95,
        because="all the features converge into digons; at most one in twenty may be more than 0.05 off",
    )
    for times in (1, 0.5):
        measure_arrivals(measure, levels, times)
    measure(
        "jumps during training, for each hidden dimension",
        [len(found) / levels.m for found in levels.jumps],
        paper=None,
        at_least=1,
        because="a digon in each dimension needs at least one feature to come, or another to go, after the "
        "dimension was first used",
    )
    measure(
        "median step of a jump, over the step by which the loss made 9/10 of its descent",
        [np.median(levels.steps[[j.first for j in found]]) for found in levels.jumps] / levels.settled,
        paper=None,
        at_least=2,
        because="jumps come when the loss looks settled, not in the first descent: well after it",
    )
    draw(
        figures.learning.dimensionality_over_training,
        "learning/dimensionality_over_time",
        levels.steps,
        levels.D[0],
        levels.loss[0],
        represented=SETTLED,
        jumps=sorted({levels.steps[j.first] for j in levels.jumps[0]}),
    )


@claim(
    "LEARN-1",
    "Most features arrive by jumps that are fast.",
    source=LEVELS,
    contradicted="Counting as jumps only what is twice as fast leaves about one feature in three: the "
    "jumps are steps in a picture over ln(step), and no sharper.",
)
def test_most_features_arrive_by_fast_jumps(trained, measure):
    measure_arrivals(measure, levels_of(trained(paper.energy_levels)), 2)


@claim("LEARN-1", "The loss drops when features jump.", source=LEVELS)
def test_the_loss_drops_when_features_jump(trained, measure):
    levels = levels_of(trained(paper.energy_levels))
    falls = falls_around_jumps(levels)
    because = (
        "a loss that fell smoothly would fall about as fast; at most half as fast is a drop. Falling is "
        "taken per unit of ln(step), from the first jump on and for a factor of e before it"
    )
    for when, ratios in (("before the first", falls.before), ("after the last", falls.after)):
        measure(
            f"fall {when} jump, over that during jumps",
            ratios,
            paper=None,
            at_most=0.5,
            because=because,
        )
    measure(
        "drop of the loss for each jump, as a share of the final loss",
        np.array(falls.drops) / levels.loss[:, -1],
        paper=None,
        at_least=0,
        because="a drop is positive; the paper shows small and larger ones and gives no number",
    )


@claim(
    "LEARN-2",
    "Two sets of three correlated features: first each set becomes one principal direction.",
    source=GEOMETRIC,
)
def test_each_set_is_first_one_principal_direction(trained, measure):
    triples = triples_of(trained(paper.correlated_triples))
    measure(
        "lowest cosine within a set half way through the regime",
        regimes.alignment(triples.middle, triples.sets),
        paper=1,
        at_least=0.95,
        because="one direction: no further apart than 18 degrees, where an antipodal pair would end",
    )
    p = triples.density
    measure(
        "loss in that regime, over what two principal components leave",
        triples.loss_at(triples.at(0.5)) / (p / 3),
        paper=1,
        within=0.1,
        because="each set leaves two of its three components, each of variance p/3 - p/4, so that p/3 is "
        "left in all; a third component would halve it and one component less would triple it",
    )


@claim("LEARN-2", "Training passes distinct regimes, separated by drops of the loss.", source=GEOMETRIC)
def test_regimes_are_separated_by_drops_of_the_loss(trained, measure, draw):
    triples = triples_of(trained(paper.correlated_triples))
    middle = triples.loss_at(triples.at(0.5))
    measure(
        "loss at the start over that of the regime of two directions",
        triples.loss[0] / middle,
        paper=None,
        at_least=2,
        because="a drop by half at least, where the paper's curve drops several times over",
    )
    measure(
        "loss of the regime of two directions over that at the end",
        middle / triples.loss[-1],
        paper=None,
        at_least=2,
        because="a drop by half at least, where the paper's curve drops several times over",
    )
    measure(
        "loss at three quarters of that regime over that at half, by ln(step)",
        triples.loss_at(triples.at(0.75)) / middle,
        paper=1,
        within=0.1,
        because="a regime of its own: level within a tenth, beside drops by more than half",
    )
    draw_trajectories(draw, triples)


@claim(
    "LEARN-3",
    "Training ends in an octahedron whose antipodal pairs join features of different sets.",
    source=GEOMETRIC,
)
def test_training_ends_in_an_octahedron_across_the_sets(trained, measure):
    triples = triples_of(trained(paper.correlated_triples))
    measure(
        "seeds that end in such an octahedron",
        regimes.is_octahedron(triples.W[-1], triples.sets),
        paper=None,
        at_least=0.8,
        because="a strong attractor holds all but a few: at least four in five",
    )
    measure(
        "mean cosine with the antipode in the other set",
        regimes.opposition(triples.W[-1], triples.sets),
        paper=-1,
        within=0.02,
        because="antipodal within 11 degrees; the antiprism on the way has -2/3",
    )
    measure(
        "largest |cosine| within a set",
        regimes.orthogonality(triples.W[-1], triples.sets),
        paper=0,
        at_most=0.1,
        because="right angles within 6 degrees",
    )


@claim(
    "LEARN-4",
    "The trajectory varies where the sets open: by way of an antiprism, or of antipodal pairs.",
    source=GEOMETRIC,
    reading="Told by where the features are once each set has opened to three directions at right angles: "
    "closer to antipodal pairs (mean cosine of opposite features -1) or to an antiprism (-2/3).",
)
def test_the_sets_open_by_an_antiprism_or_by_pairs(trained, measure):
    triples = triples_of(trained(paper.correlated_triples))
    antiprism = triples.opening > -5 / 6
    because = "both are seen, neither alone: at least one in ten; the paper says sometimes"
    measure("seeds that open as an antiprism", antiprism, paper=None, at_least=0.1, because=because)
    measure("seeds that open as antipodal pairs", ~antiprism, paper=None, at_least=0.1, because=because)


@claim(
    "LEARN-4",
    "The trajectory varies at that stage only.",
    source=GEOMETRIC,
    contradicted="The first stage varies too: in a large part of the seeds both sets grow along one common "
    "direction, a level of the loss of its own, before they part; in some they then lie opposite each other.",
)
def test_the_trajectory_varies_at_one_stage_only(trained, measure):
    triples = triples_of(trained(paper.correlated_triples))
    because = "one stage only: of the trajectories before the sets open, one is taken by all but one in ten"
    measure(
        "seeds that take the commonest way to two directions",
        triples.first_way == np.bincount(triples.first_way).argmax(),
        paper=1,
        at_least=0.9,
        because=because,
    )


def measure_arrivals(measure: Measure, levels: EnergyLevels, times: float) -> None:
    """Measure how many represented features rose by a jump of at least so many times the least speed."""
    speed = times * jumps.SPEED
    measure(
        f"represented features that got there by a jump, D_i rising by {speed:g} and more per unit of "
        f"ln(step)",
        levels.share_arrived_by_jumps(speed),
        paper=None,
        at_least=0.5,
        because="dominated by jumps: more than half of the features; the least speed is that at which paths "
        "which are even in the step or in its logarithm have none, and half and twice of it are asked too",
    )


levels_of = cache(EnergyLevels.of)
triples_of = cache(Trajectories.of)


def draw_trajectories(draw: Draw, triples: Trajectories) -> None:
    """Draw the seed that is most typical of the antiprism: grown, opened, and paired in turn."""
    seed = int(triples.opening.argmax())
    draw(
        figures.learning.trajectories_3d,
        "learning/trajectories_3d",
        triples.steps[1:],
        triples.W[1:, seed],
        triples.loss[1:, seed],
        set_numbers(triples.W.shape[2], triples.sets),
        [stage - 1 for stage in triples.stages(seed)],
    )
