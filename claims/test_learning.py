"""Superposition and learning dynamics: energy levels, and learning as geometric transformations."""

from functools import cache

import numpy as np

import figures.learning
from claims.harness.judging.claim import claim
from tms import paper
from tms.analysis import geometry, jumps, regimes

LEVELS = "learning-jumps"
GEOMETRIC = "learning-geometric"
SETTLED = 0.25
"""Dimensionality from which on a feature counts as represented: half of a digon's 1/2."""
SET_APART = 0.5
"""Two sets count as told apart below this mean cosine between their features: half way from one direction for
both, 1, to directions at right angles, 0."""


@claim("LEARN-1", "Features jump between dimensionalities during training.", source=LEVELS)
def test_features_jump_between_dimensionalities(trained, measure, draw):
    levels = levels_of(trained(paper.energy_levels))
    measure(
        "represented features that end in a digon",
        [share(np.abs(D[-1][D[-1] > SETTLED] - 1 / 2) <= 0.05) for D in levels.D],
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
    not_replicated="Counting as jumps only what is twice as fast leaves about one feature in three: the "
    "jumps are steps in a picture over ln(step), and no sharper.",
)
def test_most_features_arrive_by_fast_jumps(trained, measure):
    measure_arrivals(measure, levels_of(trained(paper.energy_levels)), 2)


@claim("LEARN-1", "The loss drops when features jump.", source=LEVELS)
def test_the_loss_drops_when_features_jump(trained, measure):
    levels = levels_of(trained(paper.energy_levels))
    clock = np.log(levels.steps)
    before, after, drops = [], [], []
    for found, loss in zip(levels.jumps, levels.loss, strict=True):
        jumping = jumps.while_jumping(found, len(clock))
        drop, spent = -np.diff(loss), np.diff(clock)
        inside = drop[jumping].sum() / spent[jumping].sum()
        first, last = min(j.first for j in found), max(j.last for j in found)
        earlier = int(np.abs(clock - (clock[first] - 1)).argmin())
        before += [fall / inside for fall in falls(loss, clock, earlier, first)]
        after += [fall / inside for fall in falls(loss, clock, last, len(clock) - 1)]
        drops.append(drop[jumping].sum() / len(found))
    because = (
        "a loss that fell smoothly would fall about as fast; at most half as fast is a drop. Falling is "
        "taken per unit of ln(step), from the first jump on and for a factor of e before it"
    )
    for when, ratios in (("before the first", before), ("after the last", after)):
        measure(
            f"fall {when} jump, over that during jumps",
            ratios,
            paper=None,
            at_most=0.5,
            because=because,
        )
    measure(
        "drop of the loss for each jump, as a share of the final loss",
        np.array(drops) / levels.loss[:, -1],
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
        triples.loss_at(triples.half_way) / (p / 3),
        paper=1,
        within=0.1,
        because="each set leaves two of its three components, each of variance p/3 - p/4, so that p/3 is "
        "left in all; a third component would halve it and one component less would triple it",
    )


@claim("LEARN-2", "Training passes distinct regimes, separated by drops of the loss.", source=GEOMETRIC)
def test_regimes_are_separated_by_drops_of_the_loss(trained, measure, draw):
    triples = triples_of(trained(paper.correlated_triples))
    middle = triples.loss_at(triples.half_way)
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
    not_replicated="The first stage varies too: in a large part of the seeds both sets grow along one common "
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


def measure_arrivals(measure, levels, times):
    """Measure how many represented features got there by a jump of at least so many times the least speed."""
    speed = times * jumps.SPEED
    arrived = []
    for D in levels.D:
        risen = {j.feature for j in jumps.find_jumps(levels.steps, D, speed=speed) if j.change > 0}
        arrived.append(share([i in risen for i in np.flatnonzero(D[-1] > SETTLED)]))
    measure(
        f"represented features that got there by a jump, D_i rising by {speed:g} and more per unit of "
        f"ln(step)",
        arrived,
        paper=None,
        at_least=0.5,
        because="dominated by jumps: more than half of the features; the least speed is that at which paths "
        "which are even in the step or in its logarithm have none, and half and twice of it are asked too",
    )


