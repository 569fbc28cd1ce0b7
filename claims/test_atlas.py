"""The atlas: the geometry of the best small models, a size and a density at a time."""

from statistics import mode

import numpy as np
from torch import Tensor

from claims.harness import Measure, TrainedModels, claim, note
from figures.atlas import atlas
from tms import paper
from tms.analysis import components, exact_optima, geometry, polytopes
from tms.analysis.components import tegum_name
from tms.analysis.sweeps import of_lowest_loss, point_at

SOURCE = "geometry-structures"

SHOWN = (5.0, 20.0, 100.0)
"""1/(1-S) in the figure."""
POLYGONS = ("pentagon", "hexagon", "heptagon", "octagon", "nonagon")
THOMSON = {
    **{(n, 2): name for n, name in zip(range(5, 10), POLYGONS, strict=True)},
    (3, 2): "triangle",
    (4, 2): "digon + digon",
    (4, 3): "tetrahedron",
    (5, 3): "triangle + digon",
    (6, 3): "digon + digon + digon",
    (7, 3): "pentagon + digon",
    (8, 3): "square antiprism",
    (9, 3): "tricapped prism",
}
"""Solutions of the Thomson problem for n points on a circle or a sphere, in tegum factors, by (n, m)."""


@note(
    "GEO-8",
    "Which of the best small models are known polytopes and their tegum products.",
    source=SOURCE,
)
def test_best_small_models_are_known_polytopes(trained, measure, draw):
    inverse_densities = 1 / trained(paper.atlas(3, 2)).experiment.coordinates["density"]
    for inverse in inverse_densities:
        names = {
            size: [tegum_name(W) for W in atlas_weights(trained, *size, inverse)]
            for size in paper.ATLAS_SIZES
        }
        known = [
            [
                all(c.polytope is not None for c in components.identify(W))
                for W in atlas_weights(trained, *size, inverse)
            ]
            for size in paper.ATLAS_SIZES
        ]
        measure(
            f"sizes whose best model is made of known polytopes, 1/(1-S) = {inverse:g}",
            np.mean(known, axis=0),
        )
        measure(
            f"sizes whose best model is the one that most seeds find, 1/(1-S) = {inverse:g}",
            np.mean([[name == mode(each) for name in each] for each in names.values()], axis=0),
        )
        solved = [[name == THOMSON[size] for name in each] for size, each in names.items()]
        measure(
            f"sizes whose best model is the solution of the Thomson problem, 1/(1-S) = {inverse:g}",
            np.mean(solved, axis=0),
        )
    for n, m in ((4, 2), (5, 2), (6, 2), (9, 3)):
        measure(
            f"D_i of {n} features in {m} dimensions, 1/(1-S) = 20, the mean; m/n is {m / n:.3f}",
            geometry.dimensionality(atlas_weights(trained, n, m, 20)).mean(-1),
        )
    best = {
        (n, m, float(inverse)): of_lowest_loss(
            trained(paper.atlas(n, m)), point_at(trained(paper.atlas(n, m)), "density", 1 / inverse)
        )
        for n, m in paper.ATLAS_SIZES
        for inverse in SHOWN
        if np.isclose(inverse, inverse_densities).any()
    }
    draw(atlas, "geometry/atlas", best)


@claim(
    "GEO-8",
    "Eight features alone in three dimensions have the paper's D_i of 3/8.",
    source=SOURCE,
    contradicted="They form a square antiprism, but not at the height at which it is a tight frame: the "
    "mean D_i stays about 0.005 below 3/8.",
)
def test_eight_features_in_three_dimensions_have_three_eighths(trained, measure):
    D = geometry.dimensionality(atlas_weights(trained, 8, 3, 20))
    measure(
        "D_i of 8 features in 3 dimensions, 1/(1-S) = 20, the mean",
        D.mean(-1),
        paper=3 / 8,
        within=0.002,
        because="as near as digons and pentagons come to their fractions",
    )
    measure(
        "largest of these D_i less the smallest",
        D.amax(-1) - D.amin(-1),
        paper=0,
        at_most=0.025,
        because="all eight have the fraction: they differ by less than 3/8 and its nearest neighbour, 2/5",
    )


@claim(
    "GEO-8",
    "Three equally important and equally sparse features are best stored as an equilateral triangle.",
    source=SOURCE,
    reading="Alone in two dimensions, at densities from 0.9 to 0.6, by the exact optimum.",
)
def test_three_features_alone_are_best_a_triangle(measure):
    measure_triangles(measure, (0.9, 0.8, 0.7, 0.6))


@claim(
    "GEO-8",
    "Three equally important and equally sparse features are best stored as an equilateral triangle, and "
    "four as a tetrahedron, where they are sparse.",
    source=SOURCE,
    contradicted="From a density of 0.5 down they are best a digon beside dedicated dimensions. Where many "
    "features compete, triangles and tetrahedra give way to digons at about the same density.",
)
def test_simplices_alone_where_features_are_sparse(trained, measure):
    measure_triangles(measure, (0.5, 0.2, 0.05))
    for (n, m), name in {(3, 2): "triangle", (4, 3): "tetrahedron"}.items():
        for inverse in (5, 20):
            measure(
                f"best models of {n} features in {m} dimensions that are a {name}, 1/(1-S) = {inverse}",
                np.array([tegum_name(W) == name for W in atlas_weights(trained, n, m, inverse)], dtype=float),
                paper=1,
                at_least=0.5,
                because="the optimum, in more than half of the seeds",
            )


def measure_triangles(measure: Measure, densities: tuple[float, ...]) -> None:
    """Measure how far the exact optima of three features in two dimensions are from a triangle."""
    [triangle] = [p for p in polytopes.known() if p.name == "triangle"]
    optima = exact_optima.three_equal_features(densities)
    for density, W in zip(densities, optima, strict=True):
        measure.exact(
            f"Gram distance of the exact optimum from a triangle, density {density:g}",
            polytopes.gram_distance(W @ W.T, triangle),
            paper=0,
            at_most=0.01,
            because="equilateral but for rounding and the search; a digon beside a dedicated dimension has "
            "0.3 and more",
        )


def atlas_weights(trained: TrainedModels, n: int, m: int, inverse_density: float) -> Tensor:
    """Best models of n features in m dimensions at a density, shape (seed, feature, hidden)."""
    sweep = trained(paper.atlas(n, m))
    return sweep.W[point_at(sweep, "density", 1 / inverse_density)]
