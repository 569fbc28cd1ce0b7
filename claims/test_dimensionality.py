"""The geometry of uniform superposition: the fraction of a dimension that each feature gets."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

import figures.dimensionalities
import figures.uniform
from claims.harness import Measure, TrainedModels, claim, note
from tms import paper, theory
from tms.analysis import geometry
from tms.analysis.clusters import (
    FRACTIONS,
    SMOOTH,
    THREE_TIMES,
    at_first_by_model,
    counted,
    fractions_up_to,
    gathered_by_model,
    lines,
    smooth_share_at_first,
)
from tms.analysis.plateaus import curve
from tms.analysis.sweeps import independent_sweeps, nearest_point
from tms.training import Trained

FRACTIONAL: Final = "geometry-dimensionality"
STRUCTURES: Final = "geometry-structures"
FAR_ABOVE: Final = (
    "three times as dense as the rest of the values that are nearer to it than to any other fraction up to "
    "eighths; a smooth spread has a third of them there"
)
MORE: Final = (
    "a smooth spread has a third of the values that are nearer to it than to any other fraction up to "
    "eighths there; a cluster has more"
)
SMALL: Final = 12
"""Largest denominator of a small fraction."""
DENSER: Final = "A cluster is denser than a smooth spread, by whatever factor."
FACTOR: Final = "With a share s in the window, it is 2 s / (1 - s) times as dense as the rest."
NO_POLYTOPE: Final = ("4/7", "3/5", "5/8", "5/7")
"""The fractions up to eighths between 1/2 and 3/4 that are not those of a polytope without factors."""
PLATEAUS: Final = (1.45, 1.65, 3.0, 4.2, 4.7, 6.0)
"""1/(1-S) of the models that are drawn: where single features, triangles, pairs, pairs and pentagons,
pentagons, and larger components prevail."""


@claim("GEO-4", "Dimensionalities D_i cluster at 1/2 and 0, far above a smooth spread.", source=FRACTIONAL)
def test_dimensionalities_cluster_at_one_half_and_zero(trained, measure, draw):
    sweep = trained(paper.uniform_superposition)
    check_clusters(measure, by_density(sweep), ("1/2", "0"), THREE_TIMES, FAR_ABOVE)
    D = geometry.dimensionality(sweep.W)
    places, D_star = curve(sweep)
    shown = sorted({nearest_point(sweep, "density", 1 / place) for place in PLATEAUS})
    draw(
        figures.uniform.feature_dimensionality,
        "geometry/feature_dimensionality",
        places,
        D_star,
        D,
        {float(places[point]): sweep.W[point, 0] for point in shown},
    )
    found = lines(D, SMALL, at_least=D.shape[1] * 5)
    new = {str(each): float(each) for each in found if float(each) not in FRACTIONS.values()}
    draw(figures.dimensionalities.histogram, "geometry/dimensionalities", D.flatten(), FRACTIONS, new)


@claim("GEO-4", "Dimensionalities D_i cluster at 2/3.", source=FRACTIONAL, reading=f"{DENSER} {FACTOR}")
def test_dimensionalities_cluster_at_two_thirds(trained, measure):
    check_clusters(measure, of_all_models(trained), ("2/3",), SMOOTH, MORE)


@claim("GEO-4", "Dimensionalities D_i cluster at 2/5.", source=FRACTIONAL, reading=f"{DENSER} {FACTOR}")
def test_dimensionalities_cluster_at_two_fifths(trained, measure):
    check_clusters(measure, of_all_models(trained), ("2/5",), SMOOTH, MORE)


@claim(
    "GEO-4",
    "Dimensionalities D_i cluster at 3/8.",
    source=FRACTIONAL,
    reading=f"{DENSER} Pairs that share fewer dimensions than they need have D_i from 0.34 to 0.47, "
    "different in each model, and smear the surroundings of 3/8.",
    inconclusive="In 432 models of 30 dimensions the share is 0.35 [0.29, 0.41], that of a smooth spread. "
    "Training has reached the loss of the best packing to 0.1% there: pentagons, square antiprisms and "
    "larger components are equally good, so models mix them. More models cannot tell a smooth spread from "
    "one that is hardly denser. In the smoke profile one antiprism more or less decides.",
    profiles=("smoke", "paper"),
)
def test_dimensionalities_cluster_at_three_eighths(trained, measure):
    check_clusters(measure, of_all_models(trained), ("3/8",), SMOOTH, MORE)


@claim(
    "GEO-4",
    "Dimensionalities D_i cluster at 3/4.",
    source=FRACTIONAL,
    contradicted="Hardly any feature has 3/4. Tetrahedra pack best in a narrow range only, and models do not "
    "find them. Single features whose direction many small embeddings share have D_i from 0.68 to 0.74.",
)
def test_dimensionalities_cluster_at_three_quarters(trained, measure):
    sweep = trained(paper.uniform_superposition)
    check_clusters(measure, by_density(sweep), ("3/4",), SMOOTH, MORE)
    measure.count(
        "features with D_i in the window of 3/4, in each sweep",
        [counted(part.D, 3 / 4)[0] for part in independent_sweeps(sweep)],
        paper=None,
        at_least=4,
        because="a line needs features on it: those of one tetrahedron at least, at any of the densities",
    )


@note(
    "GEO-4",
    "The largest D_i between the plateaus at 1 and 1/2, and that of a single feature among small embeddings.",
    source=FRACTIONAL,
)
def test_largest_dimensionality_between_the_plateaus(trained, measure):
    sweep = trained(paper.uniform_superposition)
    places, _ = curve(sweep)
    chosen = (places >= 1.4) & (places <= 1.9)
    largest = geometry.dimensionality(sweep.W[chosen]).amax(-1).numpy()
    alone = [theory.lone_feature(1 / place).dimensionality for place in places[chosen]]
    measure("largest D_i in each model, 1/(1-S) from 1.4 to 1.9", largest.flatten())
    measure(
        "the same less that of a single feature by theory, for n much larger than m",
        (largest - np.array(alone)[:, None]).flatten(),
    )


@claim(
    "GEO-5", "The dimensionalities of all features add up to m when packed efficiently.", source=FRACTIONAL
)
def test_dimensionalities_add_up_to_the_dimensions(trained, measure):
    sweep = trained(paper.uniform_superposition)
    n, m = sweep.experiment.n_features, sweep.experiment.n_hidden
    packed = [
        (part.D.sum(-1)[part.inverse_density >= 2.5] / m, part.D_star[part.inverse_density >= 2.5])
        for part in independent_sweeps(sweep)
    ]
    measure(
        "sum of D_i over m, 1/(1-S) from 2.5 on, the mean",
        [shares.mean() for shares, _ in packed],
        paper=1,
        within=0.01,
        because="a hundredth of m, a third of one of 30 dimensions",
    )
    measure(
        "lowest sum of D_i over m at any of these densities",
        [shares.min() for shares, _ in packed],
        paper=1,
        at_least=0.97,
        because="one of 30 dimensions",
    )
    measure(
        "lowest D* at any of these densities, in units of m/n",
        [D_star.min() / (m / n) for _, D_star in packed],
        paper=None,
        at_least=1.5,
        because="features that all share all dimensions equally add up to m, too, with 1; packed are those "
        "of which at least a third are left out",
    )


@claim(
    "GEO-12",
    "There is no line at 3/5, for triangular bipyramids, but at 2/3 and 1/2, for their factors.",
    source=STRUCTURES,
)
def test_bipyramids_split_into_their_factors(trained, measure):
    D = of_all_models(trained)
    measure(
        "share of the D_i at 3/5 or 2/3 that are at 3/5, smooth: 0.375",
        at_first_by_model(D, 3 / 5, 2 / 3),
        paper=0,
        at_most=smooth_share_at_first(3 / 5, 2 / 3),
        because="a line at 3/5 in place of one at 2/3 would have them all; a smooth spread would put as many "
        "there as the windows are wide",
    )
    measure(
        f"share of the D_i in the cells of {', '.join(NO_POLYTOPE)} that are in their windows, smooth: 1/3",
        gathered_by_model(D, [float(Fraction(name)) for name in NO_POLYTOPE]),
        paper=None,
        at_most=THREE_TIMES,
        because="with a share of 3/5, windows are three times as dense as the rest, which makes a line",
    )
    check_clusters(measure, D, ("2/3", "1/2"), SMOOTH, MORE)


@note(
    "GEO-12",
    "How densely D_i gather at each fraction up to twelfths, those of the paper and others.",
    source=STRUCTURES,
    reading="Pairs can share fewer dimensions than there are pairs. N pairs in d dimensions then have D_i = "
    "d / 2N each, such as 15/32 for 16 in 15, or 3/7 for 21 in 18: these fractions "
    "differ from model to model.",
)
def test_gathering_at_every_small_fraction(trained, measure):
    D = of_all_models(trained)
    for fraction in fractions_up_to(SMALL):
        if 1 / 4 <= fraction <= 3 / 4:
            measure(
                f"share of the D_i in the cell of {fraction} that are in its window, smooth: 1/3",
                gathered_by_model(D, [float(fraction)], SMALL),
            )


def check_clusters(
    measure: Measure,
    D: Sequence[NDArray[np.float64]],
    fractions: Sequence[str],
    at_least: float,
    because: str,
) -> None:
    """Measure whether the dimensionalities of the models of all densities gather at fractions."""
    for name in fractions:
        measure(
            f"share of the D_i in the cell of {name} that are in its window, smooth: 1/3",
            gathered_by_model(D, [float(Fraction(name))]),
            paper=None,
            at_least=at_least,
            because=because,
        )


def of_all_models(trained: TrainedModels) -> list[NDArray[np.float64]]:
    """D_i of the models of each density, with the further densities where small fractions are due."""
    return [
        *by_density(trained(paper.uniform_superposition)),
        *by_density(trained(paper.uniform_at_fractions)),
    ]


def by_density(sweep: Trained) -> list[NDArray[np.float64]]:
    """D_i of the models of each density, shape (model, feature)."""
    return list(geometry.dimensionality(sweep.W).numpy())
