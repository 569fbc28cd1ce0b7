"""Computation in superposition: models of |x| with a ReLU hidden layer."""

from functools import cache

import torch
from scipy.stats import spearmanr
from torch import Tensor

import figures.computation
from claims.harness import Measure, claim
from tms import paper
from tms.analysis import absolute, neurons
from tms.analysis.absolute import PURE, has_a_pure_pair_for_each_feature
from tms.analysis.means import mean_where
from tms.analysis.sweeps import point_at
from tms.training import Trained

SUPERPOSITION = "computation-super-v-sparsity"
WEIGHTS = (0.125, 0.25, 0.5)
OUR_WEIGHT = "which weight counts is our choice, so that half and twice of it are asked the same"
IMPORTANT = 10
"""The most important features: half of the 20 that 40 neurons can compute two by two."""


@claim(
    "COMP-1",
    "Dense |x|: each feature gets one positive and one negative neuron, and the loss is near 0.",
    source="computation-basic",
)
def test_each_feature_gets_a_positive_and_a_negative_neuron(trained, measure, draw):
    sweep = trained(paper.absolute_value)
    measure(
        "best models with one pure neuron a side for each feature",
        has_a_pure_pair_for_each_feature(sweep.W[0]),
        paper=1,
        at_least=0.5,
        because="all of the best models: four of twenty without would put the interval below this",
    )
    runs = has_a_pure_pair_for_each_feature(sweep.trial_parameters["W"][0]).double().mean(-1)
    measure(
        "share of all runs with one pure neuron a side for each feature",
        runs,
        paper=None,
        at_least=0.5,
        because="a typical run finds it too, more often than not",
    )
    variance = sweep.experiment.n_features / 12
    measure(
        "loss, as a share of the variance of |x|",
        sweep.loss[0] / variance,
        paper=0,
        at_most=0.01,
        because="near 0: a hundredth of what a model without inputs would leave",
    )
    into, out = neurons.rescaled(sweep.W[0], sweep.parameters["W_out"][0])
    own = out.gather(-2, into.abs().argmax(-2, keepdim=True))[..., 0, :]
    measure(
        "largest difference of a neuron's own output weight from 1, input weights scaled to 1",
        (own - 1).abs().amax(-1),
        paper=0,
        at_most=0.1,
        because="|x| = ReLU(x) + ReLU(-x), with weights of 1; a tenth is what a figure shows",
    )
    best = sweep.loss[0].argmin()
    draw(figures.computation.absolute_value, "computation/abs_3x6", into[best], out[best])


@claim(
    "COMP-2",
    "Dense features get neurons of their own; sparse ones share them, and more are computed than neurons "
    "allow without superposition.",
    source=SUPERPOSITION,
)
def test_sparse_features_are_computed_in_superposition(trained, measure, draw):
    dense, sparse = trained(paper.absolute_value_dense), trained(paper.absolute_value_sparse)
    middle = trained(paper.absolute_value_intermediate)
    allowed = dense.experiment.n_hidden // 2
    for weight in WEIGHTS:
        if weight > WEIGHTS[0]:
            measure_dense_neurons(measure, dense, weight)
        measure(
            f"share of neurons that serve several features, density 0.01, if a weight of {weight:g} counts",
            neurons.polysemantic(inputs(sparse, 0.01), weight).double().mean(-1),
            paper=1,
            at_least=0.9,
            because=f"the paper's sparse models have hardly a neuron of one feature; {OUR_WEIGHT}",
        )
    without = f"without superposition a feature takes two neurons, and 40 neurons compute {allowed} features"
    for explained in (0.25, 0.5):
        computes = f"{explained:.0%} of whose variance is explained"
        measure(
            f"features computed, density 1: {computes}",
            computed(dense, 1.0, explained),
            paper=None,
            at_most=allowed,
            because=without,
        )
        measure(
            f"features computed, density 0.01: {computes}",
            computed(sparse, 0.01, explained),
            paper=None,
            at_least=allowed + 0.5,
            because=f"{without}; more is a whole number more",
        )
    sweeps = (dense, middle, sparse)
    shown = [(sweep, p) for sweep in sweeps for p in sweep.experiment.coordinates["density"]]
    draw(
        figures.computation.neurons,
        "computation/abs_100x40",
        torch.stack(
            [inputs(sweep, p)[sweep.loss[point_at(sweep, "density", p)].argmin()] for sweep, p in shown]
        ),
        [p for _, p in shown],
    )


