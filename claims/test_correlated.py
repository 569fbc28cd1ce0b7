"""Correlated and anticorrelated features: who is put beside, across from, or on top of whom."""

from functools import cache

import numpy as np
import torch

import figures.correlated
from claims.harness.judging.claim import claim
from tms import paper, theory
from tms.analysis import geometry
from tms.analysis.crossing import crossing, lowest_of_kind
from tms.analysis.sets import collapsed, pair_components, set_cosines

ORGANIZATION = "geometry-organization"
COLLAPSING = "geometry-collapsing"
EMBEDDED = "represented and not represented are norms near 1 and near 0; a tenth short of 1 is near 1"
ORTHOGONAL = "a pair at an angle other than 90 degrees by 3 degrees has a cosine of 0.05"
ANTIPODAL = "a cosine of -0.99 is 8 degrees off, small in a figure and far from the 90 of orthogonal features"
BESIDE = "neighbours in a hexagon have 60 degrees, the next corner 120: half way is 90"
MOST_RUNS = "a typical run does what most runs do"
WIDE = np.cos(np.deg2rad(72))
"""Cosine of 18 degrees from orthogonal: beyond it a single run's pair no longer counts as such."""
SEVERAL = 6
"""Models in a figure's row."""
SHOWN = (0.01, 0.06, 0.1, 0.2, 0.45, 0.9)
"""Densities in the figure of the collapse: before, between and after the collapses."""


@claim("CORR-1", "Two pairs of correlated features: correlated features are orthogonal.", source=ORGANIZATION)
def test_correlated_features_are_orthogonal(trained, measure, draw):
    sweep = trained(paper.correlated_pairs)
    W = exactly_best(sweep).W[0]
    measure_smallest_norm(measure, W)
    measure(
        "lowest loss: largest |cosine| of correlated features",
        set_cosines(W, pairs(sweep)).abs().amax(-1),
        paper=0,
        at_most=0.05,
        because=ORTHOGONAL,
    )
    single = sweep.trial_parameters["W"].flatten(0, 2)
    measure(
        "single runs in which correlated features are represented and orthogonal",
        all_represented(single) & (set_cosines(single, pairs(sweep)).abs() < WIDE).all(-1),
        paper=None,
        at_least=5 / 6,
        because="half way from chance to always: of the three ways to make two antipodal pairs of four, "
        "two put partners at right angles",
    )
    draw_row(draw, sweep, "correlated/correlated_2x2")


@claim(
    "CORR-2",
    "Two pairs of anticorrelated features: anticorrelated features are antipodal in the optimum.",
    source=ORGANIZATION,
)
def test_anticorrelated_features_are_antipodal_at_the_optimum(trained, measure, draw):
    sweep = trained(paper.anticorrelated_pairs)
    W = exactly_best(sweep).W[0]
    measure_smallest_norm(measure, W)
    measure(
        "lowest loss: highest cosine of anticorrelated features",
        set_cosines(W, pairs(sweep)).amax(-1),
        paper=-1,
        within=0.01,
        because=ANTIPODAL,
    )
    draw_row(draw, sweep, "correlated/anticorrelated_2x2")


@claim(
    "CORR-2",
    "Two pairs of anticorrelated features: anticorrelated features are antipodal in a typical run.",
    source=ORGANIZATION,
    not_replicated="Little more than a third of all single runs end so, and a third is what chance makes; "
    "the others end with anticorrelated features at right angles, at other rates of training too.",
)
def test_anticorrelated_features_are_antipodal_in_single_runs(trained, measure):
    sweep = trained(paper.anticorrelated_pairs)
    single = sweep.trial_parameters["W"].flatten(0, 2)
    there, cosines = all_represented(single), set_cosines(single, pairs(sweep))
    measure(
        "single runs in which anticorrelated features are antipodal",
        there & (cosines < -0.95).all(-1),
        paper=None,
        at_least=0.5,
        because=MOST_RUNS,
    )
    measure(
        "single runs in which anticorrelated features are orthogonal",
        there & (cosines.abs() < WIDE).all(-1),
        paper=None,
        at_most=0.5,
        because="if most runs have them antipodal, fewer than half can have them orthogonal",
    )


