"""The wider picture: removing superposition, bounds on it, and finding features in it."""

import dataclasses

import numpy as np
import torch

import figures.wide
from claims.claim import claim
from tms import geometry, paper, sparse_autoencoder
from tms.features import sample
from tms.streams import HELD_OUT

OWN = 0.75
"""A represented feature counts as superposed below this D_i: half way from an own dimension to a pair."""
REMOVING = 0.2
"""Coefficient of the L1 penalty at which superposition is to be gone."""
WORDS = 80
PENALTY = 0.3
"""Size and sparsity penalty of the sparse autoencoders: twice as many words as features. Weaker penalties
and half as many words recover fewer features."""


@claim(
    "WIDE-1",
    "L1 regularisation of the hidden activations reduces superposition, at a higher loss.",
    source="strategic-approach-no-super",
    reading="For n=20, m=5, I=0.7^i at density 0.1, with a coefficient of 0.2, for the best of 6 trials.",
)
def test_l1_on_hidden_activations_reduces_superposition(trained, measure, draw, profile):
    coefficients = paper.L1_COEFFICIENTS[profile]
    sweeps = [lowest_penalised(trained(paper.hidden_l1(coefficient))) for coefficient in coefficients]
    free, held = (sweeps[coefficients.index(chosen)] for chosen in (0.0, REMOVING))
    superposed = [superposed_features(sweep.W[0]) for sweep in sweeps]
    represented = [geometry.represented(sweep.W[0]).sum(-1).double() for sweep in sweeps]
    measure(
        "superposed features without the penalty",
        superposed[0],
        paper=None,
        at_least=2,
        because="there is superposition to remove: a pair at the least",
    )
    measure(
        "superposed features with it, as a share of those without",
        superposed[coefficients.index(REMOVING)] / superposed[0].mean(),
        paper=0,
        at_most=0.5,
        because="reduced: by half at the least",
    )
    measure(
        "represented features with the penalty, for each hidden dimension",
        represented[coefficients.index(REMOVING)] / held.experiment.n_hidden,
        paper=None,
        between=(0.5, 1.0),
        because="no more than one for each dimension; with fewer than half, the penalty would have removed "
        "everything and not superposition",
    )
    measure(
        "loss, without the penalty itself, over that of the models without penalty",
        held.loss[0] / free.loss[0].mean(),
        paper=None,
        at_least=1.1,
        because="at a higher loss: by a tenth or more, beyond what seeds differ by",
    )
    typical = superposed_features(sweeps[coefficients.index(REMOVING)].trial_parameters["W"][0])
    measure(
        "superposed features with it in single trials, as a share of those without",
        typical.mean(-1) / superposed[0].mean(),
        paper=0,
        at_most=0.5,
        because="reduced: by half at the least, in what is typical as in what is best",
    )
    draw(
        figures.wide.hidden_l1,
        "wide/hidden_l1",
        np.array(coefficients),
        torch.stack(represented),
        torch.stack(superposed),
        torch.stack([sweep.loss[0] for sweep in sweeps]),
        free.experiment.n_hidden,
    )


@claim(
    "WIDE-1",
    "L1 regularisation of the hidden activations removes superposition.",
    source="strategic-approach-no-super",
    not_replicated="It leaves fewer features than dimensions, but does not always part them: in some of "
    "the best models two of the four that are left are a pair, as good with the penalty.",
)
def test_l1_on_hidden_activations_removes_superposition(trained, measure):
    held = lowest_penalised(trained(paper.hidden_l1(REMOVING)))
    measure(
        "seeds without any superposed feature",
        superposed_features(held.W[0]) == 0,
        paper=1,
        at_least=0.9,
        because="removed: none is left, but in one seed of ten",
    )


@claim(
    "WIDE-1",
    "The penalty kills features below a threshold of importance.",
    source="strategic-approach-no-super",
)
def test_l1_on_hidden_activations_kills_the_less_important(trained, measure):
    represented = geometry.represented(lowest_penalised(trained(paper.hidden_l1(REMOVING))).W[0])
    kept = represented.sum(-1, keepdim=True)
    measure(
        "represented features that are among as many most important ones",
        (represented & (torch.arange(represented.shape[-1]) < kept)).sum(-1) / kept[:, 0],
        paper=1,
        at_least=0.9,
        because="a threshold keeps the most important; one feature in ten may be out of order",
    )