@claim(
    "COMP-2",
    "Dense features get neurons of their own down to small weights, and more sparse features are computed "
    "well than neurons allow without superposition.",
    source=SUPERPOSITION,
    contradicted="Where three quarters of a feature's variance have to be explained, and not half, no "
    "more than 19 of the 20 features are computed: in superposition most are computed roughly. If weights "
    "of 0.125 count, some of the dense neurons serve two features.",
)
def test_sparse_features_are_computed_well_in_superposition(trained, measure):
    dense, sparse = trained(paper.absolute_value_dense), trained(paper.absolute_value_sparse)
    measure(
        "features computed, density 0.01: 75% of whose variance is explained",
        computed(sparse, 0.01, 0.75),
        paper=None,
        at_least=sparse.experiment.n_hidden // 2 + 0.5,
        because="40 neurons compute 20 features without superposition; more is a whole number more",
    )
    measure_dense_neurons(measure, dense, WEIGHTS[0])


@claim(
    "COMP-2",
    "Sparse features are represented in larger number than there are neurons.",
    source=SUPERPOSITION,
    contradicted="Importance falls by 0.8 a feature, and the 30th matters a thousandth of the first.",
)
def test_more_features_than_neurons_are_represented(trained, measure):
    sweep = trained(paper.absolute_value_sparse)
    for density in sweep.experiment.coordinates["density"]:
        for weight in WEIGHTS:
            measure(
                f"features that any neuron serves, density {density:g}, if a weight of {weight:g} counts",
                neurons.serves(inputs(sweep, density), weight).any(-1).sum(-1).double(),
                paper=None,
                at_least=sweep.experiment.n_hidden + 0.5,
                because="more features than neurons is a whole number more",
            )


@claim(
    "COMP-3",
    "At intermediate sparsity most neurons of the most important features stay monosemantic, while other "
    "neurons of the same model are highly polysemantic.",
    source=SUPERPOSITION,
    reading="Read at density 0.05, with weights of 0.25 and more; the paper speaks of some regimes and names "
    "none. Highly polysemantic is read as three features or more.",
)
def test_neurons_of_important_features_stay_monosemantic(trained, measure):
    W = inputs(trained(paper.absolute_value_intermediate), 0.05)
    measure_both_kinds(measure, W, neurons.SERVED, "density 0.05")


@claim(
    "COMP-3",
    "Neurons of both kinds coexist so at neighbouring densities, too, and whatever counts as a weight.",
    source=SUPERPOSITION,
    contradicted="At density 0.1 some models have no neuron of three features, and at 0.03 hardly more "
    "than half of the important ones' neurons are pure. So it is at 0.05 if a weight of 0.125 or only one "
    "of 0.5 counts: the regime is narrow, and what is seen of it depends on what counts as a weight.",
)
def test_neurons_of_important_features_stay_monosemantic_elsewhere(trained, measure):
    sweep = trained(paper.absolute_value_intermediate)
    for density, weight in ((0.1, 0.25), (0.03, 0.25), (0.05, 0.125), (0.05, 0.5)):
        where = f"density {density:g}, weight {weight:g}"
        measure_both_kinds(measure, inputs(sweep, density), weight, where)


@claim(
    "COMP-3",
    "At intermediate sparsity it is the neurons of less important features that are highly polysemantic.",
    source=SUPERPOSITION,
    contradicted="Over the neurons of a model, how many features one serves goes with how unimportant its "
    "primary feature is too weakly, if at all, to be told from chance.",
)
def test_neurons_of_less_important_features_serve_more(trained, measure):
    W = inputs(trained(paper.absolute_value_intermediate), 0.05)
    served, primary = neurons.features_per_neuron(W), W.abs().argmax(-2)
    measure(
        "rank correlation of features served with the rank of the primary feature",
        [spearmanr(n, i).statistic for n, i in zip(served, primary, strict=True)],
        paper=None,
        at_least=0.2,
        because="a rule worth the name orders clearly more pairs of neurons rightly than wrongly: 0.2 is 56%",
    )