def falls(loss, clock, start, end):
    """How fast the loss falls between two checkpoints; nothing if they are the same."""
    return [(loss[start] - loss[end]) / (clock[end] - clock[start])] if start < end else []


@cache
def levels_of(run):
    """The measurements of a run, once for all claims."""
    return Levels(run)


@cache
def triples_of(run):
    """The measurements of a run, once for all claims."""
    return Triples(run)


class Levels:
    """Dimensionalities, losses and jumps of a training run, model by model; the start, step 0, left out."""

    def __init__(self, run):
        history = run.history
        self.m = run.experiment.n_hidden
        self.steps = np.array(history.steps[1:])
        self.D = geometry.dimensionality(history.parameters["W"][1:, 0]).numpy().swapaxes(0, 1)
        self.loss = history.loss[1:, 0].numpy().T
        self.jumps = [jumps.find_jumps(self.steps, D) for D in self.D]
        start, end = history.loss[0, 0].numpy()[:, None], self.loss[:, -1:]
        self.settled = self.steps[(start - self.loss >= 0.9 * (start - end)).argmax(1)]


class Triples:
    """The regimes of six features in two sets of three, seed by seed."""

    def __init__(self, run):
        self.experiment, self.sets = run.experiment, run.experiment.features.sets
        self.steps = np.array(run.history.steps)
        self.density = float(run.experiment.features.density[0, 0])
        self.W = run.history.parameters["W"][:, 0]
        self.loss = regimes.loss_curve(run)[:, 0].numpy()
        self._seeds = np.arange(self.W.shape[1])
        together = (regimes.alignment(self.W, self.sets) > 0.95).numpy()
        grown = (geometry.norms(self.W).amin(-1) > 0.4).numpy()
        apart = (regimes.between_sets(self.W, self.sets) < SET_APART).numpy()
        self.begin = (together & grown & apart).argmax(0)
        last = len(self.steps) - 1 - (together & grown & apart)[::-1].argmax(0)
        self._clock = np.log(np.maximum(self.steps, 1))
        self.end = last
        self.half_way = self.at(0.5)
        self.middle = self.W[self.half_way, self._seeds]
        open_at = (regimes.orthogonality(self.W, self.sets) < 0.1).int().argmax(0)
        self.open_at = open_at.numpy()
        self.opening = regimes.opposition(self.W[open_at, self._seeds], self.sets).numpy()
        common = (together & (geometry.norms(self.W).amin(-1) > 0.35).numpy() & ~apart).any(0)
        opposite = regimes.between_sets(self.middle, self.sets).numpy() < -SET_APART
        self.first_way = np.where(opposite, 2, np.where(common, 1, 0))

    def at(self, part):
        """Checkpoint a part of the way through the regime of two directions, by ln(step)."""
        wanted = (1 - part) * self._clock[self.begin] + part * self._clock[self.end]
        return np.abs(self._clock[:, None] - wanted).argmin(0)

    def loss_at(self, checkpoint):
        return self.loss[checkpoint, self._seeds]


def draw_trajectories(draw, triples):
    """Draw the seed that is most typical of the antiprism: grown, opened, and paired in turn."""
    seed = int(triples.opening.argmax())
    grown = int(triples.begin[seed])
    half = grown // 2
    stages = sorted({half, int(triples.end[seed]), int(triples.open_at[seed]), len(triples.steps) - 1})
    sets = np.zeros(triples.W.shape[2])
    for number, group in enumerate(triples.sets):
        sets[list(group)] = number
    draw(
        figures.learning.trajectories_3d,
        "learning/trajectories_3d",
        triples.steps[1:],
        triples.W[1:, seed],
        triples.loss[1:, seed],
        sets,
        [stage - 1 for stage in stages],
    )


def share(flags):
    """Share of true values; 0 where there are none to count."""
    return float(np.mean(flags)) if len(flags) else 0.0
