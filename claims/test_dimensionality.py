"""The geometry of uniform superposition: the fraction of a dimension that each feature gets."""

from typing import Final

import figures.dimensionalities
import figures.uniform
from claims.harness import Measure, TrainedModels, claim, note
from tms import paper
from tms.analysis import geometry
from tms.analysis.clusters import FRACTIONS, THREE_TIMES, fractions_up_to, gathered, lines, meetings
from tms.analysis.plateaus import curve
from tms.analysis.sweeps import independent_sweeps, nearest_point

FRACTIONAL: Final = "geometry-dimensionality"
STRUCTURES: Final = "geometry-structures"
FAR_ABOVE: Final = (
    "three times as dense as the rest of the values that are nearer to it than to any other fraction up to "
    "eighths; a smooth spread has a third of them there"
)
SMALL: Final = 12
"""Largest denominator of a small fraction."""
PLATEAUS: Final = (1.45, 1.65, 3.0, 4.2, 4.7, 6.0)
"""1/(1-S) of the models that are drawn: where single features, triangles, pairs, pairs and pentagons,
pentagons, and larger components prevail."""


@claim(
    "GEO-4",
    "Dimensionalities D_i cluster at 1/2, 2/5 and 0, far above a smooth spread.",
    source=FRACTIONAL,
)
def test_dimensionalities_cluster_at_fractions(trained, measure, draw):
    sweep = trained(paper.uniform_superposition)
    check_clusters(measure, trained, ("1/2", "2/5", "0"))
    D = geometry.dimensionality(sweep.W)
    places, D_star = curve(sweep)
    shown = sorted({nearest_point(sweep, "density", 1 / place) for place in PLATEAUS})
    draw(
        figures.uniform.feature_dimensionality,
        "geometry/feature_dimensionality",
        places,
        D_star,
        D[:, :1],
        {float(places[point]): sweep.W[point, 0] for point in shown},
    )
    found = lines(D, SMALL, at_least=D.shape[1] * 5)
    new = {str(each): float(each) for each in found if float(each) not in FRACTIONS.values()}
    draw(figures.dimensionalities.histogram, "geometry/dimensionalities", D.flatten(), FRACTIONS, new)


@claim("GEO-4", "Dimensionalities D_i cluster at 3/8.", source=FRACTIONAL)
def test_dimensionalities_cluster_at_three_eighths(trained, measure):
    check_clusters(measure, trained, ("3/8",))


@claim("GEO-4", "Dimensionalities D_i cluster at 2/3.", source=FRACTIONAL)
def test_dimensionalities_cluster_at_two_thirds(trained, measure):
    check_clusters(measure, trained, ("2/3",))


@claim("GEO-4", "Dimensionalities D_i cluster at 3/4.", source=FRACTIONAL)
def test_dimensionalities_cluster_at_three_quarters(trained, measure):
    check_clusters(measure, trained, ("3/4",))


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
    "There is no line at 3/5; instead of triangular bipyramids, triangles at 2/3 occur beside pairs at 1/2.",
    source=STRUCTURES,
)
def test_triangles_and_pairs_occur_together(trained, measure):
    parts = independent_sweeps(trained(paper.uniform_superposition))
    measure(
        "share of the D_i in the cell of 3/5 that are in its window",
        [gathered(part.D, 3 / 5) for part in parts],
        paper=None,
        at_most=THREE_TIMES,
        because="a line is three times as dense as its surroundings, which is this share",
    )
    measure(
        "models of each sweep with a triangle's D_i at 2/3 and a pair's at 1/2",
        [float(meetings(part.D, {2 / 3: 3, 1 / 2: 2}).sum()) for part in parts],
        paper=None,
        at_least=0.5,
        because="they occur together: in one model or more in most sweeps",
    )


@claim("GEO-12", "There are no lines at other fractions than those of the paper.", source=STRUCTURES)
def test_no_other_lines(trained, measure):
    parts = independent_sweeps(trained(paper.uniform_superposition))
    found = [{float(each) for each in lines(part.D, 8, at_least=10)} for part in parts]
    known = set(FRACTIONS.values())
    measure(
        "lines at other fractions up to eighths, in each sweep",
        [float(len(each - known)) for each in found],
        paper=0,
        at_most=0.5,
        because="none, in most sweeps",
    )
    measure(
        "lines at the paper's fractions, in each sweep",
        [float(len(each & known)) for each in found],
        paper=5,
        at_least=1,
        because="where there are no lines at all, it says nothing that others are missing",
    )


@note("GEO-12", "How densely D_i gather at each fraction up to twelfths.", source=STRUCTURES)
def test_gathering_at_every_small_fraction(trained, measure):
    parts = independent_sweeps(trained(paper.uniform_superposition))
    for fraction in fractions_up_to(SMALL):
        if 1 / 4 <= fraction <= 3 / 4:
            measure(
                f"share of the D_i in the cell of {fraction} that are in its window, smooth: 1/3",
                [gathered(part.D, float(fraction), SMALL) for part in parts],
            )


def check_clusters(measure: Measure, trained: TrainedModels, fractions: tuple[str, ...]) -> None:
    """Measure how the dimensionalities of independent sweeps gather at fractions."""
    parts = independent_sweeps(trained(paper.uniform_superposition))
    for name in fractions:
        measure(
            f"share of the D_i in the cell of {name} that are in its window, smooth: 1/3",
            [gathered(part.D, FRACTIONS[name]) for part in parts],
            paper=None,
            at_least=THREE_TIMES,
            because=FAR_ABOVE,
        )
