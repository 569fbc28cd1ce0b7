"""Relationship to adversarial robustness: attacks on models in superposition."""

from functools import cache

import numpy as np

import figures.adversarial
from claims.harness import claim, note
from tms import paper
from tms.analysis import adversarial, geometry
from tms.analysis.adversarial import correlation_of_changes
from tms.analysis.gradient_attacks import GradientAttacks
from tms.analysis.hand_built import worth_in_dimensions
from tms.analysis.sweeps import nearest_point, point_at
from tms.training import Trained

SOURCE = "adversarial"
SPARSEST = 10.0
"""1/(1-S) at the sparse end of the paper's uniform section."""
NOISE = 0.05
"""Share of a vulnerability that counts as noise of sampled inputs and of training."""
ALONE = 1.05
"""Features per dimension up to which there is no superposition: one, and 5% for noise."""


@claim(
    "ADV-1",
    "Vulnerability to adversarial examples rises by more than 3 times as superposition forms.",
    source=SOURCE,
    reading="Vulnerability is by how much the worst attack raises the loss, over what it does to a model "
    "that represents m features in dimensions of their own. The paper names neither n, m nor I: these are "
    "the models of its uniform section, at density 0.1, the sparsest there.",
)
def test_vulnerability_rises_more_than_3_times(trained, measure, draw):
    sweep = trained(paper.vulnerable)
    x = sweep.experiment.coordinates["inverse_density"]
    harm, features = vulnerability_of(sweep), features_per_dimension(sweep)
    measure(
        "vulnerability on dense features",
        harm[0],
        paper=1,
        within=NOISE,
        because="without superposition it is that of the model compared with, but for 5% of noise",
    )
    measure(
        "vulnerability at the sparsest density without superposition",
        harm[np.flatnonzero(features.mean(1) <= ALONE).max(initial=0)],
        paper=1,
        at_most=1.5,
        because="as superposition forms: most of the rise comes after the last density without it",
    )
    measure(
        f"vulnerability at density {1 / SPARSEST:g}",
        harm[point_at(sweep, "inverse_density", SPARSEST)],
        paper=None,
        at_least=3,
        because="more than 3 times as much as without superposition, the paper's own words",
    )
    draw(figures.adversarial.vulnerability, "adversarial/vulnerability", x, harm, features)
    draw(
        figures.adversarial.vulnerability_against_features,
        "adversarial/vulnerability_against_features",
        features,
        harm,
        x,
    )


@note("ADV-1", "How vulnerability depends on n, m, I and on sparser features.", source=SOURCE)
def test_vulnerability_depends_on_size_and_importance(trained, measure):
    for n, m, decay in ((20, 5, 1.0), (50, 5, 1.0), (100, 10, 1.0), (100, 20, 0.97)):
        sweep = trained(paper.vulnerable_at(n, m, decay))
        importance = "1" if decay == 1 else f"{decay:g}^i"
        measure(
            f"vulnerability at density 0.1, n={n}, m={m}, I={importance}",
            vulnerability_of(sweep)[1],
        )


@note("ADV-1", "Vulnerability of still sparser features.", source=SOURCE)
def test_vulnerability_of_sparser_features(trained, measure):
    sweep = trained(paper.vulnerable)
    x = sweep.experiment.coordinates["inverse_density"]
    for point in np.flatnonzero(x > SPARSEST * (1 + 1e-9)):
        measure(f"vulnerability at density 1/{x[point]:g}", vulnerability_of(sweep)[point])


@claim(
    "ADV-2",
    "Vulnerability closely tracks the number of features per dimension.",
    source=SOURCE,
    reading="At the densities of the uniform section, 1 to 0.1. Any two rising curves correlate; so what is "
    "correlated is by which factors they rise from one density to the next.",
)
def test_vulnerability_tracks_features_per_dimension(trained, measure):
    sweep = trained(paper.vulnerable)
    shown = sweep.experiment.coordinates["inverse_density"] <= SPARSEST * (1 + 1e-9)
    harm, features = vulnerability_of(sweep), features_per_dimension(sweep)
    measure(
        "correlation of the factors by which the two rise between neighbouring densities",
        correlation_of_changes(harm[shown], features[shown]),
        paper=1,
        at_least=0.5**0.5,
        because="closely: most of the variance is common, a correlation of 0.71 or more. Two curves that "
        "rise independently have 0 on the average, and one that rises evenly has no variance to share",
    )
    plateau = nearest_point(sweep, "inverse_density", 3.5)
    measure(
        "vulnerability where features are antipodal pairs, over features per dimension",
        harm[plateau] / features[plateau],
        paper=1,
        within=0.2,
        because="an attack along a pair moves both of its features by sqrt 2 times what it is long, and only "
        "the one that it pushes up shows: 2 x 1/2 x 2, the number of features in the dimension",
    )


