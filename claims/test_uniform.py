"""The geometry of uniform superposition: dimensions per feature, from dense to sparse."""

from typing import Final

import numpy as np

import figures.uniform
from claims.harness import TrainedModels, claim, note
from tms import paper
from tms.analysis import antipodes, geometry
from tms.analysis.means import means_of_groups
from tms.analysis.packing import pairs_pack_best
from tms.analysis.plateaus import curve, middle_half, slope, sticky_range
from tms.analysis.sweeps import independent_sweeps

UNIFORM: Final = "geometry-uniform"
SPAN: Final = (1.0, 10.0)
"""1/(1-S) of the sweep."""
NEAR: Final = 0.05
"""D* sticks at a value up to this share of it; a note asks half and twice of it."""
NEAR_EXACT: Final = "by theory, from the exact losses of both packings for n much larger than m"
STEADY: Final = (1 + NEAR) / (1 - NEAR)
SMOOTH: Final = STEADY ** (1 / np.log10(4))
"""Factor of 1/(1-S) over which a power that falls from 1 at 1 to 0.25 at 10 is within `NEAR` of a value."""


@claim("GEO-1", "Dimensions per feature, D* = m / ||W||^2, stick at 1 for dense features.", source=UNIFORM)
def test_dimensions_per_feature_stick_at_one(trained, measure, draw):
    sweep = trained(paper.uniform_superposition)
    curves = [(part.inverse_density, part.D_star) for part in independent_sweeps(sweep)]
    measure(
        "D* of dense features, 1/(1-S) from 1 to 1.4, the mean",
        [values[places <= 1.4].mean() for places, values in curves],
        paper=1,
        within=0.03,
        because="a deviation of 0.03 is one of the dimensions of the largest model",
    )
    measure(
        "1/(1-S) up to which D* stays within 5% of 1",
        [sticky_range(*each, 1.0, NEAR, SPAN)[1] for each in curves],
        paper=None,
        at_least=1.25,
        because="a curve without steps that falls by a power from 1 at 1/(1-S) = 1 to 0.25 at 10 leaves "
        "these 5% at 1.09; three times as far is 1.25",
    )
    places, values = curve(sweep)
    draw(figures.uniform.dimensions_per_feature, "geometry/dimensions_per_feature", places, values)


@claim("GEO-2", "Dimensions per feature stick at 1/2 over a wide range of sparsity.", source=UNIFORM)
def test_dimensions_per_feature_stick_at_one_half(trained, measure):
    sweep = trained(paper.uniform_superposition)
    curves = [(part.inverse_density, part.D_star) for part in independent_sweeps(sweep)]
    ranges = [sticky_range(*each, 0.5, NEAR, SPAN) for each in curves]
    measure(
        "factor of 1/(1-S) over which D* stays within 5% of 1/2",
        [high / low for low, high in ranges],
        paper=None,
        at_least=SMOOTH**2,
        because="a power that falls from 1 at 1/(1-S) = 1 to 0.25 at 10, without steps, stays so over a "
        f"factor of {SMOOTH:.2f}; wide is twice that in the logarithm",
    )
    places, values = curve(sweep)
    middle = middle_half(sticky_range(places, values.mean(1).numpy(), 0.5, NEAR, SPAN))
    measure(
        "slope of ln D* against ln 1/(1-S) over the middle half of that range",
        [slope(*each, middle) for each in curves],
        paper=0,
        within=0.3,
        because="a curve without steps has a slope of -0.6; half of it is nearer to none",
    )
    for position, name in enumerate(("lower", "upper")):
        measure(
            f"{name} end of the range of 1/(1-S) in which D* is within 5% of 1/2",
            [ends[position] for ends in ranges],
            paper=None,
            between=pairs_pack_best(),
            because=f"triangles pack better below and pentagons above, {NEAR_EXACT}",
        )


@note(
    "GEO-2",
    "Dimensions per feature stick at 1/2, if half or twice the distance counts as near.",
    source=UNIFORM,
)
def test_dimensions_per_feature_stick_at_one_half_whatever_is_near(trained, measure):
    for near in (NEAR / 2, 2 * NEAR):
        ranges = [
            sticky_range(part.inverse_density, part.D_star, 0.5, near, SPAN)
            for part in independent_sweeps(trained(paper.uniform_superposition))
        ]
        measure(
            f"factor of 1/(1-S) over which D* stays within {near:.1%} of 1/2",
            [high / low for low, high in ranges],
        )


