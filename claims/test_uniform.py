"""The geometry of uniform superposition: dimensions per feature, from dense to sparse."""

import numpy as np
from torch import Tensor

import figures.uniform
from claims.harness import Measure, claim
from tms import paper
from tms.analysis import geometry
from tms.analysis.means import means_of_groups
from tms.analysis.packing import pairs_pack_best
from tms.analysis.plateaus import curve, middle_third, sticky_ranges

UNIFORM = "geometry-uniform"
STICKY = (
    "a curve without steps that falls by a power from 1 at 1/(1-S) = 1 to 0.25 at 10 stays within 5% of a "
)
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
        [end / start for start, end in sticky_ranges(places, D_star, 1.0, NEAR)],
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
    [whole] = sticky_ranges(places, D_star.mean(1, keepdim=True), 0.5, NEAR)
    ends = np.log(middle_third(whole))
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
            [ends[position] for ends in sticky_ranges(places, D_star, 0.5, NEAR)],
            paper=None,
            between=pairs_pack_best(),
            because=f"triangles pack better below and pentagons above, {NEAR_EXACT}",
        )


@claim(
    "GEO-2",
    "Dimensions per feature stick at 1/2 over a wide range, whatever counts as near.",
    source=UNIFORM,
    contradicted="Within 5% it is wide against a curve without steps. Within 2.5% it is not, as D* falls "
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


def measure_stickiness(measure: Measure, places: np.ndarray, D_star: Tensor, near: float) -> None:
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
