"""The wider picture: finding features, and counting them, by sparse autoencoders."""

from functools import cache

import torch

import figures.wide
from claims.harness import Measure, claim
from tms import paper
from tms.analysis import counting, geometry
from tms.analysis.hand_built import worth_in_dimensions
from tms.analysis.sparse_autoencoder import (
    Dictionaries,
    learned_dictionaries,
    matched_cosines_of_seeds,
    random_directions,
)
from tms.training import Trained

SOURCE = "comment-sharkey"
WORDS = 80
PENALTY = 0.3
"""Size and sparsity penalty of the sparse autoencoders: twice as many words as features."""
MANY = 160
"""Size of a dictionary that is too large by far: four times as many words as features."""
NEAR = "counts them: within a quarter of their number"


@claim(
    "WIDE-3",
    "A sparse autoencoder on the hidden activations recovers the feature directions.",
    source="comment-sharkey",
    reading="For n=40, m=10 at density 0.03, where all 40 features are in superposition, with 80 words.",
)
def test_a_sparse_autoencoder_recovers_the_features(trained, measure, draw, profile):
    sweep = trained(paper.dictionary)
    true = sweep.W[0]
    there = geometry.represented(true)
    measure(
        "features per hidden dimension",
        there.sum(-1).double() / sweep.experiment.n_hidden,
        paper=None,
        at_least=2,
        because="in superposition: more features than dimensions, by a pair in each",
    )
    found = dictionaries_of(sweep, WORDS, profile).words
    cosines = matched_cosines_of_seeds(true, there, found)
    measure(
        "features with a word of their own within a cosine of 0.95",
        [(values > 0.95).double().mean().item() for values in cosines],
        paper=None,
        at_least=0.5,
        because="most features, almost identical to the truth: within 18 degrees",
    )
    measure(
        "mean matched cosine",
        [values.mean().item() for values in cosines],
        paper=1,
        at_least=0.95,
        because="almost identical, on the average over features",
    )
    random = matched_cosines_of_seeds(true, there, random_directions(found, sweep.experiment.run_seed))
    measure(
        "mean matched cosine of as many random directions",
        [values.mean().item() for values in random],
        paper=None,
        at_most=0.85,
        because="a control: the score must tell a dictionary that was learned from one that was not",
    )
    draw(
        figures.wide.matched_cosines,
        "wide/matched_cosines",
        torch.cat(cosines),
        torch.cat(random),
    )


@claim(
    "WIDE-7",
    "Features can be counted by the dead words of a dictionary that is too large.",
    source=SOURCE,
    reading="The words in use among 160, for 40 features. This depends on how autoencoders are trained: at a "
    "third of the rate, and with the same loss, twice as many words stay in use, several for one feature. "
    "That costs nothing: the penalty is the same for one word and for two that share its activations.",
)
def test_features_are_counted_by_dead_words(trained, measure, profile):
    sweep = trained(paper.dictionary)
    measure(
        "words in use over features",
        counting.words_in_use(dictionaries_of(sweep, MANY, profile), sweep) / sweep.experiment.n_features,
        paper=1,
        within=0.25,
        because=NEAR,
    )
    check_superposition(measure, sweep)


@claim(
    "WIDE-7",
    "Features can be counted by the size from which on a larger dictionary has no lower loss.",
    source=SOURCE,
    reading="The loss is within a tenth of the lowest of all sizes.",
)
def test_features_are_counted_by_losses(trained, measure, draw, profile):
    sweep = trained(paper.dictionary)
    sizes = paper.DICTIONARY_SIZES[profile]
    losses = torch.stack([dictionaries_of(sweep, size, profile).loss for size in sizes]).numpy()
    measure(
        f"loss of {sizes[0]} words over the lowest of all sizes",
        losses[0] / losses.min(0),
        paper=None,
        at_least=1 + counting.LEVEL,
        because="the loss is not level from the start: the smallest dictionary, with fewer words than "
        "features, lacks some",
    )
    measure(
        "size from which on the loss is level, over features",
        counting.size_of_level_loss(sizes, losses) / sweep.experiment.n_features,
        paper=1,
        within=0.25,
        because=NEAR,
    )
    draw(figures.wide.dictionary_losses, "wide/dictionary_losses", sizes, losses, sweep.experiment.n_features)


@claim(
    "WIDE-7",
    "Features can be counted by comparing what dictionaries of different sizes learn.",
    source=SOURCE,
    reading="The different directions of 80 words that one of 160 words has, too.",
)
def test_features_are_counted_by_comparing_dictionaries(trained, measure, profile):
    sweep = trained(paper.dictionary)
    measure(
        "different directions that both dictionaries have, over features",
        counting.common_directions(
            dictionaries_of(sweep, WORDS, profile).words, dictionaries_of(sweep, MANY, profile).words
        )
        / sweep.experiment.n_features,
        paper=1,
        within=0.25,
        because=NEAR,
    )
    true = geometry.directions(sweep.W[0])
    measure(
        "different directions of features, over features",
        counting.common_directions(true, true) / sweep.experiment.n_features,
        paper=1,
        within=0.25,
        because="there are features to be counted: directions that are one cannot be told apart",
    )
    check_superposition(measure, sweep)


def check_superposition(measure: Measure, sweep: Trained) -> None:
    """Check that the features which are counted are those of models in superposition."""
    measure(
        "how many times as many dimensions the same loss needs without superposition",
        worth_in_dimensions(sweep.experiment, sweep.loss.numpy())[0],
        paper=None,
        at_least=1,
        because="the features of a model in superposition are counted: it does better than without it, and "
        "directions that nobody trained do not",
    )


@cache
def dictionaries_of(sweep: Trained, size: int, profile: str) -> Dictionaries:
    """Sparse autoencoders of so many words."""
    steps = paper.DICTIONARY_STEPS[profile]
    return learned_dictionaries(sweep, 0, size=size, penalty=PENALTY, steps=steps)
