"""Non-uniform superposition: a pentagon of which one feature becomes denser or sparser."""

import numpy as np
import torch
from torch import Tensor

import figures.nonuniform
from claims.harness import claim, note
from tms import paper
from tms.analysis import geometry, pentagon
from tms.analysis.crossing import crossing, log_slope
from tms.analysis.exact_losses import exactly_best, trial_losses
from tms.analysis.nothing_to_measure import require
from tms.analysis.pentagon import (
    NORMS,
    VARIED,
    departure_among_pentagons,
    is_pentagon,
    is_two_digons,
    kinds,
    neighbour_angle,
)
from tms.analysis.sweeps import point_at
from tms.training import Trained

SOURCE = "geometry-perturb"
SMALL_ANGLE = "3 degrees are small in a figure, and a sixth of the 18 from a pentagon's corner to a square's"
STEP = np.log(10) / 20
"""Step of the paper profile's densities, in the logarithm."""
SAME_NORM = 0.02
"""Two norms agree within 2%, the precision at which the paper's figures show one beside the unit circle."""


@claim("NONU-1", "Five features of equal importance and density form a regular pentagon.", source=SOURCE)
def test_equal_features_form_a_regular_pentagon(trained, measure):
    sweep = trained(paper.perturbed_pentagon)
    uniform = point_at(sweep, "relative_density", 1)
    W = exactly_best(sweep).W[uniform]
    unequal = (geometry.angular_gaps(W) - 72).abs().amax(-1)
    measure(
        "largest deviation of an angle between neighbours from 72",
        unequal,
        paper=0,
        at_most=3,
        because=SMALL_ANGLE,
        unit="degrees",
    )
    norms = geometry.norms(W)
    measure(
        "longest embedding over the shortest, less 1",
        norms.amax(-1) / norms.amin(-1) - 1,
        paper=0,
        at_most=SAME_NORM,
        because="norms within 2%, the precision at which the paper's figures show one",
    )
    single = is_pentagon(sweep.trial_parameters["W"][uniform])
    measure(
        "single runs that end in a pentagon",
        single.double().mean(-1),
        paper=None,
        at_least=0.5,
        because="a typical run does what most runs do",
    )


@claim(
    "NONU-2",
    "The other features move away from a denser feature and towards a sparser one, smoothly.",
    source=SOURCE,
)
def test_pentagon_gives_way_to_the_denser_feature(trained, measure, draw):
    sweep = trained(paper.perturbed_pentagon)
    relative, best = relative_density(sweep), exactly_best(sweep)
    angle = neighbour_angle(best.W)
    moved = "1 degree is 10 times what training leaves undecided in this angle"
    away, towards = {"at_least": 1}, {"at_most": -1}
    for density, side in ((10**0.5, away), (10, away), (10**-0.5, towards)):
        at = int(np.abs(np.log(relative / density)).argmin())
        measure(
            f"angle to the neighbours over 72, at relative density {density:.3g}",
            angle[at] - 72,
            paper=None,
            **side,
            because=moved,
            unit="degrees",
        )
    around = is_pentagon(best.W).all(1).numpy()
    require(
        around.sum() > 4, "a cubic curve needs more than four densities at which all seeds have a pentagon"
    )
    smooth = np.polynomial.Polynomial.fit(np.log(relative[around]), angle[around].mean(1).numpy(), 3)
    residual = (angle[around] - torch.from_numpy(smooth(np.log(relative[around])))[:, None]).abs()
    measure(
        "largest departure of that angle from one cubic curve, among pentagons",
        residual.amax(0),
        paper=0,
        at_most=2,
        because="smoothly: a snap from a pentagon's angle to a square's is 18 degrees, 9 on either side of "
        "a curve",
        unit="degrees",
    )
    draw(
        figures.nonuniform.pentagon_row,
        "nonuniform/pentagon",
        best.W[:, 0],
        relative,
        kinds(best.W[:, 0]),
    )


@claim(
    "NONU-3",
    "Made sparse enough, the pentagon snaps to two digons with the sparse feature at zero.",
    source=SOURCE,
)
def test_sparse_feature_makes_the_pentagon_snap_to_two_digons(trained, measure):
    sweep = trained(paper.perturbed_pentagon)
    relative, best = relative_density(sweep), exactly_best(sweep)
    norms = geometry.norms(best.W)
    measure(
        "norm of the sparse feature, at relative density 0.1",
        norms[0, :, 0],
        paper=0,
        at_most=0.1,
        because="represented and not represented are norms near 1 and near 0; a tenth is near 0",
    )
    measure(
        "least antipodal of the other four: its lowest cosine",
        geometry.antipode(best.W)[0, :, 1:].amax(-1),
        paper=-1,
        within=0.01,
        because="a cosine of -0.99 is 8 degrees off, small in a figure and far from a pentagon's 144 degrees",
    )
    measure(
        "largest step of the sparse feature's norm along the sweep",
        norms[..., 0].diff(dim=0).abs().amax(0),
        paper=1,
        at_least=0.5,
        because="a snap is half of the way from 0 to 1 in one step of the sweep, or more",
    )
    single = is_two_digons(sweep.trial_parameters["W"][0], absent=VARIED)
    measure(
        "single runs that end in two digons, at relative density 0.1",
        single.double().mean(-1),
        paper=None,
        at_least=0.5,
        because="a typical run does what most runs do",
    )
    digons, pentagons = lowest_by_kind(sweep)
    critical = crossing(relative, digons, pentagons)
    measure(
        "critical relative density",
        critical,
        paper=None,
        between=(0.1, 1),
        because="where the losses of the two geometries cross; between the uniform case, a pentagon, and the "
        "sparse end of the sweep",
    )
    measure(
        "the same over that of the exact minima of both geometries, logarithm",
        np.log(critical / exact_critical_density()),
        paper=0,
        within=STEP,
        because="the resolution of the paper's sweep, 41 densities from 0.1 to 10",
    )