@claim(
    "COMP-4",
    "Many neurons have one primary feature of large weight and secondary ones of small weight.",
    source=SUPERPOSITION,
    reading="The paper names no density. Read at 0.05 and 0.03; small is read as at most half of the primary "
    "weight.",
)
def test_neurons_have_a_primary_and_smaller_secondary_features(trained, measure):
    for density in (0.05, 0.03):
        measure_secondary(measure, trained(paper.absolute_value_intermediate), density, 0.5)


@claim(
    "COMP-4",
    "Many neurons have one primary feature and secondary ones at density 0.1, too, and of a quarter of its "
    "weight.",
    source=SUPERPOSITION,
    contradicted="At density 0.1 three neurons in four are still pure, so that fewer are of this kind. At "
    "every density more secondary weights than not are above a quarter.",
)
def test_neurons_have_a_primary_and_much_smaller_secondary_features(trained, measure):
    measure_secondary(measure, trained(paper.absolute_value_intermediate), 0.1, 0.5)
    for density in paper.INTERMEDIATE_DENSITIES:
        measure_secondary(measure, trained(paper.absolute_value_intermediate), density, 0.25)


def measure_dense_neurons(measure: Measure, sweep: Trained, weight: float) -> None:
    """Measure how many neurons serve one feature on dense features, if weights from `weight` on count."""
    measure(
        f"share of neurons that serve one feature, density 1, if a weight of {weight:g} counts",
        neurons.monosemantic(inputs(sweep, 1.0), weight).double().mean(-1),
        paper=1,
        at_least=0.9,
        because=f"each neuron a single feature: all but one in ten; {OUR_WEIGHT}",
    )


def measure_both_kinds(measure: Measure, W: Tensor, weight: float, where: str) -> None:
    """Measure monosemantic neurons of important features, and neurons of three features or more."""
    count, important = neurons.features_per_neuron(W, weight), W.abs().argmax(-2) < IMPORTANT
    measure(
        f"share of monosemantic neurons among those of the ten most important features, {where}",
        mean_where(count == 1, important),
        paper=None,
        at_least=0.6,
        because="tend to be monosemantic: clearly more than half of them",
    )
    measure(
        f"neurons that serve three features or more in a model, {where}",
        (count >= 3).sum(-1).double(),
        paper=None,
        at_least=1,
        because="a model has at least one",
    )


def measure_secondary(measure: Measure, sweep: Trained, density: float, small: float) -> None:
    """Measure neurons of several features whose second weight is at most a share `small` of the first."""
    second = neurons.secondary_share(inputs(sweep, density))
    several = second >= PURE
    measure(
        f"share of neurons of several features whose second weight is at most {small:g} of the first, "
        f"density {density:g}",
        mean_where(second <= small, several),
        paper=None,
        at_least=0.5,
        because="many: more often than not; of 100 random weights the second largest is 0.9 of the first",
    )
    measure(
        f"neurons with a primary and a secondary feature of at most {small:g} of its weight, "
        f"density {density:g}",
        (several & (second <= small)).double().sum(-1),
        paper=None,
        at_least=8,
        because="many: no fewer than one neuron in five",
    )


def inputs(sweep: Trained, density: float) -> Tensor:
    """Input weights at a density, scaled so that the largest of each neuron is 1; (seed, feature, neuron)."""
    point = point_at(sweep, "density", density)
    return neurons.rescaled(sweep.W[point], sweep.parameters["W_out"][point])[0]


variance_explained = cache(absolute.variance_explained)


def computed(sweep: Trained, density: float, explained: float) -> Tensor:
    """Number of features of each seed's model of which this share of the variance of |x| is explained."""
    shares = variance_explained(sweep, point_at(sweep, "density", density))
    return (shares >= explained).sum(-1).double()
