"""The wider picture: removing superposition by a penalty, and bounds on it."""

from functools import cache

import numpy as np
import torch
from torch import Tensor

import figures.wide
from claims.harness import TrainedModels, claim, note
from tms import paper
from tms.analysis import compressed_sensing, geometry, penalised
from tms.analysis.means import in_as_many_groups, ratio_of_means
from tms.analysis.superposition import shares_dimension
from tms.training import Trained

WAYS_OUT = "strategic-approach-no-super"
BOUND = "related-compressed"
NOTICEABLE = 0.05
"""Share by which a loss must differ to count: training may leave as much."""


@claim(
    "WIDE-1",
    "L1 regularisation of the hidden activations gets rid of superposition, at a higher loss.",
    source=WAYS_OUT,
    reading="For n=20, m=5, I=0.7^i at density 0.1, the best of 12 trials and a coefficient of 0.3; the "
    "paper names none of these.",
)
def test_l1_on_hidden_activations_removes_superposition(trained, measure, draw, profile):
    coefficients = paper.L1_COEFFICIENTS[profile]
    sweeps = [best_penalised(trained, coefficient) for coefficient in coefficients]
    free, removed = sweeps[0], best_penalised(trained, paper.REMOVING)
    superposed = [superposed_features(sweep.W[0]) for sweep in sweeps]
    represented = [represented_features(sweep.W[0]) for sweep in sweeps]
    measure(
        "superposed features without the penalty",
        superposed[0],
        paper=None,
        at_least=2,
        because="there is superposition to remove: a pair at the least",
    )
    measure(
        f"superposed features over those without the penalty, coefficient {paper.REMOVING:g}",
        ratio_of_means(superposed_features(removed.W[0]), superposed[0]),
        paper=0,
        at_most=0.05,
        because="gets rid of it: no more than one in twenty is left",
    )
    measure(
        f"represented features, coefficient {paper.REMOVING:g}",
        represented_features(removed.W[0]),
        paper=None,
        at_least=1,
        because="without any feature there would be no superposition either",
    )
    measure(
        f"loss, without the penalty itself, over that of the models without penalty, coefficient "
        f"{paper.REMOVING:g}",
        ratio_of_means(removed.loss[0], free.loss[0]),
        paper=None,
        at_least=1 + NOTICEABLE,
        because="at the cost of a higher loss: by more than the 5% that training may leave",
    )
    draw(
        figures.wide.hidden_l1,
        "wide/hidden_l1",
        np.array(coefficients),
        of_as_many_seeds(represented),
        of_as_many_seeds(superposed),
        of_as_many_seeds([sweep.loss[0] for sweep in sweeps]),
        free.experiment.n_hidden,
    )


@note(
    "WIDE-1",
    "What is left of superposition at each coefficient, in best trials and in single runs.",
    source=WAYS_OUT,
)
def test_superposition_at_each_coefficient(trained, measure, profile):
    free = superposed_features(best_penalised(trained, 0.0).W[0])
    for coefficient in paper.L1_COEFFICIENTS[profile][1:]:
        kept = best_penalised(trained, coefficient)
        at = f"coefficient {coefficient:g}"
        measure(
            f"superposed features over those without the penalty, {at}",
            ratio_of_means(superposed_features(kept.W[0]), free),
        )
        single = superposed_features(kept.trial_parameters["W"][0])
        measure(f"single runs without any superposed feature, {at}", (single == 0).double().mean(-1))
        measure(
            f"represented features for each hidden dimension, {at}",
            represented_features(kept.W[0]) / kept.experiment.n_hidden,
        )


@claim(
    "WIDE-1",
    "The penalty kills features below a threshold of importance.",
    source=WAYS_OUT,
    reading=f"At coefficients of 0.1 and {paper.REMOVING:g}.",
)
def test_l1_on_hidden_activations_kills_the_less_important(trained, measure):
    before = represented_features(best_penalised(trained, 0.0).W[0])
    for coefficient in (0.1, paper.REMOVING):
        represented = geometry.represented(best_penalised(trained, coefficient).W[0])
        kept = represented.sum(-1)
        more, fewer = in_as_many_groups(before, kept)
        measure(
            f"features killed beyond those at the next lower coefficient, coefficient {coefficient:g}",
            more - fewer,
            paper=None,
            at_least=1,
            because="kills features, and more of them where the threshold is higher: at least one",
        )
        measure(
            f"represented features that are among as many most important ones, coefficient {coefficient:g}",
            (represented & (torch.arange(represented.shape[-1]) < kept[:, None])).sum(-1) / kept,
            paper=1,
            at_least=0.9,
            because="a threshold keeps the most important; one feature in ten may be out of order",
        )
        before = kept


