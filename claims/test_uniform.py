"""The geometry of uniform superposition: dimensions, fractions of dimensions, and polytopes."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import torch

import figures.uniform
from claims.harness.judging.claim import claim
from tms import paper
from tms.analysis import components, geometry, packing
from tms.analysis.clusters import FRACTIONS, HALF_WIDTH, SMOOTH, THREE_TIMES, gathered, longest_range
from tms.analysis.groups import means_of_groups

UNIFORM = "geometry-uniform"
FRACTIONAL = "geometry-dimensionality"
STRUCTURES = "geometry-structures"
STICKY = (
    "a curve without steps that falls by a power from 1 at 1/(1-S) = 1 to 0.25 at 10 stays within 5% of a "
)
FAR_ABOVE = "three times as dense as its two flanks; a smooth spread gathers a third"
MORE_THAN_SMOOTH = "a smooth spread gathers a third; more of them are a cluster"
CLEANER = "cleaner: of 20 represented features one more"
NEAR = 0.05
"""D* sticks at a value up to this share of it; half and twice of it are asked too."""
NEAR_EXACT = "by theory, from the exact losses of both packings for n much larger than m"


@claim("GEO-1", "Dimensions per feature, D* = m / ||W||^2, stick at 1 for dense features.", source=UNIFORM)
def test_dimensions_per_feature_stick_at_one(trained, measure, draw):
    sweep = trained(paper.uniform_superposition)
    places, D_star = curve(sweep)
    measure(
        "D* of dense features, 1/(1-S) from 1 to 1.4, the mean",
        D_star[places <= 1.4].mean(0),
        paper=1,
        within=0.03,
        because="a deviation of 0.03 is one of the dimensions of the largest model",
    )
    measure(
        "factor of 1/(1-S) over which D* stays within 5% of 1",
        [end / start for start, end in sticky_ranges(places, D_star, 1.0)],
        paper=None,
        at_least=1.25,
        because=STICKY + "value over a factor of 1.09 from the end",
    )
    draw(figures.uniform.dimensions_per_feature, "geometry/dimensions_per_feature", places, D_star)


@claim("GEO-2", "Dimensions per feature stick at 1/2 over a wide range of sparsity.", source=UNIFORM)
def test_dimensions_per_feature_stick_at_one_half(trained, measure):
    sweep = trained(paper.uniform_superposition)
    places, D_star = curve(sweep)
    measure_stickiness(measure, places, D_star, NEAR)
    ends = np.log(plateau(sweep))
    at_ends = np.array([np.interp(ends, np.log(places), np.log(D)) for D in D_star.T.numpy()])
    measure(
        "slope of ln D* against ln 1/(1-S) over the middle third of that range",
        np.diff(at_ends, axis=1)[:, 0] / np.diff(ends),
        paper=0,
        within=0.3,
        because="a curve without steps has a slope of -0.6; half of it is nearer to none",
    )
    for position, name in enumerate(("lower", "upper")):
        measure(
            f"{name} end of that range of 1/(1-S)",
            [ends[position] for ends in sticky_ranges(places, D_star, 0.5)],
            paper=None,
            between=pairs_pack_best(),
            because=f"triangles pack better below and pentagons above, {NEAR_EXACT}",
        )


@claim(
    "GEO-2",
    "Dimensions per feature stick at 1/2 over a wide range, whatever counts as near.",
    source=UNIFORM,
    not_replicated="Within 5% it is wide against a curve without steps. Within 2.5% it is not, as D* falls "
    "from 0.52 to 0.51 along the plateau, nor within 10%, as D* is steep on either side of it.",
)
def test_dimensions_per_feature_stick_at_one_half_whatever_is_near(trained, measure):
    places, D_star = curve(trained(paper.uniform_superposition))
    for near in (NEAR / 2, 2 * NEAR):
        measure_stickiness(measure, places, D_star, near)


@claim(
    "GEO-3",
    "On the 1/2 plateau the represented features are exact antipodal pairs.",
    source=UNIFORM,
    reading="At 1/(1-S) = 3.2, in the middle of the range in which D* is within 5% of 1/2; towards its dense "
    "end single features stay between the pairs, and towards its sparse end pentagons come in.",
)
def test_features_on_the_plateau_are_antipodal_pairs(trained, measure, draw):
    W = trained(paper.uniform_plateau).W
    there = geometry.represented(W)
    lowest = geometry.antipode(W)
    norms = geometry.norms(W)
    unequal = (norms / norms.gather(-1, geometry.cosines(W).argmin(-1)) - 1).abs()
    seeds = range(W.shape[1])
    measure(
        "lowest cosine of a represented feature, the median",
        [lowest[:, seed][there[:, seed]].median().item() for seed in seeds],
        paper=-1,
        within=0.005,
        because="exact but for the noise of training: -0.995 is 6 degrees. How many features are in a pair "
        "at all is asked apart",
    )
    measure(
        "share of represented features that have an antipode below -0.99",
        (((lowest < -0.99) & there).sum((0, -1)) / there.sum((0, -1))),
        paper=1,
        at_least=0.95,
        because="the features are pairs: at most 1 in 20 is anything else",
    )
    measure(
        "difference of the norms in a pair, as a share, the median",
        [unequal[:, seed][there[:, seed]].median().item() for seed in seeds],
        paper=0,
        at_most=0.05,
        because="exactly the negative of the other, within 5%",
    )
    measure(
        "D* of these models",
        geometry.dimensions_per_feature(W)[0],
        paper=1 / 2,
        within=NEAR / 2,
        because="on the plateau: within 5% of 1/2",
    )
    draw(figures.uniform.geometry_graph, "geometry/feature_graph_pairs", W[0, 0])


def check_clusters(D, fractions, measure, half=HALF_WIDTH, at_least=THREE_TIMES, because=FAR_ABOVE):
    """How each seed's dimensionalities gather at fractions, D of shape (point, seed, feature)."""
    for name in fractions:
        measure(
            f"share of the D_i within {3 * half:.2g} of {name} that are within {half:.2g}, smooth: 1/3",
            [gathered(D[:, seed], FRACTIONS[name], half) for seed in range(D.shape[1])],
            paper=None,
            at_least=at_least,
            because=because,
        )


