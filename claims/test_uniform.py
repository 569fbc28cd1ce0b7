"""The geometry of uniform superposition: dimensions, fractions of dimensions, and polytopes."""

import numpy as np
import pytest
import torch
from scipy.linalg import block_diag

import figures.geometry
from claims.claim import claim, identity
from tms import geometry, paper, polytopes
from tms.clusters import FRACTIONS, excess, longest_range

UNIFORM = "geometry-uniform"
FRACTIONAL = "geometry-dimensionality"
STRUCTURES = "geometry-structures"
PLATEAU = (2.6, 3.4)
"""Densities 1/(1-S) in the middle of the paper's plateau at 1/2."""
STICKY = (
    "a curve without steps that falls by a power from 1 at 1/(1-S) = 1 to 0.25 at 10 stays within 5% of a "
)
FAR_ABOVE = "three times the neighbourhood's density; a smooth spread has once that, whose logarithm is 0"


@pytest.fixture(autouse=True)
def _at_a_size_that_has_baselines(profile):
    if profile == "paper":
        pytest.skip("400 features at 55 densities take over 10 minutes, and have no baselines yet; use quick")


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
    draw(figures.geometry.dimensions_per_feature, "geometry/dimensions_per_feature", places, D_star)


@claim("GEO-2", "Dimensions per feature stick at 1/2 over a wide range of sparsity.", source=UNIFORM)
def test_dimensions_per_feature_stick_at_one_half(trained, measure):
    sweep = trained(paper.uniform_superposition)
    places, D_star = curve(sweep)
    measure(
        f"D* on the plateau, 1/(1-S) from {PLATEAU[0]:g} to {PLATEAU[1]:g}, the mean",
        D_star[on_plateau(places)].mean(0),
        paper=1 / 2,
        within=0.025,
        because="5% of 1/2, which is 3 of the 60 features that 30 dimensions hold as pairs",
    )
    ranges = sticky_ranges(places, D_star, 0.5)
    measure(
        "factor of 1/(1-S) over which D* stays within 5% of 1/2",
        [end / start for start, end in ranges],
        paper=None,
        at_least=1.35,
        because=STICKY + "value over a factor of 1.18; wide is twice that in the logarithm",
    )
    for position, name in enumerate(("lower", "upper")):
        measure(
            f"{name} end of that range of 1/(1-S)",
            [ends[position] for ends in ranges],
            paper=None,
            between=(1.75, 5),
            because="pairs beat dedicated dimensions from 1/(1-S) = 7/4 on, where their closed forms cross, "
            "and pentagons beat pairs from about 4.8 on",
        )


@claim("GEO-3", "On the 1/2 plateau the represented features are exact antipodal pairs.", source=UNIFORM)
def test_features_on_the_plateau_are_antipodal_pairs(trained, measure, draw):
    sweep = trained(paper.uniform_superposition)
    places, _ = curve(sweep)
    W = sweep.W[on_plateau(places)]
    there = geometry.represented(W)
    lowest = torch.where(there, geometry.antipode(W), 0.0)
    measure(
        "lowest cosine of a represented feature, the mean",
        (lowest.sum((0, -1)) / there.sum((0, -1))),
        paper=-1,
        within=0.005,
        because="exact but for the noise of training: -0.995 is 6 degrees",
    )
    measure(
        "share of represented features that have an antipode below -0.99",
        ((lowest < -0.99).sum((0, -1)) / there.sum((0, -1))),
        paper=1,
        at_least=0.95,
        because="the features are pairs: at most 1 in 20, of about 60, is anything else",
    )
    norms = geometry.norms(W)
    partner = norms.gather(-1, geometry.cosines(W).argmin(-1))
    ratio = torch.where(there, (norms / partner - 1).abs(), 0.0).sum((0, -1)) / there.sum((0, -1))
    measure(
        "difference of the norms in a pair, as a share",
        ratio,
        paper=0,
        at_most=0.05,
        because="exactly the negative of the other, within 5%",
    )
    middle = int(np.abs(places - 3).argmin())
    draw(figures.geometry.geometry_graph, "geometry/feature_graph_pairs", sweep.W[middle, 0])