@claim(
    "WIDE-4",
    "A little L1 regularisation reduces superposition at hardly any cost.",
    source="strategic-approach-hybrid",
    reading="Superposition is the sum of squared dot products of different features. It and the loss "
    "are means over all trials.",
)
def test_a_little_l1_reduces_superposition_at_hardly_any_cost(trained, measure):
    free, little = best_penalised(trained, 0.0), best_penalised(trained, paper.LITTLE)
    measure(
        f"loss over that without the penalty, coefficient {paper.LITTLE:g}",
        penalised.losses_of_trials(little, inputs_of=free).mean(-1)
        / penalised.losses_of_trials(free, inputs_of=free).mean(-1),
        paper=1,
        at_most=1 + NOTICEABLE,
        because="essentially no effect on performance: at most the 5% that training may leave",
    )
    measure(
        f"superposition over that without the penalty, coefficient {paper.LITTLE:g}",
        ratio_of_means(
            penalised.cross_talk(little.trial_parameters["W"][0]).mean(-1),
            penalised.cross_talk(free.trial_parameters["W"][0]).mean(-1),
        ),
        paper=None,
        at_most=1 - NOTICEABLE,
        because="at least a little bit: by more than the loss may rise",
    )


@claim(
    "WIDE-2",
    "Features per dimension never exceed what compressed sensing allows, m = Omega(-n p ln p).",
    source=BOUND,
    reading="The paper leaves the constant open. It is taken from Foucart, Pajor, Rauhut and Ullrich (2010): "
    "m >= k ln(n / 2k) / (2 ln 9) to recover all k-sparse vectors from m numbers by l1 minimisation, with "
    "k = n p. For n=400, m=5: all features together would exceed it.",
)
def test_features_per_dimension_stay_below_the_bound(trained, measure, draw):
    sweep = trained(paper.compressed)
    x = sweep.experiment.coordinates["inverse_density"]
    count, allowed = represented_per_dimension(sweep), compressed_sensing.most_per_dimension(1 / x)
    measure(
        "represented features per dimension over what is allowed, at the density where this is most",
        (count / allowed[:, None]).max(0),
        paper=None,
        at_most=1,
        because="never exceeds the bound",
    )
    measure(
        "represented features per dimension, density 1/40",
        count[-1],
        paper=None,
        at_least=2,
        because="the bound is one on superposition: features share dimensions, at least in pairs",
    )
    measure(
        "represented features as a share of all, density 1/40",
        count[-1] * sweep.experiment.n_hidden / sweep.experiment.n_features,
        paper=None,
        at_most=0.5,
        because="what limits them is not that there are no more features",
    )
    fine = np.geomspace(x[0], x[-1], 60)
    draw(
        figures.wide.compressed_sensing,
        "wide/compressed_sensing",
        x,
        count,
        compressed_sensing.most_per_dimension(1 / fine),
        fine,
    )


@note("WIDE-2", "How features per dimension grow, against the order of the bound.", source=BOUND)
def test_growth_against_the_order_of_the_bound(trained, measure):
    sweep = trained(paper.compressed)
    x = sweep.experiment.coordinates["inverse_density"]
    measure(
        "slope of ln(features per dimension) against ln(-1/(p ln p))",
        [
            np.polyfit(np.log(x / np.log(x)), np.log(each), 1)[0]
            for each in represented_per_dimension(sweep).T
        ],
    )


lowest_penalised = cache(penalised.lowest_penalised)


def best_penalised(trained: TrainedModels, coefficient: float) -> Trained:
    """Models of the lowest loss with the penalty."""
    return lowest_penalised(trained(paper.hidden_l1(coefficient)))


def of_as_many_seeds(values: list[Tensor]) -> Tensor:
    """Stack the first seeds of each coefficient, as many as all have."""
    return torch.stack([each[: min(map(len, values))] for each in values])


def superposed_features(W: Tensor) -> Tensor:
    """Number of represented features of each model that share their dimension."""
    return shares_dimension(W).sum(-1).double()


def represented_features(W: Tensor) -> Tensor:
    """Number of represented features of each model."""
    return geometry.represented(W).sum(-1).double()


def represented_per_dimension(sweep: Trained) -> np.ndarray:
    """Represented features for each hidden dimension, shape (point, seed)."""
    return geometry.represented(sweep.W).sum(-1).numpy() / sweep.experiment.n_hidden