@claim(
    "GEO-4",
    "Dimensionalities D_i cluster at 1/2 and 0, far above a smooth spread.",
    source=FRACTIONAL,
)
def test_dimensionalities_cluster_at_fractions(trained, measure, draw):
    sweep = trained(paper.uniform_superposition)
    places, D_star = curve(sweep)
    D = geometry.dimensionality(sweep.W)
    for half in (HALF_WIDTH / 2, HALF_WIDTH, 2 * HALF_WIDTH):
        check_clusters(D.numpy(), ("1/2", "0"), measure, half)
    even = np.random.default_rng(0).uniform(size=D[:, 0].shape)
    measure.exact(
        "largest such share at any fraction, of as many values at random between 0 and 1",
        max(gathered(even, fraction) for fraction in FRACTIONS.values()),
        paper=SMOOTH,
        within=THREE_TIMES - SMOOTH,
        because="where there are no clusters, none are found",
    )
    shown = [int(np.abs(places - place).argmin()) for place in (1.8, 3, 4.2, 5, 7)]
    draw(
        figures.uniform.feature_dimensionality,
        "geometry/feature_dimensionality",
        places,
        D_star,
        D[:, :1],
        {float(places[point]): sweep.W[point, 0] for point in shown},
    )


@claim(
    "GEO-4",
    "Dimensionalities D_i cluster at 2/5 and 3/8 in the same sweep, far above a smooth spread.",
    source=FRACTIONAL,
    not_replicated="The sweep is trained too briefly for these: the D_i of pentagons and antiprisms are "
    "smeared by pairs and larger components that interfere with them weakly.",
)
def test_dimensionalities_cluster_at_sparse_fractions(trained, measure):
    D = geometry.dimensionality(trained(paper.uniform_superposition).W).numpy()
    check_clusters(D, ("2/5", "3/8"), measure)