def check_clusters(D, fractions, measure):
    """Excess of pooled dimensionalities at fractions, D of shape (point, seed, feature)."""
    for name in fractions:
        logs = [np.log(excess(D[:, seed], FRACTIONS[name])) for seed in range(D.shape[1])]
        measure(
            f"log of the excess of D_i at {name} over a smooth spread",
            logs,
            paper=None,
            at_least=np.log(3),
            because=FAR_ABOVE,
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
    check_clusters(D.numpy(), ("1/2", "0"), measure)
    shown = [int(np.abs(places - place).argmin()) for place in (1.8, 3, 4.2, 5, 7)]
    draw(
        figures.geometry.feature_dimensionality,
        "geometry/feature_dimensionality",
        places,
        D_star,
        D[:, :1],
        {float(places[point]): sweep.W[point, 0] for point in shown},
    )


@claim(
    "GEO-4",
    "Dimensionalities D_i cluster at 2/5, far above a smooth spread.",
    source=FRACTIONAL,
    reading="With 150 features in 12 dimensions at 1/(1-S) = 4 and 4.2, trained three times as long. In "
    "the sweep pentagons form, but D_i of weakly interfering pairs fill the space around 2/5.",
)
def test_dimensionalities_cluster_at_two_fifths(trained, measure):
    sweep = trained(paper.training_length(paper.LENGTHS[-1]))
    places, _ = curve(sweep)
    D = geometry.dimensionality(sweep.W[places < 4.5])
    check_clusters(D.numpy(), ("2/5",), measure)


@claim(
    "GEO-4",
    "Dimensionalities D_i cluster at 3/8, far above a smooth spread.",
    source=FRACTIONAL,
    not_replicated="Square antiprisms form, but seldom alone: at 1/(1-S) of about 5 pairs and pentagons that "
    "interfere weakly take any D_i from 0.35 to 0.4, and the antiprisms' do not stand out from them.",
)
def test_dimensionalities_cluster_at_three_eighths(trained, measure):
    check_clusters(geometry.dimensionality(trained(paper.uniform_superposition).W).numpy(), ("3/8",), measure)


@claim(
    "GEO-4",
    "Dimensionalities D_i cluster at 2/3, far above a smooth spread.",
    source=FRACTIONAL,
    reading="With 100 features in 9 dimensions, trained on 16 times as many inputs: what lies between 1 and "
    "1/2 forms late, and shorter training leaves it smeared.",
)
def test_dimensionalities_cluster_at_two_thirds(trained, measure, draw):
    sweep = trained(paper.uniform_dense)
    places, D_star = curve(sweep)
    D = geometry.dimensionality(sweep.W)
    check_clusters(D.numpy(), ("2/3",), measure)
    draw(
        figures.geometry.feature_dimensionality,
        "geometry/feature_dimensionality_dense",
        places,
        D_star,
        D,
        {float(places[point]): sweep.W[point, 0] for point in sorted({0, len(places) - 1})},
    )


@claim(
    "GEO-4",
    "Dimensionalities D_i cluster at 3/4, far above a smooth spread.",
    source=FRACTIONAL,
    not_replicated="Tetrahedra form at 1/(1-S) of about 1.4 after long training, but their D_i are 0.73 to "
    "0.74: the features that are not represented keep small embeddings, which take the rest.",
)
def test_dimensionalities_cluster_at_three_quarters(trained, measure):
    check_clusters(geometry.dimensionality(trained(paper.uniform_dense).W).numpy(), ("3/4",), measure)


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
    reading="Read for 1/(1-S) from 2.5 to 3.5, where digons prevail, and for pentagons to 5. Beyond, a few "
    "large components without a name take over.",
)
def test_components_are_known_polytopes(trained, measure, draw):
    sweep = trained(paper.uniform_superposition)
    places, _ = curve(sweep)
    chosen = np.flatnonzero((places >= 2.5) & (places <= 3.5))
    found = [[polytopes.identify(W) for W in sweep.W[chosen, seed]] for seed in range(sweep.experiment.seeds)]
    measure(
        "share of represented features whose component is a known polytope",
        [known_share(models) for models in found],
        paper=1,
        at_least=0.9,
        because="nine in ten; of random directions none are",
    )
    measure(
        "features in a component, as a feature sees it, the mean",
        [
            np.mean([len(c.features) for model in models for c in model for _ in c.features])
            for models in found
        ],
        paper=None,
        at_most=8,
        because="small is at most the square antiprism's 8, the largest that the paper names; a graph that "
        "does not fall apart has all of 60",
    )
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
    later = np.flatnonzero((places > 3.5) & (places <= 5.0))
    every = [
        [c.name for point in later for c in polytopes.identify(sweep.W[point, seed])]
        for seed in range(sweep.experiment.seeds)
    ]
    measure(
        "pentagons in a model, 1/(1-S) from 3.5 to 5, the mean",
        [names.count("pentagon") / len(later) for names in every],
        paper=None,
        at_least=0.1,
        because="they occur: one in ten models at least; random directions form none",
    )
    pentagons = int(np.abs(places - 4.2).argmin())
    draw(figures.geometry.geometry_graph, "geometry/feature_graph_pentagons", sweep.W[pentagons, 0])


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
        mine = D_star[[int(np.abs(places - place).argmin()) for place in theirs]].mean(1, keepdim=True)
        difference = (values / mine).log().abs()[(theirs < 1.6) | (theirs > 2.5)]
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


