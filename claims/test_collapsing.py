"""Correlated pairs of features collapse into one direction each as features become dense."""

import numpy as np
import torch

import figures.collapse
import figures.correlated
from claims.harness import claim
from tms import paper, theory
from tms.analysis.crossing import first_passing
from tms.analysis.exact_losses import exactly_best, trial_losses
from tms.analysis.partial_correlation import by_natural_solutions, critical_density
from tms.analysis.principal import principal_distance
from tms.analysis.sets import collapse_densities, collapsed, pair_components, set_angles, set_numbers
from tms.analysis.sweeps import point_at
from tms.training import Trained

COLLAPSING = "geometry-collapsing"
BESIDE = "neighbours in a hexagon have 60 degrees, the next corner 120: half way is 90"
CORRELATIONS = (0.0, 0.1, 0.3, 0.5)
"""Correlations of two features in one dimension; above 0.57, density ceases to matter."""
SHOWN = (0.01, 0.06, 0.1, 0.2, 0.45, 0.9)
"""Densities in the figure of the collapse: before, between and after the collapses."""


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
        set_angles(best.W[0], pairs(sweep)).amin(-1),
        paper=60,
        at_least=30,
        because="a hexagon has 60 degrees, a collapsed pair 0: half way is 30",
        unit="degrees",
    )
    measure(
        "widest angle between partners, at density 0.01",
        set_angles(best.W[0], pairs(sweep)).amax(-1),
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
    densities = collapse_densities(sweep, trial_losses(sweep))
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
    two = point_at(sweep, "density", 0.2)
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
        set_numbers(sweep.experiment.n_features, pairs(sweep)),
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
    best = exactly_best(sweep)
    covariance = theory.feature_covariance(sweep.experiment.features)
    loss, m = trial_losses(sweep), sweep.experiment.n_hidden
    for p in (0.9, 1.0):
        at = point_at(sweep, "density", p)
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


@claim(
    "CORR-7",
    "The more correlated two features are, the better it is to represent their principal component.",
    source=COLLAPSING,
    reading="Two features in one dimension, whose correlation is that of being active. The optimum is exact; "
    "better means that the principal component takes over from superposition at a lower density.",
)
def test_principal_component_takes_over_sooner_for_more_correlated_features(measure, draw):
    critical = np.array([critical_density(c) for c in CORRELATIONS])
    falls = -np.diff(critical[1:])
    measure.exact(
        "smallest fall of the critical density, as the correlation rises from 0.1 to 0.3 and to 0.5",
        falls.min(),
        paper=None,
        at_least=0.07,
        because="half of the smaller fall of the natural solutions, W = [1, -1] and W = [1, 1] / sqrt 2",
    )
    measure.exact(
        "critical density of independent features",
        critical[0],
        paper=None,
        at_least=0.95,
        because="without correlation nothing is gained, so that it is not best at any density up to 0.95",
    )
    measure.exact(
        "critical density of features that are always active together, as in the paper's sets",
        critical_density(1.0),
        paper=None,
        at_most=0.01,
        because="with room for one, the model represents their principal component, however sparse they are",
    )
    fine = np.linspace(0, 0.6, 61)
    draw(
        figures.collapse.critical_density,
        "correlated/critical_density",
        CORRELATIONS,
        critical,
        fine,
        by_natural_solutions(fine),
    )


def pairs(sweep: Trained) -> tuple[tuple[int, ...], ...]:
    """The sets of correlated or anticorrelated features."""
    return sweep.experiment.features.sets