@claim(
    "NONU-4",
    "The loss curves of the two geometries cross there: the change is first order.",
    source=SOURCE,
)
def test_loss_curves_of_the_geometries_cross(trained, measure, draw):
    sweep = trained(paper.perturbed_pentagon)
    relative = relative_density(sweep)
    digons, pentagons = lowest_by_kind(sweep)
    critical = crossing(relative, digons, pentagons)
    require(np.isfinite(critical).all(), "two digons give way to a pentagon in too few seeds")
    near = np.abs(np.log(relative / np.mean(critical))) < 0.65
    slopes = [log_slope(relative[near], curve[near]) for curve in (digons, pentagons)]
    measure(
        "drop of the lowest loss's slope at the crossing, as a share of it",
        1 - slopes[1] / slopes[0],
        paper=None,
        at_least=0.1,
        because="slopes of either geometry's losses within a factor of 1.9 of the critical density; a "
        "transition of higher order has no drop, and a tenth is far beyond what fitting a line leaves",
    )
    below = int(np.flatnonzero(relative < np.mean(critical))[-1])
    W = sweep.trial_parameters["W"]
    for name, losing in (
        ("pentagons, just below", is_pentagon(W[below])),
        ("two digons, just above", is_two_digons(W[below + 1], absent=VARIED)),
    ):
        measure(
            f"single runs that end in the geometry that is not optimal: {name}",
            losing.double().mean(-1),
            paper=None,
            at_least=0.05,
            because="at a first-order change both are minima on both sides, and more than a stray run finds "
            "the higher one",
        )
    losses, names = trial_losses(sweep).flatten(1), kinds(W.flatten(1, 2))
    draw(
        figures.nonuniform.loss_by_geometry,
        "nonuniform/loss_by_geometry",
        relative,
        losses,
        names,
        curves=pentagon.curves_by_kind(relative, losses, names),
        critical=(critical.min(), critical.max()),
    )


AS_WRITTEN, *OTHERS, COMPENSATING = NORMS
EQUAL = "an equation holds if its sides agree within 2%, the precision at which a figure shows a norm"


@claim(
    "NONU-5",
    "In pentagons a slight negative bias goes with norms of 1 / (1 - b_i).",
    source=SOURCE,
    contradicted="As written the equation makes norms shorter than 1 where b is negative, and they are "
    "longer: its two sides are 36% apart.",
)
def test_pentagon_norms_compensate_the_bias_as_written(trained, measure):
    measure(
        f"mean relative difference of ||W_i|| from {AS_WRITTEN}",
        departure_among_pentagons(exactly_best(trained(paper.perturbed_pentagon)), NORMS[AS_WRITTEN]),
        paper=0,
        at_most=SAME_NORM,
        because=EQUAL,
    )


@note("NONU-5", "How near the equation comes with b_i subtracted, or with squared norms.", source=SOURCE)
def test_other_signs_and_squares_of_the_compensating_norm(trained, measure):
    best = exactly_best(trained(paper.perturbed_pentagon))
    for name in OTHERS:
        measure(
            f"mean relative difference of ||W_i|| from {name}", departure_among_pentagons(best, NORMS[name])
        )


@claim(
    "NONU-5",
    "In pentagons a slight negative bias goes with norms that compensate it.",
    source=SOURCE,
    reading="To compensate is read as: x_i = 1 alone comes out as 1, for which the square of the norm is 1 "
    "- b_i with a bias b_i that is added. This is not the paper's equation with any sign or square, but "
    "agrees with one of them to first order in b_i.",
)
def test_pentagon_norms_compensate_the_bias_in_another_reading(trained, measure):
    best = exactly_best(trained(paper.perturbed_pentagon))
    around = is_pentagon(best.W).all(1)
    measure(
        "mean bias",
        best.b[around].double().mean((0, -1)),
        paper=None,
        between=(-0.5, -0.05),
        because="slight is less than half of a feature's range, negative is below what rounding would make",
    )
    measure(
        f"mean relative difference of ||W_i|| from {COMPENSATING}",
        departure_among_pentagons(best, NORMS[COMPENSATING]),
        paper=0,
        at_most=SAME_NORM,
        because=EQUAL,
    )


def relative_density(sweep: Trained) -> np.ndarray:
    """Density of the varied feature over that of the others, at each point."""
    return sweep.experiment.coordinates["relative_density"]


def lowest_by_kind(sweep: Trained) -> tuple[Tensor, Tensor]:
    """Lowest exact loss of each seed's two digons, the varied feature at zero, and of its pentagons."""
    return pentagon.lowest_by_kind(sweep.trial_parameters["W"], trial_losses(sweep))


def exact_critical_density() -> float:
    """Relative density at which the exact minima of two digons and of a pentagon are equal."""
    features = paper.perturbed_pentagon("quick").features
    return pentagon.exact_critical_density(features, density=0.05, low=0.18, high=0.4)