ALIKE = {
    (3, 2): "digon + dedicated",
    (4, 2): "digon + digon",
    (5, 2): "pentagon",
    (4, 3): "digon + dedicated + dedicated",
    (5, 3): "digon + digon + dedicated",
    (6, 3): "digon + digon + digon",
    (8, 3): "square antiprism",
}
ATLAS = {
    5: ALIKE
    | {(n, 2): "pentagon" for n in range(6, 10)}
    | {(7, 3): "pentagon + digon", (9, 3): "square antiprism"},
    20: ALIKE
    | {(n, 2): "hexagon" for n in range(6, 10)}
    | {(7, 3): "capped octahedron", (9, 3): "tricapped prism"},
}
"""Known polytopes of the best small models: solutions of the Thomson and Tammes problems."""


@claim(
    "GEO-8",
    "Beyond the paper: the best small models are known polytopes and their tegum products.",
    source=STRUCTURES,
)
def test_best_small_models_are_known_polytopes(trained, measure):
    for inverse, expected in ATLAS.items():
        right = [
            [formed(W) == name for W in atlas_weights(trained, n, m, inverse)]
            for (n, m), name in expected.items()
        ]
        measure(
            f"share of sizes whose best model is the expected polytope, 1/(1-S) = {inverse}",
            np.mean(right, axis=0),
            paper=None,
            at_least=0.75,
            because="three sizes in four: near a change of geometry one may be on its other side",
        )
    for (n, m), fraction in {(4, 2): 1 / 2, (5, 2): 2 / 5, (6, 2): 1 / 3, (9, 3): 1 / 3}.items():
        measure(
            f"D_i of {n} features in {m} dimensions, 1/(1-S) = 20, the mean",
            geometry.dimensionality(atlas_weights(trained, n, m, 20)).mean(-1),
            paper=fraction,
            within=0.005,
            because="m / n of a tight frame; a fifth of the distance of the nearest two fractions",
        )


@claim(
    "GEO-8",
    "Eight features alone in three dimensions have the paper's D_i of 3/8.",
    source=STRUCTURES,
    not_replicated="They form a square antiprism, but not at the height at which it is a tight frame: the "
    "mean D_i stays about 0.005 below 3/8.",
)
def test_eight_features_in_three_dimensions_have_three_eighths(trained, measure):
    W = atlas_weights(trained, 8, 3, 20)
    measure(
        "D_i of 8 features in 3 dimensions, 1/(1-S) = 20, the mean",
        geometry.dimensionality(W).mean(-1),
        paper=3 / 8,
        within=0.002,
        because="as near as digons and pentagons come to their fractions",
    )


@claim(
    "GEO-8",
    "Three features alone in two dimensions form a triangle, and four in three a tetrahedron.",
    source=STRUCTURES,
    not_replicated="From 1/(1-S) = 5 on, alone they form a digon beside dedicated dimensions, of lower loss. "
    "Triangles and tetrahedra appear where many features compete.",
)
def test_simplices_alone(trained, measure):
    for (n, m), name in {(3, 2): "triangle", (4, 3): "tetrahedron"}.items():
        for inverse in (5, 20):
            measure(
                f"best models of {n} features in {m} dimensions that are a {name}, 1/(1-S) = {inverse}",
                np.array([formed(W) == name for W in atlas_weights(trained, n, m, inverse)], dtype=float),
                paper=1,
                at_least=0.5,
                because="the optimum, in more than half of the seeds",
            )