@claim(
    "GEO-3",
    "On the 1/2 plateau the represented features are exact antipodal pairs.",
    source=UNIFORM,
    reading="In the middle half, in the logarithm, of the range of 1/(1-S) in which pairs pack best by "
    "theory: from 2.0 to 3.4.",
)
def test_features_on_the_plateau_are_antipodal_pairs(trained, measure, draw):
    sweep = trained(paper.uniform_superposition)
    places, _ = curve(sweep)
    low, high = middle_half(pairs_pack_best())
    there = np.flatnonzero((places >= low) & (places <= high))
    models = sweep.W[there].flatten(0, 1)
    measure(
        "lowest cosine of a represented feature, the median in each model",
        antipodes.median_lowest_cosine(models).nan_to_num(1),
        paper=-1,
        at_most=-0.995,
        because="exact but for the noise of training: -0.995 is 6 degrees. How many features are in a pair "
        "at all is asked apart",
    )
    measure(
        "share of represented features that have an antipode below -0.99, in each model",
        antipodes.share_in_pairs(models).nan_to_num(0),
        paper=1,
        at_least=0.95,
        because="the features are pairs: at most 1 in 20 is anything else",
    )
    measure(
        "difference of the norms in a pair, as a share, the median in each model",
        antipodes.median_norm_difference(models).nan_to_num(1),
        paper=0,
        at_most=0.05,
        because="exactly the negative of the other, within 5%",
    )
    draw(figures.uniform.geometry_graph, "geometry/feature_graph_pairs", sweep.W[there[len(there) // 2], 0])


@claim(
    "GEO-7",
    "n does not matter while n >> m, and m only scales: D* agrees across sizes, over the whole sweep.",
    source=UNIFORM,
)
def test_dimensions_per_feature_agree_across_sizes(trained, measure):
    for index in range(2):
        size, differences = differences_of_size(trained, index)
        measure(
            f"{size}: |log ratio| of D* to the largest model's, over models at all densities",
            differences.flatten(),
            paper=0,
            at_most=0.1,
            because="agreement within 10%, where D* itself falls by a factor of 4 over the sweep",
        )
        _, curves = curve(trained(paper.uniform_of_size(index)))
        measure(
            f"{size}: D* of the densest features over that of the sparsest",
            curves[0] / curves[-1],
            paper=4,
            at_least=2,
            because="there is a curve to agree on: half of its fall or more",
        )


@note("GEO-7", "How far D* of two sizes differs where it differs most.", source=UNIFORM)
def test_largest_difference_across_sizes(trained, measure):
    for index in range(2):
        size, differences = differences_of_size(trained, index)
        measure(f"{size}: |log ratio| of D* to the largest model's, largest", differences.max(0))


@claim(
    "GEO-13",
    "Where features are dense D* is 1, and yet no feature has a dimension of its own.",
    source=UNIFORM,
    reading="Dense is 1/(1-S) up to 1.1: a feature is absent at most once in ten inputs.",
)
def test_directions_are_arbitrary_where_features_are_dense(trained, measure):
    sweep = trained(paper.uniform_superposition)
    places, _ = curve(sweep)
    models = sweep.W[places <= 1.1].flatten(0, 1)
    n, m = models.shape[-2:]
    D = geometry.dimensionality(models)
    measure(
        "D* of dense features",
        geometry.dimensions_per_feature(models),
        paper=1,
        within=0.03,
        because="as in GEO-1: 0.03 is one of the dimensions of the largest model",
    )
    measure(
        "mean D_i over m/n",
        D.mean(-1) / (m / n),
        paper=1,
        within=0.05,
        because="all features share all dimensions: m/n each, but for 5%",
    )
    measure(
        "largest D_i in each model",
        D.amax(-1),
        paper=None,
        at_most=0.5,
        because="a feature with a dimension of its own has 1, and one of a pair has 1/2",
    )
    measure(
        "spread of the leverage scores over features, in units of that of a random subspace",
        geometry.leverage_spread(models),
        paper=1,
        at_most=2,
        because="a random subspace has 1; if m features had dimensions of their own it would be 5 or more at "
        "these sizes, and 14 at the paper's",
    )


def differences_of_size(trained: TrainedModels, index: int) -> tuple[str, np.ndarray]:
    """Name a size, and compare D* of each of its models with that of other models of the largest size."""
    places, mine = curve(trained(paper.uniform_superposition))
    other = trained(paper.uniform_of_size(index))
    theirs, values = curve(other)
    chosen = mine[[int(np.abs(places - place).argmin()) for place in theirs]]
    reference = means_of_groups(chosen, values.shape[-1])
    name = f"n={other.experiment.n_features}, m={other.experiment.n_hidden}"
    return name, (values / reference).log().abs().numpy()