@claim(
    "GEO-4",
    "Dimensionalities D_i cluster at 2/3 and 2/5.",
    source=FRACTIONAL,
    reading="A cluster is read as more than a smooth spread, by whatever factor, after longer training than "
    "the sweep's: for 2/3 with 64 features in 9 dimensions at 1/(1-S) from 1.4 to 1.6, for 2/5 with 150 in "
    "12 from 4 to 8.",
)
def test_dimensionalities_cluster_at_two_thirds_and_two_fifths(trained, measure, draw):
    dense, long = trained(paper.uniform_dense), long_competition(trained)
    for name, sweep in (("2/3", dense), ("2/5", long)):
        check_clusters(
            geometry.dimensionality(sweep.W).numpy(),
            (name,),
            measure,
            at_least=SMOOTH,
            because=MORE_THAN_SMOOTH,
        )
    places, D_star = curve(dense)
    draw(
        figures.uniform.feature_dimensionality,
        "geometry/feature_dimensionality_dense",
        places,
        D_star,
        geometry.dimensionality(dense.W),
        {float(places[point]): dense.W[point, 0] for point in sorted({0, len(places) - 1})},
    )


@claim(
    "GEO-4",
    "Dimensionalities D_i cluster at 3/4, 2/3, 2/5 and 3/8 after long training, far above a smooth spread.",
    source=FRACTIONAL,
    not_replicated="At 2/3 and 2/5 there are about five times as many as a smooth spread would have, but "
    "not in every model. Tetrahedra form at 1/(1-S) of about 1.4, with D_i of 0.73, as features that are "
    "not represented keep small embeddings. Square antiprisms form in some models, with 0.374 among the D_i "
    "of larger components.",
)
def test_dimensionalities_cluster_at_all_fractions_after_long_training(trained, measure):
    dense, long = (
        geometry.dimensionality(sweep.W).numpy()
        for sweep in (trained(paper.uniform_dense), long_competition(trained))
    )
    for half in (HALF_WIDTH, 2 * HALF_WIDTH):
        check_clusters(dense, ("3/4", "2/3"), measure, half)
    check_clusters(long, ("2/5", "3/8"), measure)


@claim(
    "GEO-5", "The dimensionalities of all features add up to m when packed efficiently.", source=FRACTIONAL
)
def test_dimensionalities_add_up_to_the_dimensions(trained, measure):
    sweep = trained(paper.uniform_superposition)
    places, _ = curve(sweep)
    share = geometry.dimensionality(sweep.W[places >= 2.5]).sum(-1) / sweep.experiment.n_hidden
    measure(
        "sum of D_i over m, 1/(1-S) from 2.5 on, the mean",
        share.mean(0),
        paper=1,
        within=0.01,
        because="a hundredth of m, a third of one of 30 dimensions",
    )
    measure(
        "lowest sum of D_i over m at any of these densities",
        share.amin(0),
        paper=1,
        at_least=0.97,
        because="one of 30 dimensions",
    )


@claim(
    "GEO-6",
    "The interference graph falls apart into small components, each a known polytope.",
    source=STRUCTURES,
    reading="Read for the middle of the plateau at 1/2, 1/(1-S) = 3.2; and for pentagons at 1/(1-S) = 4.7, "
    "where they pack best by theory, with 150 features in 12 dimensions trained three times as long.",
)
def test_components_are_known_polytopes(trained, measure, draw):
    found = identified(trained(paper.uniform_plateau), [True])
    measure_components(measure, found, "middle of the plateau at 1/2")
    deviation = [
        np.mean(
            [
                abs(value - expected)
                for model in models
                for c in model
                if c.polytope is not None
                for value, expected in zip(np.sort(c.D), np.sort(c.polytope.dimensionalities), strict=True)
            ]
        )
        for models in found
    ]
    measure(
        "|D_i - its polytope's|, the mean",
        deviation,
        paper=0,
        at_most=0.0125,
        because="half of the distance of the nearest two fractions, 2/5 and 3/8",
    )
    long = long_competition(trained)
    at = np.isclose(1 / long.experiment.coordinates["density"], 4.7)
    pentagons = [sum(c.name == "pentagon" for c in model) for [model] in identified(long, at)]
    measure(
        "models with pentagons, 1/(1-S) = 4.7, trained long",
        torch.tensor(pentagons) > 0,
        paper=None,
        at_least=0.1,
        because=f"they occur where they pack best {NEAR_EXACT}: in one in ten models at least; random "
        "directions form none",
    )
    [models] = long.W[at]
    most = int(np.argmax(pentagons))
    draw(figures.uniform.geometry_graph, "geometry/feature_graph_pentagons", models[most])