@note("ADV-2", "Vulnerability falls behind features per dimension where features are sparser.", source=SOURCE)
def test_vulnerability_over_features_per_dimension(trained, measure):
    sweep = trained(paper.vulnerable)
    harm, features = vulnerability_of(sweep), features_per_dimension(sweep)
    for inverse in (SPARSEST, 30.0):
        if inverse <= sweep.experiment.coordinates["inverse_density"].max() * (1 + 1e-9):
            point = point_at(sweep, "inverse_density", inverse)
            measure(
                f"vulnerability over features per dimension, density 1/{inverse:g}",
                harm[point] / features[point],
            )


@claim(
    "ADV-5",
    "On extremely sparse inputs gradients vanish, as the ReLUs are closed.",
    source=SOURCE,
    reading="At density 1/300, where outputs are closed more than 99% of the time.",
)
def test_gradients_vanish_on_sparse_inputs(trained, measure):
    found = gradient_attacks_on(trained(paper.masked))
    measure(
        "closed outputs, density 1/300",
        found.closed[1],
        paper=0.99,
        at_least=0.99,
        because="in the zero regime 99% of the time, the paper's own words",
    )
    measure(
        "inputs on which the gradient is 0, density 1/300",
        found.without_gradient[1],
        paper=None,
        at_least=0.5,
        because="attacks by gradients are difficult: they cannot start on most of the inputs",
    )
    measure(
        "inputs on which the gradient is 0, density 1",
        found.without_gradient[0],
        paper=0,
        at_most=0.05,
        because="this comes with sparse inputs; on dense ones outputs are open",
    )


@claim(
    "ADV-5",
    "On extremely sparse inputs attacks by gradients do less harm than the analytic ones.",
    source=SOURCE,
    reading="At density 1/300. Each input is attacked by itself: by 20 steps of gradient ascent, or by the "
    "analytic attack that harms it most.",
    contradicted="Gradient ascent does about a third more harm than the analytic attacks. Where no output is "
    "open, neither attack does any; where one is, the gradient leads to all features of the input at once.",
)
def test_gradient_attacks_do_less_harm_on_sparse_inputs(trained, measure):
    sweep = trained(paper.masked)
    measure(
        "how many times as many dimensions the same loss needs without superposition, density 1/300",
        worth_in_dimensions(sweep.experiment, sweep.loss.numpy())[1],
        paper=None,
        at_least=1,
        because="the paper speaks of models in superposition: they do better than without it",
    )
    found = gradient_attacks_on(sweep)
    measure(
        "damage of attacks by gradients over that of the analytic ones, density 1/300",
        found.damage[1],
        paper=None,
        at_most=1 - NOISE,
        because="the analytic attacks worked better: by more than the 5% that are noise in a vulnerability",
    )


@note("ADV-5", "Attacks by gradients against the analytic ones on dense inputs.", source=SOURCE)
def test_gradient_attacks_on_dense_inputs(trained, measure):
    found = gradient_attacks_on(trained(paper.masked))
    measure("damage of attacks by gradients over that of the analytic ones, density 1", found.damage[0])


@claim(
    "ADV-6",
    "Attacks transfer between models where correlations fix the arrangement of features.",
    source=SOURCE,
    reading="Five pairs of anticorrelated features in five dimensions, or ten independent ones. The analytic "
    "attacks of one model are used on the next seed's.",
)
def test_attacks_transfer_where_correlations_fix_the_arrangement(trained, measure, draw):
    fixed = adversarial.transferred_damage(trained(paper.transferable(True)))
    free = adversarial.transferred_damage(trained(paper.transferable(False)))
    measure(
        "damage of another model's attacks over that of its own, anticorrelated pairs",
        fixed,
        paper=1,
        at_least=0.9,
        because="attacks transfer: no more than a tenth of the damage is lost",
    )
    measure(
        "damage of another model's attacks over that of its own, independent features",
        free,
        paper=None,
        at_most=0.75,
        because="nearer to 1/2, which an attack on a pair does to a model whose pairs are others, than to 1",
    )
    draw(figures.adversarial.transferred, "adversarial/transfer", fixed, free)


@cache
def vulnerability_of(sweep: Trained) -> np.ndarray:
    """Vulnerability, shape (point, seed)."""
    return adversarial.vulnerability(sweep).numpy()


def features_per_dimension(sweep: Trained) -> np.ndarray:
    """||W||_F^2 / m, shape (point, seed)."""
    return 1 / geometry.dimensions_per_feature(sweep.W).numpy()


gradient_attacks_on = cache(GradientAttacks.on)