@identity
@claim(
    "GEO-9",
    "Leverage scores add up to the rank of W exactly, and no D_i exceeds its feature's leverage score.",
    source="comment-zhang",
)
def test_leverage_scores(trained, measure):
    sweep = trained(paper.uniform_superposition)
    rng = np.random.default_rng(0)
    random = torch.from_numpy(rng.normal(size=(200, 20, 5)) * rng.uniform(0.1, 2, size=(200, 20, 1)))
    singular = random[:, :, :3] @ torch.from_numpy(rng.normal(size=(200, 3, 5)))
    for name, W in {"random": random, "random of rank 3": singular, "trained": sweep.W.double()}.items():
        scores, D = geometry.leverage(W), geometry.dimensionality(W)
        measure.exact(
            f"largest difference of the sum of leverage scores from the rank, {name} W",
            (scores.sum(-1) - torch.linalg.matrix_rank(W)).abs().max(),
            paper=0,
            at_most=1e-6,
            because="an identity, but for rounding; a rank is a whole number",
        )
        measure.exact(
            f"largest D_i less leverage score, {name} W",
            (D - scores).max(),
            paper=None,
            at_most=1e-9,
            because="an inequality (Cauchy and Schwarz), but for rounding",
        )
    tight = [torch.from_numpy(p.vertices) for p in polytopes.known() if p.name != "capped octahedron"]
    measure.exact(
        "largest difference of D_i from the leverage score, isotropic polytopes",
        max(float((geometry.dimensionality(W) - geometry.leverage(W)).abs().max()) for W in tight),
        paper=0,
        at_most=1e-9,
        because="equal where sum_j W_j W_j^T is a multiple of the identity, but for rounding",
    )
    measure.exact(
        "least of the largest differences, random W",
        (geometry.leverage(random) - geometry.dimensionality(random)).amax(-1).min(),
        paper=None,
        at_least=0.01,
        because="where features are not isotropic the two differ, or the inequality would say nothing",
    )


@claim(
    "GEO-10",
    "Longer training gives cleaner fractions.",
    source="comment-pressure",
)
def test_longer_training_gives_cleaner_fractions(trained, measure):
    share = [clean_share(trained(paper.training_length(steps))) for steps in paper.LENGTHS]
    for steps, clean in zip(paper.LENGTHS[1:], share[1:], strict=True):
        measure(
            f"gain of features in known polytopes, {steps} steps over {paper.LENGTHS[0]}",
            clean.mean(0) - share[0].mean(0),
            paper=None,
            at_least=0.05,
            because="cleaner: one feature more in 20 is in a polytope",
        )


@claim(
    "GEO-10",
    "More features competing give cleaner fractions at high sparsity.",
    source="comment-pressure",
    not_replicated="In 12 dimensions and at 1/(1-S) of 5 and more, 150 features end in fewer known polytopes "
    "than 30 do: all dimensions join in few large components, and D_i lie between the paper's fractions.",
)
def test_pressure_gives_cleaner_fractions(trained, measure):
    few, many = (trained(paper.pressure(n)) for n in (paper.PRESSURES[0], paper.PRESSURES[-1]))
    places, _ = curve(few)
    gain = clean_share(many) - clean_share(few)
    for point in range(1, len(places)):
        measure(
            f"gain of features in known polytopes, {paper.PRESSURES[-1]} features over {paper.PRESSURES[0]}, "
            f"1/(1-S) = {places[point]:g}",
            gain[point],
            paper=None,
            at_least=0.05,
            because="cleaner: one feature more in 20 is in a polytope",
        )