@claim(
    "GEO-6",
    "The interference graph falls apart into small known polytopes over the whole sweep.",
    source=STRUCTURES,
    not_replicated="Only where pairs prevail. From 1/(1-S) of about 4.5 on a few large components without a "
    "name take over, and from 6 on one of nearly all features.",
)
def test_components_are_known_polytopes_over_the_whole_sweep(trained, measure):
    sweep = trained(paper.uniform_superposition)
    places, _ = curve(sweep)
    low, high = pairs_pack_best()
    for start, end in ((low, high), (high, 10.0)):
        chosen = (places >= start) & (places <= end * (1 + 1e-9))
        measure_components(measure, identified(sweep, chosen), f"1/(1-S) from {start:.2f} to {end:.2f}")


@claim(
    "GEO-7",
    "n does not matter while n >> m, and m only scales: D* agrees across sizes.",
    source=UNIFORM,
    reading="Read outside 1/(1-S) from 1.6 to 2.5, where D* falls from 1 to 1/2 and is still moving.",
)
def test_dimensions_per_feature_agree_across_sizes(trained, measure):
    base = trained(paper.uniform_superposition)
    places, D_star = curve(base)
    for index in range(2):
        other = trained(paper.uniform_of_size(index))
        size = f"n={other.experiment.n_features}, m={other.experiment.n_hidden}"
        theirs, values = curve(other)
        mine = D_star[[int(np.abs(places - place).argmin()) for place in theirs]]
        reference = means_of_groups(mine, values.shape[-1])
        difference = (values / reference).log().abs()[(theirs < 1.6) | (theirs > 2.5)]
        measure(
            f"{size}: |log ratio| of D* to the largest model's, the mean",
            difference.mean(0),
            paper=0,
            at_most=0.1,
            because="agreement within 10%, where D* itself falls by a factor of 4 over the sweep",
        )
        measure(
            f"{size}: |log ratio| of D* to the largest model's, largest",
            difference.amax(0),
            paper=0,
            at_most=0.25,
            because="as for the rescaled picture of basic results; one feature more or less is a few percent",
        )


@claim(
    "GEO-10",
    "Longer training gives cleaner fractions.",
    source="comment-pressure",
    reading="For 150 features in 12 dimensions, over 1/(1-S) from 4 to 8.",
)
def test_longer_training_gives_cleaner_fractions(trained, measure):
    shares = [clean_shares(trained(paper.competition(paper.PRESSURES[-1], steps))) for steps in paper.LENGTHS]
    asked = (1, "features in known polytopes"), *((2, kind) for kind in shares[0])
    for length, kind in asked:
        measure(
            f"gain of {kind}, {paper.LENGTHS[length]} steps over {paper.LENGTHS[0]}, all densities",
            (shares[length][kind] - shares[0][kind]).mean(0),
            paper=None,
            at_least=0.05,
            because=CLEANER,
        )


@claim(
    "GEO-10",
    "More features competing give cleaner fractions, above all at high sparsity.",
    source="comment-pressure",
    not_replicated="Not at every level of either. In 12 dimensions, 150 features take D_i at the fractions "
    "more often than 60 do at 1/(1-S) of 4 to 5.4, in some seeds; at 8 all features join in one component, "
    "however many compete. And 30, which are all represented, form more known polytopes than either.",
)
def test_pressure_gives_cleaner_fractions(trained, measure):
    for few, many in (*pairwise(paper.PRESSURES), (paper.PRESSURES[0], paper.PRESSURES[-1])):
        measure_gains(measure, trained, few, many, paper.COMPETITION_INVERSE_DENSITIES)


def curve(sweep):
    """1/(1-S) of each point, increasing, and D* of shape (point, seed)."""
    return 1 / sweep.experiment.coordinates["density"], geometry.dimensions_per_feature(sweep.W)


