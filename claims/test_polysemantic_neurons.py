"""Computation in superposition: pure and polysemantic neurons of one model at intermediate sparsity."""

import figures.computation
from claims.harness import claim, note
from tms import paper
from tms.analysis import absolute, neurons
from tms.analysis.absolute import PURE, most_mixed, rescaled_inputs
from tms.analysis.activations import leading_shares, leading_shares_at_size
from tms.analysis.means import mean_where
from tms.analysis.sweeps import places

SOURCE = "computation-super-v-sparsity"
SWEEPS = (paper.absolute_value_intermediate, paper.absolute_value_sparse)
"""Sweeps of densities with neurons of both kinds."""

IMPORTANT = 10
"""The most important features: half of the 20 that 40 neurons can compute two by two."""

SMALL = 0.5
"""A secondary weight is small up to this share of the primary one."""

MIXED = (
    "The paper names no density. Read at that of the swept ones at which the share of monosemantic neurons "
    "is nearest to one half. A neuron serves a feature from a quarter of its largest weight on."
)


@claim(
    "COMP-3",
    "At intermediate sparsity many neurons are pure and some are highly polysemantic; those of the most "
    "important features tend to be monosemantic.",
    source=SOURCE,
    reading=f"{MIXED} Highly polysemantic is read as three features or more.",
)
def test_neurons_of_important_features_stay_monosemantic(trained, measure):
    W = rescaled_inputs(*most_mixed(*map(trained, SWEEPS)))
    count, important = neurons.features_per_neuron(W), W.abs().argmax(-2) < IMPORTANT
    measure(
        "monosemantic neurons in a model",
        (count == 1).double().sum(-1),
        paper=None,
        between=(8, 32),
        because="many, and not all: no fewer than one neuron in five, and no more than four",
    )
    measure(
        "neurons that serve three features or more in a model",
        (count >= 3).sum(-1).double(),
        paper=None,
        between=(1, 20),
        because="a subset: at least one, and no more than half of the neurons",
    )
    measure(
        "share of monosemantic neurons among those of the ten most important features",
        mean_where(count == 1, important),
        paper=None,
        at_least=0.5,
        because="tend to be monosemantic: more often than not",
    )
    measure(
        "share of monosemantic neurons among those of the ten most important features, less that of others",
        absolute.advantage_of_important(W, IMPORTANT),
        paper=None,
        at_least=0.1,
        because="it is their importance that counts: one neuron in ten more is monosemantic than elsewhere",
    )
    measure(
        "rank correlation of features served with the rank of the primary feature",
        neurons.load_by_rank(W),
        paper=None,
        at_least=0.2,
        because="a rule worth the name orders clearly more pairs of neurons rightly than wrongly: 0.2 is 56%",
    )


@note("COMP-3", "Neurons of both kinds coexist at each intermediate density.", source=SOURCE)
def test_neurons_of_both_kinds_at_each_intermediate_density(trained, measure):
    for sweep, point, density in places(map(trained, SWEEPS)):
        for weight in (0.125, 0.25, 0.5):
            W, where = rescaled_inputs(sweep, point), f"density {density:g}, if a weight of {weight:g} counts"
            count, important = neurons.features_per_neuron(W, weight), W.abs().argmax(-2) < IMPORTANT
            measure(
                f"share of monosemantic neurons among those of the ten most important features, {where}",
                mean_where(count == 1, important),
            )
            measure(
                f"neurons that serve three features or more in a model, {where}",
                (count >= 3).sum(-1).double(),
            )


@claim(
    "COMP-4",
    "Many neurons have one primary feature of large weight and secondary ones of small weight.",
    source=SOURCE,
    reading=f"{MIXED} Small is read as at most half of the primary weight.",
)
def test_neurons_have_a_primary_and_smaller_secondary_features(trained, measure):
    second = neurons.secondary_share(rescaled_inputs(*most_mixed(*map(trained, SWEEPS))))
    several = second >= PURE
    measure(
        "share of neurons of several features whose second weight is at most half of the first",
        mean_where(second <= SMALL, several),
        paper=None,
        at_least=0.5,
        because="many: more often than not; of 100 random weights the second largest is 0.9 of the first",
    )
    measure(
        "neurons with a primary and a secondary feature of at most half of its weight",
        (several & (second <= SMALL)).double().sum(-1),
        paper=None,
        at_least=8,
        because="many: no fewer than one neuron in five",
    )


@note("COMP-4", "Secondary weights are small at each intermediate density.", source=SOURCE)
def test_neurons_have_small_secondary_features_at_each_intermediate_density(trained, measure):
    for sweep, point, density in places(map(trained, SWEEPS)):
        second = neurons.secondary_share(rescaled_inputs(sweep, point))
        for small in (0.25, 0.5):
            measure(
                f"share of neurons of several features whose second weight is at most {small:g} of the "
                f"first, density {density:g}",
                mean_where(second <= small, second >= PURE),
            )


@claim(
    "COMP-6",
    "The largest activations of a neuron come from its primary feature, and smaller ones from many.",
    source=SOURCE,
    reading=f"{MIXED} The neurons are those with secondary features of at most half of the primary weight. "
    "An activation comes from the feature that contributes most to it.",
)
def test_the_largest_activations_come_from_the_primary_feature(trained, measure, draw):
    sweep, point = most_mixed(*map(trained, SWEEPS))
    second = neurons.secondary_share(rescaled_inputs(sweep, point))
    such = (second >= PURE) & (second <= SMALL)
    shares = leading_shares(sweep, point)
    measure(
        "share of the largest hundredth of activations that comes from the primary feature",
        mean_where(shares[..., -1], such),
        paper=1,
        at_least=0.9,
        because="all or nearly all of them",
    )
    measure(
        "share of the activations around the median that comes from other features",
        1 - mean_where(shares[..., 45:55].mean(-1), such),
        paper=None,
        at_least=0.25,
        because="much more polysemantic: a quarter or more, while it is a tenth or less of the largest",
    )
    draw(
        figures.computation.activations,
        "computation/activations",
        leading_shares_at_size(sweep, point, such),
    )