@claim(
    "GEO-11",
    "n basis vectors projected orthogonally to (1, ..., 1) form a regular simplex.",
    source=STRUCTURES,
)
def test_projected_basis_vectors_form_a_simplex(measure):
    sizes = range(2, 10)
    grams = [geometry.gram(torch.eye(n).double() - 1 / n).numpy() for n in sizes]
    measure.exact(
        "largest deviation of a Gram matrix from the simplex's, n = 2 to 9",
        max(
            np.abs(gram * n / (n - 1) - (np.eye(n) * n - 1) / (n - 1)).max()
            for n, gram in zip(sizes, grams, strict=True)
        ),
        paper=0,
        at_most=1e-12,
        because="exact but for rounding: norm 1 and all cosines -1/(n-1) at unit length",
    )
    measure.exact(
        "largest difference of rank and n - 1",
        max(abs(int(np.linalg.matrix_rank(gram)) - n + 1) for n, gram in zip(sizes, grams, strict=True)),
        paper=0,
        at_most=0,
        because="exactly one direction is not represented",
    )
    measure.exact(
        "largest deviation of D_i from (n - 1)/n",
        max(
            float((geometry.dimensionality(torch.eye(n).double() - 1 / n) - (n - 1) / n).abs().max())
            for n in sizes
        ),
        paper=0,
        at_most=1e-9,
        because="a simplex is uniform: n - 1 dimensions, shared equally",
    )


@claim("GEO-11", "A block-diagonal Gram matrix is a tegum product.", source=STRUCTURES)
def test_block_diagonal_gram_matrices_are_tegum_products(measure):
    factors = [p for p in polytopes.known() if p.size <= 8]
    rng = np.random.default_rng(0)
    wrong = 0
    deviation = 0.0
    for _ in range(20):
        drawn = [factors[i] for i in rng.integers(0, len(factors), size=3)]
        W = block_diag(*[p.vertices for p in drawn])
        W = rng.permutation(W @ np.linalg.qr(rng.normal(size=(W.shape[1],) * 2))[0])
        found = polytopes.identify(torch.from_numpy(W))
        wrong += sorted(c.name for c in found) != sorted(p.name for p in drawn)
        own = np.concatenate([p.dimensionalities for p in drawn])
        deviation = max(deviation, np.abs(np.sort(np.concatenate([c.D for c in found])) - np.sort(own)).max())
    measure.exact(
        "products of three random polytopes, turned and shuffled, that do not fall apart into them, of 20",
        wrong,
        paper=0,
        at_most=0,
        because="an identity",
    )
    measure.exact(
        "largest change of a D_i by the product",
        deviation,
        paper=0,
        at_most=1e-9,
        because="orthogonal factors do not interfere, but for rounding",
    )


def curve(sweep):
    """1/(1-S) of each point, increasing, and D* of shape (point, seed)."""
    return 1 / sweep.experiment.coordinates["density"], geometry.dimensions_per_feature(sweep.W)


def sticky_ranges(places, D_star, value):
    """Ends of the longest range of 1/(1-S) in which D*, between points a line, is within 5% of a value."""
    fine = np.geomspace(places[0], places[-1], 2000)
    curves = [np.interp(np.log(fine), np.log(places), D) for D in D_star.T.numpy()]
    return [longest_range(np.abs(D / value - 1) <= 0.05, fine) for D in curves]


def on_plateau(places):
    """Which points lie in the middle of the plateau at 1/2."""
    return (places >= PLATEAU[0]) & (places <= PLATEAU[1])


def atlas_weights(trained, n, m, inverse):
    """Best models of n features in m dimensions at a density, shape (seed, feature, hidden)."""
    sweep = trained(paper.atlas(n, m))
    [point] = np.flatnonzero(np.isclose(1 / sweep.experiment.coordinates["density"], inverse))
    return sweep.W[point]


def formed(W):
    """Names of the polytopes of one model, largest first."""
    return " + ".join(component.name for component in polytopes.identify(W))


def known_share(models):
    """Share of the represented features of identified models whose component is a known polytope."""
    sizes = [(len(c.features), c.polytope is not None) for model in models for c in model]
    if not sizes:
        pytest.fail("no model represents any feature")
    return sum(size for size, named in sizes if named) / sum(size for size, _ in sizes)


def clean_share(sweep):
    """Share of represented features in known polytopes, shape (point, seed)."""
    W = sweep.W
    return torch.tensor(
        [[known_share([polytopes.identify(W[p, s])]) for s in range(W.shape[1])] for p in range(W.shape[0])],
        dtype=torch.float64,
    )
