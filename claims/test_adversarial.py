"""Relationship to adversarial robustness: attacks on models in superposition, and training under them."""

from functools import cache

import numpy as np

import figures.adversarial
from claims.harness import TrainedModels, claim
from tms import paper
from tms.analysis import adversarial, geometry, superposition
from tms.analysis.sweeps import nearest_point, point_at
from tms.training import Trained

SOURCE = "adversarial"
MORE_THAN_3 = "more than 3 times as much as without superposition, the paper's own words"
SIZES = ((80, 8), (20, 4))
ELIMINATED = (0.1, 0.05)
"""Superposition counts as eliminated when so few of the superposed features are left; both are asked."""


@claim(
    "ADV-1",
    "Vulnerability to adversarial examples rises by more than 3 times as superposition forms.",
    source=SOURCE,
    reading="Vulnerability is by how much the worst attack raises the loss, over what it does to a model "
    "that represents m features in dimensions of their own. For n=200, m=20, I=1: the paper names none, and "
    "these are its uniform models at two thirds of their size.",
)
def test_vulnerability_rises_more_than_3_times(trained, measure, draw):
    sweep = trained(paper.vulnerable)
    x = sweep.experiment.coordinates["inverse_density"]
    harm, features = vulnerability_of(sweep), features_per_dimension(sweep)
    measure(
        "vulnerability on dense features",
        harm[0],
        paper=1,
        within=0.05,
        because="without superposition it is that of the model compared with, but for 5% of noise",
    )
    for point in np.flatnonzero(x >= 10 * (1 - 1e-9)):
        measure(
            f"vulnerability at density {1 / x[point]:.3g}",
            harm[point],
            paper=None,
            at_least=3,
            because=f"{MORE_THAN_3}; at 0.1, the sparsest of its uniform models, and at every sparser "
            f"density",
        )
    draw(figures.adversarial.vulnerability, "adversarial/vulnerability", x, harm, features)
    draw(
        figures.adversarial.vulnerability_against_features,
        "adversarial/vulnerability_against_features",
        features,
        harm,
        x,
    )


@claim(
    "ADV-1",
    "More than 3 times whatever n, m and I are.",
    source=SOURCE,
    contradicted="The factor grows with m, from 2.4 for m=5 to 3.4 for m=20 at density 0.1, and is smaller "
    "where importance falls off, as the most important features then keep dimensions of their own.",
)
def test_vulnerability_depends_on_size_and_importance(trained, measure):
    for n, m, decay in ((20, 5, 1.0), (50, 5, 1.0), (100, 10, 1.0), (100, 20, 0.97)):
        sweep = trained(paper.vulnerable_at(n, m, decay))
        importance = "1" if decay == 1 else f"{decay:g}^i"
        measure(
            f"vulnerability at density 0.1, n={n}, m={m}, I={importance}",
            vulnerability_of(sweep)[1],
            paper=None,
            at_least=3,
            because=MORE_THAN_3,
        )


@claim("ADV-2", "Vulnerability closely tracks the number of features per dimension.", source=SOURCE)
def test_vulnerability_tracks_features_per_dimension(trained, measure):
    sweep = trained(paper.vulnerable)
    harm, features = vulnerability_of(sweep), features_per_dimension(sweep)
    measure(
        "correlation of the two along the sweep",
        [np.corrcoef(harm[:, seed], features[:, seed])[0, 1] for seed in range(harm.shape[1])],
        paper=1,
        at_least=0.95,
        because="closely: nine tenths of the variance of one is the other's",
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


@claim(
    "ADV-3",
    "Adversarial training reduces superposition.",
    source=SOURCE,
    reading="For two sizes, at density 0.1, under attacks of 80% of the input norm.",
)
def test_adversarial_training_reduces_superposition(trained, measure):
    for n, m in SIZES:
        robust = attacked(trained, n, m)
        left = superposed_per_dimension(robust)
        at = point_at(robust, "attack", 0.8)
        measure(
            f"superposed features after attacks of 0.8, as a share of those without attacks, n={n}, m={m}",
            left[at] / left[0],
            paper=None,
            at_most=0.9,
            because="at least one in ten is gone: more than seeds differ",
        )


@claim(
    "ADV-3",
    "Eliminating superposition takes unreasonably large attacks.",
    source=SOURCE,
    reading="Eliminated: a tenth or a twentieth of the superposed features is left. For two sizes, at "
    "density 0.1.",
)
def test_eliminating_superposition_takes_large_attacks(trained, measure):
    for n, m in SIZES:
        for left in ELIMINATED:
            measure(
                f"attack that leaves {left:g} of the superposed features, n={n}, m={m}",
                eliminating_attack(trained, n, m, left),
                paper=None,
                at_least=0.3,
                because="unreasonably large: three times the attacks that vulnerability is measured by",
                unit="input norms",
            )


@claim(
    "ADV-3",
    "Eliminating superposition takes attacks of about 80% of the input norm.",
    source=SOURCE,
    contradicted="No one share of the input norm eliminates it: the more features are active in an input, "
    "the smaller the share. It is near 0.6 for n=80, m=8 and above 1 for n=20, m=4; the paper names no size.",
)
def test_eliminating_superposition_takes_80_percent_of_the_input_norm(trained, measure):
    for n, m in SIZES:
        for left in ELIMINATED:
            measure(
                f"attack that leaves {left:g} of the superposed features, n={n}, m={m}",
                eliminating_attack(trained, n, m, left),
                paper=0.8,
                within=0.1,
                because="about 80%: nearer to it than to 60% or 100%",
                unit="input norms",
            )


def eliminating_attack(trained: TrainedModels, n: int, m: int, left: float) -> np.ndarray:
    """Strength of attack that leaves no more than a share of the superposed features, for each seed."""
    robust = attacked(trained, n, m)
    strengths = robust.experiment.coordinates["attack"]
    return adversarial.eliminating_strength(strengths, superposed_per_dimension(robust), left)


@cache
def vulnerability_of(sweep: Trained) -> np.ndarray:
    """Vulnerability, shape (point, seed)."""
    return adversarial.vulnerability(sweep).numpy()


def features_per_dimension(sweep: Trained) -> np.ndarray:
    """||W||_F^2 / m, shape (point, seed)."""
    return 1 / geometry.dimensions_per_feature(sweep.W).numpy()


@cache
def attacked(trained: TrainedModels, n: int, m: int) -> Trained:
    """Models of n features in m dimensions that are trained under attack."""
    experiment = trained.described(paper.adversarial_training(n, m))
    return adversarial.train_attacked(experiment, device=trained.device)


def superposed_per_dimension(sweep: Trained) -> np.ndarray:
    """Represented features that share their dimension, per hidden dimension, shape (point, seed)."""
    return superposition.shares_dimension(sweep.W).sum(-1).numpy() / sweep.experiment.n_hidden
