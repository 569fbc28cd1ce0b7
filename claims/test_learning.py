"""Superposition and learning dynamics: energy levels, and learning as geometric transformations."""

from functools import cache

import numpy as np

import figures.learning
from claims.harness import Draw, claim, note
from tms import paper
from tms.analysis import regimes
from tms.analysis.energy_levels import EnergyLevels, drops_at_jumps, swaps
from tms.analysis.jumps import PRESENT
from tms.analysis.sets import set_numbers
from tms.analysis.trajectories import Trajectories

LEVELS = "learning-jumps"
GEOMETRIC = "learning-geometric"


@claim(
    "LEARN-1",
    "After their first descent, features change their dimensionality by jumps.",
    source=LEVELS,
    reading="On the axis of steps: a feature jumps if it rests at the old and at the new level for longer "
    "than it takes from one to the other. The first descent ends when 95% of the features that end "
    "represented have come.",
)
def test_features_jump_between_dimensionalities(trained, measure, draw):
    levels = levels_of(trained(paper.energy_levels))
    measure(
        "represented features that end in a digon",
        levels.share_in_digons(within=0.05),
        paper=1,
        at_least=0.95,
        because="all the features converge into digons; at most one in twenty may be more than 0.05 off",
    )
    measure(
        "jumps of a model after the first descent",
        levels.jumps(),
        paper=2,
        at_least=1,
        because="the model that the paper shows has two jumps; a model without one shows none",
    )
    measure(
        "changes after the first descent that are jumps",
        levels.share_of_jumps(),
        paper=None,
        at_least=0.5,
        because="dominated by jumps: more than half of the changes; an even drift has none",
    )
    draw(
        figures.learning.dimensionality_over_training,
        "learning/dimensionality_over_time",
        levels.steps,
        levels.D[0],
        levels.loss[0],
        represented=PRESENT,
        jumps=sorted({levels.steps[change.last] for change in levels.later[0] if change.is_jump}),
    )


@note("LEARN-1", "Features that come in the first descent drift, and do not jump.", source=LEVELS)
def test_changes_in_the_first_descent(trained, measure):
    levels = levels_of(trained(paper.energy_levels))
    measure(
        "changes in the whole of training that are jumps",
        [np.mean([change.is_jump for change in changes]) for changes in levels.changes if changes],
    )
    measure("changes in the whole of training", [len(changes) for changes in levels.changes])


@claim(
    "LEARN-1",
    "The loss drops when features jump.",
    source=LEVELS,
    reading="Jumps after the first descent; the loss is taken on inputs that stay the same.",
)
def test_the_loss_drops_when_features_jump(trained, measure):
    drops = drops_at_jumps(levels_of(trained(paper.energy_levels)))
    measure(
        "fall of the loss per step during jumps, over that and the fall per step before and after",
        drops.share,
        paper=None,
        at_least=2 / 3,
        because="a sudden drop: at least twice as fast as in a tenth of training on either side. A loss that "
        "falls evenly has 1/2",
    )


@note("LEARN-1", "How large the drops of the loss at jumps are.", source=LEVELS)
def test_size_of_the_drops(trained, measure):
    drops = drops_at_jumps(levels_of(trained(paper.energy_levels)))
    measure("fall of the loss during all jumps of a model, over its final loss", drops.total)


@claim(
    "LEARN-5",
    "Features swap places: while one feature loses its dimensionality, another one gains it.",
    source=LEVELS,
    reading="In the whole of training: the paper's figure shows all of it. A feature has a place if its D_i "
    "is at least half of a digon's; a fall is paired if another feature rises while it is half way.",
)
def test_features_swap_places(trained, measure):
    swapped = swaps(levels_of(trained(paper.energy_levels)))
    measure(
        "models in which a fall is paired with a rise",
        np.array(swapped.models),
        paper=None,
        at_least=0.1,
        because="some features swap places, in the model that is shown: in one in ten models or more",
    )
    measure(
        "falls that are paired with a rise",
        np.array(swapped.paired or [False, False]),
        paper=None,
        at_least=0.25,
        because="more often than chance, which is the share of training in which any feature rises: below a "
        "quarter, as the next quantity says",
    )
    measure(
        "share of training in which any feature rises",
        swapped.chance,
        paper=None,
        at_most=0.25,
        because="so often would falls at random be paired",
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
    contradicted="The first stage varies too: from small initial weights, in one seed of five both sets grow "
    "along one common direction before they part, and in a few they end up opposite each other.",
)
def test_the_trajectory_varies_at_one_stage_only(trained, measure):
    triples = triples_of(trained(paper.correlated_triples))
    measure(
        "seeds that pass through both stages",
        triples.passes_both,
        paper=1,
        at_least=0.9,
        because="where trajectories vary is told by those that have stages: all but one in ten",
    )
    because = "one stage only: of the trajectories before the sets open, one is taken by all but one in ten"
    measure(
        "seeds that take the commonest way to two directions",
        triples.first_way == np.bincount(triples.first_way).argmax(),
        paper=1,
        at_least=0.9,
        because=because,
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
    draw(
        figures.learning.trajectories_film,
        "learning/trajectories_film",
        triples.steps[1:],
        triples.W[1:, seed],
        triples.loss[1:, seed],
        set_numbers(triples.W.shape[2], triples.sets),
    )