@claim(
    "CORR-3",
    "Three pairs of correlated features form a hexagon, partners side by side.",
    source=ORGANIZATION,
    reading="A hexagon is read as six directions that are nearer to a regular hexagon's than to a "
    "pentagon's with one pair collapsed.",
)
def test_three_correlated_pairs_form_a_hexagon(trained, measure, draw):
    sweep = trained(paper.three_correlated_pairs)
    W = exactly_best(sweep).W[0]
    gaps = geometry.angular_gaps(W)
    measure_smallest_norm(measure, W)
    measure(
        "lowest loss: narrowest angle between neighbours",
        gaps.amin(-1),
        paper=60,
        at_least=30,
        because="a hexagon has 60 degrees, a collapsed pair 0: half way is 30",
        unit="degrees",
    )
    measure(
        "lowest loss: widest angle between neighbours",
        gaps.amax(-1),
        paper=60,
        at_most=66,
        because="a hexagon has 60 degrees, a pentagon with one pair collapsed 72: half way is 66",
        unit="degrees",
    )
    measure(
        "lowest loss: widest angle between partners",
        partner_angles(W, sweep).amax(-1),
        paper=60,
        at_most=90,
        because=BESIDE,
        unit="degrees",
    )
    single = sweep.trial_parameters["W"].flatten(0, 2)
    measure(
        "single runs in which partners are side by side: positive interference, not negative",
        all_represented(single) & (set_cosines(single, pairs(sweep)) > 0).all(-1),
        paper=None,
        at_least=0.5,
        because=MOST_RUNS,
    )
    draw_row(draw, sweep, "correlated/correlated_3x2")


@claim(
    "CORR-3",
    "The hexagon of three pairs of correlated features is regular.",
    source=ORGANIZATION,
    not_replicated="Its angles alternate: partners are 64 degrees apart and features of different pairs 56, "
    "as partners are active together and interfere more.",
)
def test_the_hexagon_of_correlated_pairs_is_regular(trained, measure):
    sweep = trained(paper.three_correlated_pairs)
    measure(
        "lowest loss: largest deviation of an angle between neighbours from 60",
        (geometry.angular_gaps(exactly_best(sweep).W[0]) - 60).abs().amax(-1),
        paper=0,
        at_most=3,
        because="3 degrees are small in a figure, as for the regular pentagon",
        unit="degrees",
    )


@claim(
    "CORR-4",
    "Two correlated sets of ten in ten dimensions: orthogonal within a set, superposed across sets.",
    source="geometry-local-bases",
)
def test_correlated_sets_are_local_orthogonal_bases(trained, measure, draw):
    sweep = trained(paper.local_bases)
    sets, W = pairs(sweep), sweep.W[0]
    measure("smallest norm", geometry.norms(W).amin(-1), paper=1, at_least=0.9, because=EMBEDDED)
    measure(
        "largest |cosine| within a set",
        set_cosines(W, sets).abs().amax(-1),
        paper=0,
        at_most=0.05,
        because=ORTHOGONAL,
    )
    across = geometry.projections(W)[:, list(sets[0])][..., list(sets[1])] ** 2
    measure(
        "interference of a feature with the other set, mean",
        across.sum(-1).mean(-1),
        paper=None,
        at_least=0.5,
        because="superposed is half of an antipodal pair's 1, or more",
    )
    draw(figures.correlated.local_bases, "correlated/local_bases", W[0], set_numbers(sweep))