def measure_stickiness(measure, places, D_star, near):
    """Measure over how wide a range D* is near 1/2, against a curve without steps."""
    smooth = ((1 + near) / (1 - near)) ** (1 / np.log10(4))
    measure(
        f"factor of 1/(1-S) over which D* stays within {near:.2g} of 1/2, relatively",
        [end / start for start, end in sticky_ranges(places, D_star, 0.5, near)],
        paper=None,
        at_least=smooth**2,
        because="a power that falls from 1 at 1/(1-S) = 1 to 0.25 at 10, without steps, stays so over "
        f"a factor of {smooth:.2f}; wide is twice that in the logarithm. Between points D* is a line",
    )


def sticky_ranges(places, D_star, value, near=NEAR):
    """Ends of the longest range of 1/(1-S) in which D*, between points a line, is near a value."""
    fine = np.geomspace(places[0], places[-1], 2000)
    curves = [np.interp(np.log(fine), np.log(places), D) for D in D_star.T.numpy()]
    return [longest_range(np.abs(D / value - 1) <= near, fine) for D in curves]


def long_competition(trained):
    """The largest number of features that compete, trained the longest."""
    return trained(paper.competition(paper.PRESSURES[-1], paper.LENGTHS[-1]))


def pairs_pack_best():
    """Ends of the range of 1/(1-S) in which, for n much larger than m, pairs pack best by theory."""
    return packing.takeover("triangle", "digon", 1.5, 1.6), packing.takeover("digon", "pentagon", 4, 5)


def plateau(sweep):
    """Ends of the middle third, in the logarithm, of the range of 1/(1-S) in which D* is near 1/2."""
    places, D_star = curve(sweep)
    [(low, high)] = sticky_ranges(places, D_star.mean(1, keepdim=True), 0.5)
    return low ** (2 / 3) * high ** (1 / 3), low ** (1 / 3) * high ** (2 / 3)


def identified(sweep, chosen):
    """Components of the models at the chosen points, a list for each seed."""
    points = np.flatnonzero(chosen)
    return [[components.identify(W) for W in sweep.W[points, seed]] for seed in range(sweep.experiment.seeds)]


def measure_components(measure, found, where):
    """Measure whether components are known polytopes, and small."""
    measure(
        f"share of represented features whose component is a known polytope, {where}",
        [known_share(models) for models in found],
        paper=1,
        at_least=0.9,
        because="nine in ten; of random directions none are",
    )
    measure(
        f"features in a component, as a feature sees it, the mean, {where}",
        [
            np.mean([len(c.features) for model in models for c in model for _ in c.features])
            for models in found
        ],
        paper=None,
        at_most=8,
        because="small is at most the square antiprism's 8, the largest that the paper names; a graph that "
        "does not fall apart has all of 60",
    )


def measure_gains(measure, trained, few, many, inverse_densities):
    """Measure how much cleaner many features are than few, by polytopes and by fractions."""
    sweeps = [trained(paper.competition(n, paper.LENGTHS[-1])) for n in (few, many)]
    places, _ = curve(sweeps[0])
    shares = [clean_shares(sweep) for sweep in sweeps]
    for inverse in inverse_densities:
        point = int(np.abs(places - inverse).argmin())
        for kind, share in shares[1].items():
            measure(
                f"gain of {kind}, {many} features over {few}, 1/(1-S) = {inverse:g}",
                share[point] - shares[0][kind][point],
                paper=None,
                at_least=0.05,
                because=CLEANER,
            )


def known_share(models):
    """Share of the represented features of identified models whose component is a known polytope."""
    sizes = [(len(c.features), c.polytope is not None) for model in models for c in model]
    if not sizes:
        pytest.fail("no model represents any feature")
    return sum(size for size, named in sizes if named) / sum(size for size, _ in sizes)


@cache
def clean_shares(sweep):
    """Shares of represented features in known polytopes, and with D_i at a fraction, (point, seed)."""
    W, fractions = sweep.W, torch.tensor([f for f in FRACTIONS.values() if f > 0], dtype=torch.float64)
    named = [[known_share([components.identify(one)]) for one in point] for point in W]
    off = (geometry.dimensionality(W)[..., None] - fractions).abs().amin(-1)
    there = geometry.represented(W)
    return {
        "features in known polytopes": torch.tensor(named, dtype=torch.float64),
        "features with D_i at a fraction": ((off < HALF_WIDTH) & there).sum(-1) / there.sum(-1),
    }