@claim(
    "WIDE-2",
    "Features per dimension stay below the compressed-sensing bound.",
    source="related-compressed",
    reading="The paper's bound leaves its constant open. With n represented features of which np are active, "
    "recovery by l1 minimisation is known to need m >= np ln(1/4p) / ln 9 dimensions (Foucart et al., 2010).",
)
def test_features_per_dimension_stay_below_the_bound(trained, measure, draw):
    sweep = trained(paper.compressed)
    x = sweep.experiment.coordinates["inverse_density"]
    count = represented_per_dimension(sweep)
    sparse = x > 6
    share = count[sparse] * (np.log(x[sparse] / 4) / (np.log(9) * x[sparse]))[:, None]
    measure(
        "features per dimension, as the largest share of the bound from density 1/6 on",
        share.max(0),
        paper=None,
        at_most=1,
        because="never exceed; for denser features the bound is vacuous",
    )
    fine = np.geomspace(6, x[-1], 60)
    draw(
        figures.wide.compressed_sensing,
        "wide/compressed_sensing",
        x,
        count,
        np.log(9) * fine / np.log(fine / 4),
        fine,
    )


@claim(
    "WIDE-2",
    "Features per dimension grow with sparsity no faster than 1/(p ln(1/p)).",
    source="related-compressed",
    reading="Read as a slope, which does not depend on the constant: from density 1/9 to 1/60.",
)
def test_features_per_dimension_grow_no_faster_than_the_bound(trained, measure):
    sweep = trained(paper.compressed)
    x = sweep.experiment.coordinates["inverse_density"]
    within = (x > 7) & (x < 101)
    count = represented_per_dimension(sweep)[within]
    allowed = np.log(x[within] / np.log(x[within]))
    measure(
        "slope of ln(features per dimension) against ln of the bound",
        [np.polyfit(allowed, np.log(count[:, seed]), 1)[0] for seed in range(count.shape[1])],
        paper=1,
        at_most=1,
        because="an upper bound in the order of growth allows a slope of 1",
    )


@claim(
    "WIDE-3",
    "A sparse autoencoder on the hidden activations recovers the feature directions.",
    source="comment-sharkey",
    reading="For n=40, m=10 at density 0.03, where all 40 features are in superposition, with 80 words.",
)
def test_a_sparse_autoencoder_recovers_the_features(trained, measure, draw):
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
    found = sparse_autoencoder.learned_directions(sweep, 0, size=WORDS, penalty=PENALTY)
    cosines = matched(true, there, found)
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
    random = matched(true, there, random_words(found, sweep.experiment.run_seed))
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


def lowest_penalised(sweep):
    """Keep the trials lowest in what they were trained on; their loss is that without the penalty."""
    experiment, W = sweep.experiment, sweep.trial_parameters["W"]
    keys, density = experiment.instances.keys[:1], experiment.features.density
    x = sample(experiment.features, density, keys, HELD_OUT, 8192)[0]
    trained_on = sweep.trial_loss + experiment.hidden_l1 * (x @ W).abs().sum(-1).mean(-1)
    best = trained_on.argmin(-1, keepdim=True)
    loss = sweep.trial_loss.take_along_dim(best, dim=-1).squeeze(-1)
    return dataclasses.replace(sweep.best_by(trained_on), loss=loss)


def superposed_features(W):
    """How many represented features share their dimension, a seed."""
    shared = geometry.represented(W) & (geometry.dimensionality(W) < OWN)
    return shared.sum(-1).double()


def represented_per_dimension(sweep):
    """Represented features for each hidden dimension, (point, seed)."""
    return geometry.represented(sweep.W).sum(-1).numpy() / sweep.experiment.n_hidden


def matched(true, there, found):
    """Matched cosines of each seed's represented features."""
    return [
        sparse_autoencoder.matched_cosines(W[mask], words)
        for W, mask, words in zip(true, there, found, strict=True)
    ]


def random_words(like, seed):
    """Random directions in the shape of a dictionary."""
    return torch.randn(like.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
