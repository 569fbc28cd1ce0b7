"""Introduction: five features in two dimensions, from dense to sparse."""

import numpy as np

import figures.introduction
from claims.harness import claim, note
from tms import paper
from tms.analysis import geometry
from tms.analysis.geometry import ANTIPODAL
from tms.analysis.sweeps import point_at

ORTHOGONAL = "a pair at an angle other than 90 degrees by 3 degrees has a cosine of 0.05"
NOT_EMBEDDED = "represented and not represented are norms near 1 and near 0; a tenth is near 0"
NORM_ONE = "a norm of 1 within 2%, the precision at which the paper's figure shows it on the unit circle"


@claim(
    "INTRO-1",
    "Dense features: the two most important get orthogonal dimensions of norm 1, the rest are not embedded.",
    source="",
)
def test_dense_features_get_orthogonal_dimensions(trained, measure, draw):
    sweep = trained(paper.introduction)
    W = sweep.W[point_at(sweep, "density", 1.0)]
    norms = geometry.norms(W)
    measure("norm of the most important", norms[:, 0], paper=1, within=0.02, because=NORM_ONE)
    measure("norm of the second", norms[:, 1], paper=1, within=0.02, because=NORM_ONE)
    cosine = geometry.cosines(W)[:, 0, 1].abs()
    measure("|cosine| of the two", cosine, paper=0, at_most=0.05, because=ORTHOGONAL)
    largest = norms[:, 2:].amax(-1)
    measure("largest norm of the other three", largest, paper=0, at_most=0.1, because=NOT_EMBEDDED)
    draw(
        figures.introduction.embeddings_row,
        "introduction/embeddings",
        sweep.W[:, 0],
        sweep.experiment.coordinates["density"],
        sweep.experiment.importance[0],
    )


@claim(
    "INTRO-2",
    "At 80% sparsity the four most important features are two antipodal pairs, the fifth is not embedded.",
    source="",
)
def test_at_80_percent_sparsity_two_antipodal_pairs(trained, measure):
    sweep = trained(paper.introduction)
    W = sweep.W[point_at(sweep, "density", 0.2)]
    cosines = geometry.cosines(W[:, :4])
    measure(
        "least antipodal of the four: its lowest cosine",
        cosines.amin(-1).amax(-1),
        paper=-1,
        within=0.01,
        because="a cosine of -0.99 is 8 degrees off, small in a figure and far from a pentagon's 144 degrees",
    )
    across = cosines.abs().sort(-1).values[..., :2].amax((-2, -1))
    measure("largest |cosine| across the pairs", across, paper=0, at_most=0.05, because=ORTHOGONAL)
    fifth = geometry.norms(W)[:, 4]
    measure("norm of the fifth", fifth, paper=0, at_most=0.1, because=NOT_EMBEDDED)


@claim(
    "INTRO-3",
    "At 90% sparsity and beyond all five features form a pentagon, with positive interference.",
    source="",
)
def test_from_90_percent_sparsity_a_pentagon(trained, measure):
    sweep = trained(paper.introduction)
    density = sweep.experiment.coordinates["density"]
    W = sweep.W[density <= 0.1 + 1e-9]
    smallest = geometry.norms(W).amin((0, -1))
    measure(
        "smallest norm of the five",
        smallest,
        paper=1,
        at_least=0.9,
        because="all five are embedded: at most a tenth short of 1, as not embedded is a tenth above 0",
    )
    gaps = geometry.angular_gaps(W)
    measure(
        "widest angle between neighbours",
        gaps.amax((0, -1)),
        paper=72,
        between=(72, 84),
        because="72 degrees is regular, 90 a square with one feature missing; importances of 0.9^i pull it a "
        "little apart, and 84 is two thirds of the way to the square",
        unit="degrees",
    )
    cosines = geometry.cosines(W)
    neighbours = cosines.sort(-1).values[..., -3:-1].amin((0, -2, -1))
    measure(
        "lowest cosine of neighbours",
        neighbours,
        paper=np.cos(np.deg2rad(72)),
        at_least=0.1,
        because="positive interference: neighbours of a pentagon have a cosine of 0.31, of a square 0, and "
        "84 degrees between them make 0.1",
    )


@note("INTRO-2", "How often a single training ends in two antipodal pairs.", source="")
def test_how_often_a_single_training_ends_in_two_pairs(trained, measure):
    sweep = trained(paper.introduction)
    W = sweep.trial_parameters["W"][point_at(sweep, "density", 0.2)]
    two_pairs = (geometry.cosines(W[..., :4, :]).amin(-1) < ANTIPODAL).all(-1)
    measure(
        "share of trials with two pairs of the four most important features",
        (two_pairs & (geometry.norms(W)[..., 4] <= 0.1)).double().mean(-1),
    )


@note("INTRO-3", "How often a single training ends in a pentagon.", source="")
def test_how_often_a_single_training_ends_in_a_pentagon(trained, measure):
    sweep = trained(paper.introduction)
    for density in (0.1, 0.05):
        W = sweep.trial_parameters["W"][point_at(sweep, "density", density)]
        pentagon = (geometry.norms(W).amin(-1) >= 0.9) & (geometry.angular_gaps(W).amax(-1) <= 84)
        measure(f"share of trials with a pentagon, at density {density:g}", pentagon.double().mean(-1))