@claim(
    "CORR-5",
    "From sparse to dense, three correlated pairs collapse one after another to (a + b) / sqrt 2.",
    source=COLLAPSING,
)
def test_correlated_pairs_collapse_one_after_another(trained, measure, draw):
    sweep = trained(paper.collapsing_pairs)
    density, best = sweep.experiment.coordinates["density"], exactly_best(sweep)
    measure(
        "narrowest angle between partners, at density 0.01",
        partner_angles(best.W[0], sweep).amin(-1),
        paper=60,
        at_least=30,
        because="a hexagon has 60 degrees, a collapsed pair 0: half way is 30",
        unit="degrees",
    )
    measure(
        "widest angle between partners, at density 0.01",
        partner_angles(best.W[0], sweep).amax(-1),
        paper=60,
        at_most=90,
        because=BESIDE,
        unit="degrees",
    )
    # With independent features, at density 1, there are no partners.
    count = collapsed(best.W[density < 1], pairs(sweep)).sum(-1)
    order = torch.triu(torch.ones(len(count), len(count), dtype=torch.bool), diagonal=1)
    measure(
        "pairs of densities of which the denser has at least as many collapsed pairs",
        (count[None, :] >= count[:, None])[order].double().mean(0),
        paper=1,
        at_least=0.9,
        because="one after another: 1 is a number that never falls; a tenth is left to trials that all "
        "missed the optimum of a density",
    )
    densities = collapse_densities(sweep)
    for k, values in enumerate(densities, start=1):
        measure(
            f"density at which pair {k} collapses in the optimum",
            values,
            paper=None,
            between=(0.01, 0.9),
            because="where the lowest losses with and without it collapsed cross; between the sparse hexagon "
            "and the dense limit",
        )
    apart = "one after another: further apart than two neighbouring densities of the paper profile, 1.2"
    for k in (1, 2):
        measure(
            f"density at which pair {k + 1} collapses over that of pair {k}",
            densities[k] / densities[k - 1],
            paper=None,
            at_least=1.2,
            because=apart,
        )
    two = int(np.flatnonzero(np.isclose(density, 0.2))[0])
    plus, minus = pair_components(best.W[two], pairs(sweep))
    lost = minus.argsort(-1)[:, :2]
    measure(
        "where two have collapsed, at density 0.2: length of their (a + b) / sqrt 2",
        plus.gather(-1, lost).mean(-1),
        paper=1,
        within=0.05,
        because="a feature that has a dimension of its own has length 1; 5% as for Gram matrices",
    )
    measure(
        "where two have collapsed, at density 0.2: length of their (a - b) / sqrt 2",
        minus.gather(-1, lost).amax(-1),
        paper=0,
        at_most=0.1,
        because="ignored: represented and not represented are lengths near 1 and near 0; a tenth is near 0",
    )
    shown = [int(np.abs(np.log(density / p)).argmin()) for p in SHOWN]
    draw(
        figures.correlated.collapse_row,
        "correlated/collapse",
        best.W[shown, 0],
        density[shown],
        set_numbers(sweep),
    )


@claim(
    "CORR-5",
    "Single runs, too, collapse one pair after another.",
    source=COLLAPSING,
    reading="Beyond the paper, which does not tell optimum from single run: a pair has collapsed where the "
    "mean number of collapsed pairs of all single runs passes its number less a half.",
)
def test_single_runs_collapse_one_pair_after_another(trained, measure):
    sweep = trained(paper.collapsing_pairs)
    density = sweep.experiment.coordinates["density"]
    count = collapsed(sweep.trial_parameters["W"][density < 1], pairs(sweep)).sum(-1).double().mean(-1)
    passed = [first_passing(density[density < 1], count, k - 0.5) for k in (1, 2, 3)]
    for k, values in enumerate(passed, start=1):
        measure(
            f"density at which pair {k} has collapsed in single runs",
            values,
            paper=None,
            between=(0.01, 0.9),
            because="between the sparse hexagon and the dense limit",
        )
    measure(
        "density at which the last has collapsed over that of the first",
        passed[2] / passed[0],
        paper=None,
        at_least=1.5,
        because="one after another: two steps of two neighbouring densities of the paper profile, 1.2 each",
    )


