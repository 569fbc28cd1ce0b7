"""Relationship to adversarial robustness: training under attack."""

from functools import cache, partial

import numpy as np
from torch import Tensor

import figures.adversarial
from claims.harness import TrainedModels, claim, note
from tms import paper
from tms.analysis import attacked_training, geometry, superposition
from tms.analysis.means import ratio_of_means
from tms.analysis.sweeps import point_at
from tms.training import Trained

SOURCE = "adversarial"
SIZES = ((20, 4), (80, 8))
"""Sizes with 2 and 8 active features in an input at density 0.1."""
GONE = "at least one in ten is gone: more than seeds differ"
ELIMINATED = 0.05
"""Superposition counts as eliminated when at most this share of the superposed features is left."""


@claim(
    "ADV-3",
    "Adversarial training reduces superposition.",
    source=SOURCE,
    reading="For two sizes, at density 0.1, under attacks of 80% of the input norm.",
)
def test_adversarial_training_reduces_superposition(trained, measure, draw):
    for n, m in SIZES:
        measure(
            f"superposed features after attacks of 0.8, as a share of those without attacks, n={n}, m={m}",
            superposed_at(attacked(trained, n, m), 0.8),
            paper=None,
            at_most=0.9,
            because=GONE,
        )
    draw(
        figures.adversarial.adversarial_training,
        "adversarial/training",
        [attacked(trained, n, m).experiment.coordinates["attack"] for n, m in SIZES],
        [superposed_features(attacked(trained, n, m)) for n, m in SIZES],
        [represented_features(attacked(trained, n, m)) for n, m in SIZES],
        [clean_loss(attacked(trained, n, m)) for n, m in SIZES],
        [f"n = {n}, m = {m}" for n, m in SIZES],
    )


@claim(
    "ADV-3",
    "Eliminating superposition takes unreasonably large attacks.",
    source=SOURCE,
    reading="Eliminated: at most a twentieth of the superposed features is left. For two sizes, at density "
    "0.1. Where no attack eliminates superposition, the largest that was tried counts.",
)
def test_eliminating_superposition_takes_large_attacks(trained, measure):
    for n, m in SIZES:
        robust = attacked(trained, n, m)
        measure(
            f"superposed features after the largest attacks, as a share of those without, n={n}, m={m}",
            superposed_at(robust, robust.experiment.coordinates["attack"].max()),
            paper=None,
            at_most=0.9,
            because=GONE,
        )
        measure(
            f"attack that eliminates superposition, n={n}, m={m}",
            eliminating_attack(trained, n, m),
            paper=None,
            at_least=0.3,
            because="unreasonably large: three times the attacks that vulnerability is measured by",
            unit="input norms",
        )


@claim(
    "ADV-3",
    "Eliminating superposition takes attacks of about 80% of the input norm.",
    source=SOURCE,
    reading="The paper names neither size nor density, and the share depends on how many features are "
    "active: an attack has to move one feature by about its largest value, and the norm of an input grows "
    "with the root of their number. So the question is whether there are models of which 80% is true: those "
    "between two active features in an input (n=20) and eight (n=80), if 80% is too little for the former "
    "and enough for the latter.",
)
def test_eliminating_superposition_takes_80_percent_for_some_number_of_active_features(trained, measure):
    few, many = (superposed_at(attacked(trained, n, m), 0.8) for n, m in SIZES)
    measure(
        "superposed features left after attacks of 0.8, two active features in an input (n=20)",
        few,
        paper=None,
        at_least=ELIMINATED,
        because="superposition is not eliminated: more than a twentieth is left",
    )
    measure(
        "superposed features left after attacks of 0.8, eight active features in an input (n=80)",
        many,
        paper=0,
        at_most=ELIMINATED,
        because="superposition is eliminated: at most a twentieth is left",
    )
    robust = attacked(trained, *SIZES[1])
    remaining = attacked_training.left_when_eliminated(
        represented_features(robust), superposed_features(robust), ELIMINATED
    )
    measure(
        "features for each dimension at the weakest attack that eliminates superposition (n=80)",
        remaining / robust.experiment.n_hidden,
        paper=None,
        at_least=0.5,
        because="superposition ends before learning does: every other dimension at least still holds one",
    )


@claim(
    "ADV-4",
    "Models that are trained under attack perform worse and represent fewer features.",
    source=SOURCE,
    reading="For two sizes, at density 0.1, under attacks of 80% of the input norm; the loss is that without "
    "attacks.",
)
def test_robust_models_perform_worse_and_represent_fewer_features(trained, measure):
    for n, m in SIZES:
        robust = attacked(trained, n, m)
        at = point_at(robust, "attack", 0.8)
        loss, features = clean_loss(robust), represented_features(robust)
        measure(
            f"loss without attacks, over that of models trained without, n={n}, m={m}",
            ratio_of_means(loss[at], loss[0]),
            paper=None,
            at_least=1.05,
            because="worse: by more than the 5% that training may leave",
        )
        measure(
            f"represented features, over those of models trained without attacks, n={n}, m={m}",
            ratio_of_means(features[at], features[0]),
            paper=None,
            at_most=0.9,
            because="fewer: at least one in ten is given up",
        )


@note("ADV-4", "How well models do under attack, with and without training under attack.", source=SOURCE)
def test_loss_under_attack(trained, measure):
    for n, m in SIZES:
        robust = attacked(trained, n, m)
        loss = clean_loss(robust)
        measure(
            f"loss without attacks after attacks of 0.4, over that of models trained without, n={n}, m={m}",
            ratio_of_means(loss[point_at(robust, "attack", 0.4)], loss[0]),
        )


def eliminating_attack(trained: TrainedModels, n: int, m: int) -> np.ndarray:
    """Strength of attack that leaves no more than `ELIMINATED` of the superposed features, for each seed."""
    robust = attacked(trained, n, m)
    strengths = robust.experiment.coordinates["attack"]
    left = superposed_features(robust)
    return attacked_training.eliminating_strength(strengths, left, ELIMINATED)


def superposed_at(robust: Trained, strength: float) -> Tensor:
    """Superposed features after training under a strength of attack, over those without, for each seed."""
    left = superposed_features(robust)
    return ratio_of_means(left[point_at(robust, "attack", strength)], left[0])


def attacked(trained: TrainedModels, n: int, m: int) -> Trained:
    """Models of n features in m dimensions that are trained under attack."""
    train = partial(attacked_training.train_attacked, device=trained.device)
    return trained.by_itself(paper.adversarial_training(n, m), train)


def superposed_features(sweep: Trained) -> np.ndarray:
    """Number of represented features that share their dimension, shape (point, seed)."""
    return superposition.shares_dimension(sweep.W).double().sum(-1).numpy()


def represented_features(sweep: Trained) -> np.ndarray:
    """Number of represented features, shape (point, seed)."""
    return geometry.represented(sweep.W).double().sum(-1).numpy()


clean_loss = cache(attacked_training.clean_loss)
