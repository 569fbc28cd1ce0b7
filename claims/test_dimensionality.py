"""The geometry of uniform superposition: the fraction of a dimension that each feature gets."""

import numpy as np

import figures.uniform
from claims.harness import Measure, TrainedModels, claim
from tms import paper
from tms.analysis import geometry
from tms.analysis.clusters import FRACTIONS, HALF_WIDTH, SMOOTH, THREE_TIMES, gathered
from tms.analysis.plateaus import curve
from tms.training import Trained

FRACTIONAL = "geometry-dimensionality"
FAR_ABOVE = "three times as dense as its two flanks; a smooth spread gathers a third"
MORE_THAN_SMOOTH = "a smooth spread gathers a third; more of them are a cluster"


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
        check_clusters(measure, D.numpy(), ("1/2", "0"), half)
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
    contradicted="The sweep is trained too briefly for these: the D_i of pentagons and antiprisms are "
    "smeared by pairs and larger components that interfere with them weakly.",
)
def test_dimensionalities_cluster_at_sparse_fractions(trained, measure):
    D = geometry.dimensionality(trained(paper.uniform_superposition).W).numpy()
    check_clusters(measure, D, ("2/5", "3/8"))


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
            measure,
            geometry.dimensionality(sweep.W).numpy(),
            (name,),
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
    contradicted="At 2/3 and 2/5 there are about five times as many as a smooth spread would have, but "
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
        check_clusters(measure, dense, ("3/4", "2/3"), half)
    check_clusters(measure, long, ("2/5", "3/8"))


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


def check_clusters(
    measure: Measure,
    D: np.ndarray,
    fractions: tuple[str, ...],
    half: float = HALF_WIDTH,
    at_least: float = THREE_TIMES,
    because: str = FAR_ABOVE,
) -> None:
    """Measure how each seed's dimensionalities, shape (point, seed, feature), gather at fractions."""
    for name in fractions:
        measure(
            f"share of the D_i within {3 * half:.2g} of {name} that are within {half:.2g}, smooth: 1/3",
            [gathered(D[:, seed], FRACTIONS[name], half) for seed in range(D.shape[1])],
            paper=None,
            at_least=at_least,
            because=because,
        )


def long_competition(trained: TrainedModels) -> Trained:
    """The largest number of features that compete, trained the longest."""
    return trained(paper.competition(paper.PRESSURES[-1], paper.LENGTHS[-1]))