@claim("CORR-6", "In the limit of dense features the solution is PCA.", source=COLLAPSING)
def test_dense_limit_is_principal_component_analysis(trained, measure):
    sweep = trained(paper.collapsing_pairs)
    density, best = sweep.experiment.coordinates["density"], exactly_best(sweep)
    covariance = theory.feature_covariance(sweep.experiment.features)
    loss, m = exact_loss(sweep), sweep.experiment.n_hidden
    for p in (0.9, 1.0):
        at = int(np.flatnonzero(np.isclose(density, p))[0])
        measure(
            f"lowest loss over that of PCA, at density {p:g}",
            loss[at].amin(-1) / float(theory.principal_loss(m, covariance[at])),
            paper=1,
            within=0.01,
            because="a loss reaches another if it is within 1% of it, as at the optima of the phase diagrams",
        )
        for name, W in (("lowest loss", best.W[at]), ("single runs, mean", sweep.trial_parameters["W"][at])):
            distance = principal_distance(W, covariance[at])
            measure(
                f"{name}: distance of the Gram matrix from the nearest of PCA, at density {p:g}",
                distance if distance.ndim == 1 else distance.mean(-1),
                paper=0,
                at_most=0.05,
                because="5% of the Gram matrix's own norm",
            )


def measure_smallest_norm(measure, W):
    """Measure that the models of lowest loss represent every feature."""
    measure(
        "lowest loss: smallest norm",
        geometry.norms(W).amin(-1),
        paper=1,
        at_least=0.9,
        because=EMBEDDED,
    )


def pairs(sweep):
    return sweep.experiment.features.sets


def set_numbers(sweep):
    numbers = np.zeros(sweep.experiment.n_features, dtype=int)
    for number, group in enumerate(pairs(sweep)):
        numbers[list(group)] = number
    return numbers


def all_represented(W):
    return geometry.represented(W).all(-1)


@cache
def exact_loss(sweep):
    """Expected loss of every trial, free of the noise of a held-out batch."""
    features, trials = sweep.experiment.features, sweep.trial_parameters
    quadrature = theory.Quadrature(features)
    W, b = trials["W"].numpy(), trials["b"].numpy()
    return torch.from_numpy(quadrature.loss(W, b, density=features.density[:, None, None]))


def exactly_best(sweep):
    return sweep.best_by(exact_loss(sweep))


def partner_angles(W, sweep):
    return torch.rad2deg(set_cosines(W, pairs(sweep)).clamp(-1, 1).acos())


def collapse_densities(sweep):
    """Densities at which the lowest loss with k pairs collapsed falls below that with fewer; one row a k."""
    density, W, loss = sweep.experiment.coordinates["density"], sweep.trial_parameters["W"], exact_loss(sweep)
    count = collapsed(W, pairs(sweep)).sum(-1)
    dependent = density < 1
    return [
        crossing(
            density[dependent],
            lowest_of_kind(loss, count < k)[dependent],
            lowest_of_kind(loss, count >= k)[dependent],
        )
        for k in (1, 2, 3)
    ]


def first_passing(x, values, level):
    """Where straight lines through each seed's values over log x first pass a level."""
    places = []
    for curve in values.T.numpy():
        k = int(np.flatnonzero(curve > level)[0])
        share = (level - curve[k - 1]) / (curve[k] - curve[k - 1])
        places.append(np.exp(np.log(x[k - 1]) + share * np.log(x[k] / x[k - 1])))
    return np.array(places)


def principal_distance(W, covariance):
    """Distance of every Gram matrix from the nearest one of PCA, as a share of the latter's norm."""
    flat = W.reshape(-1, *W.shape[-2:]).double().numpy()
    nearest = np.stack([theory.nearest_principal_projection(one, covariance) for one in flat])
    distance = np.linalg.norm(flat @ np.swapaxes(flat, 1, 2) - nearest, axis=(1, 2)) / W.shape[-1] ** 0.5
    return torch.from_numpy(distance).reshape(W.shape[:-2])


def draw_row(draw, sweep, name):
    """The solution of lowest loss, then single runs as they come."""
    single = sweep.trial_parameters["W"].flatten(0, 2)[: SEVERAL - 1]
    best = exactly_best(sweep)
    lowest = best.W[0, int(best.trial_loss[0].amin(-1).argmin())]
    W = torch.cat([lowest[None], single])
    titles = ["lowest loss", *(f"run {k + 1}" for k in range(len(single)))]
    draw(figures.correlated.embeddings_row, name, W, set_numbers(sweep), titles)
