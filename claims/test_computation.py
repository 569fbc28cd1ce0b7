"""Computation in superposition: how many absolute values a ReLU hidden layer computes."""

import torch

import figures.computation
from claims.harness import claim, note
from tms import paper
from tms.analysis import absolute, neurons
from tms.analysis.sweeps import places

SUPERPOSITION = "computation-super-v-sparsity"
PER_FEATURE = 2
"""Neurons that compute one absolute value without superposition."""

SPARSEST = 0.001
"""Density at which features are sparse enough without doubt: the lowest of the sweep."""

SWEEPS = (
    paper.absolute_value_dense,
    paper.absolute_value_intermediate,
    paper.absolute_value_sparse,
    paper.absolute_value_sparsest,
)
"""Models of 100 features in 40 neurons, from dense to sparse."""


@claim(
    "COMP-1",
    "Dense |x|: each feature gets one positive and one negative neuron, and the loss is near 0.",
    source="computation-basic",
    reading="Read for the best of a few runs.",
)
def test_each_feature_gets_a_positive_and_a_negative_neuron(trained, measure, draw):
    sweep = trained(paper.absolute_value)
    measure(
        "best models with one pure neuron a side for each feature",
        absolute.has_a_pure_pair_for_each_feature(sweep.W[0]),
        paper=1,
        at_least=0.8,
        because="all models: of 64, a rate of 95% has an interval above this and a rate of 90% has not",
    )
    measure(
        "loss, as a share of the variance of |x|",
        sweep.loss[0] / (sweep.experiment.n_features * absolute.UNIFORM_VARIANCE),
        paper=0,
        at_most=0.01,
        because="near 0: a hundredth of what a model without inputs would leave",
    )
    measure(
        "largest difference of a neuron's own output weight from 1, input weights scaled to 1",
        absolute.errors_of_own_output(sweep, 0),
        paper=0,
        at_most=0.1,
        because="|x| = ReLU(x) + ReLU(-x), with weights of 1; a tenth is what a figure shows",
    )
    best = sweep.loss[0].argmin()
    draw(
        figures.computation.absolute_value,
        "computation/abs_3x6",
        *neurons.rescaled(sweep.W[0, best], sweep.parameters["W_out"][0, best]),
    )


@note("COMP-1", "A single run finds the pairs of neurons.", source="computation-basic")
def test_single_runs_give_each_feature_a_positive_and_a_negative_neuron(trained, measure):
    runs = absolute.has_a_pure_pair_for_each_feature(trained(paper.absolute_value).trial_parameters["W"][0])
    measure("share of all runs with one pure neuron a side for each feature", runs.double().mean(-1))


@claim(
    "COMP-2",
    "Dense features get neurons of their own; sparse ones share them, and more are computed than neurons "
    "allow without superposition.",
    source=SUPERPOSITION,
    reading="Sparse is read at density 0.001. A feature is computed if a model explains half of the variance "
    "of its absolute value, and a neuron serves it from a quarter of the neuron's largest weight on.",
)
def test_sparse_features_are_computed_in_superposition(trained, measure, draw):
    dense, sparsest = trained(paper.absolute_value_dense), trained(paper.absolute_value_sparsest)
    allowed = dense.experiment.n_hidden // PER_FEATURE
    without = f"without superposition a feature takes two neurons, and 40 neurons compute {allowed} features"
    measure(
        "share of neurons that serve one feature, density 1",
        neurons.monosemantic_share(absolute.rescaled_inputs(dense, 0)),
        paper=1,
        at_least=0.9,
        because="each neuron a single feature: all but one in ten",
    )
    measure(
        "features computed, density 1",
        absolute.features_computed(dense, 0),
        paper=allowed,
        within=1,
        because=f"{without}; good models compute all of them but for one",
    )
    measure(
        f"share of neurons that serve several features, density {SPARSEST:g}",
        neurons.polysemantic_share(absolute.rescaled_inputs(sparsest, 0)),
        paper=1,
        at_least=0.5,
        because="sparse features share neurons: most neurons serve several; the paper's text gives no share",
    )
    measure(
        f"features computed, density {SPARSEST:g}",
        absolute.features_computed(sparsest, 0),
        paper=None,
        at_least=allowed + 1,
        because=f"{without}; more is at least one more",
    )
    shown = list(places(map(trained, SWEEPS)))
    draw(
        figures.computation.neurons,
        "computation/abs_100x40",
        torch.stack([absolute.rescaled_inputs(sweep, p)[sweep.loss[p].argmin()] for sweep, p, _ in shown]),
        [density for *_, density in shown],
    )


@claim(
    "COMP-2",
    "Sparse features are represented in larger number than there are neurons.",
    source=SUPERPOSITION,
    reading="At density 0.001. A feature is represented if its loss is at most three quarters of that of "
    "ignoring it; computing one of its two sides leaves a half.",
)
def test_more_features_than_neurons_are_represented(trained, measure):
    sweep = trained(paper.absolute_value_sparsest)
    measure(
        f"features represented, density {SPARSEST:g}",
        absolute.features_represented(sweep, 0),
        paper=None,
        at_least=sweep.experiment.n_hidden + 1,
        because="more features than neurons is at least one more",
    )


@note(
    "COMP-2",
    "Sparse features are computed in superposition whatever the density and the share of their variance.",
    source=SUPERPOSITION,
)
def test_features_computed_at_each_density(trained, measure):
    for sweep, point, density in places(map(trained, SWEEPS)):
        for explained in (0.25, 0.5, 0.75):
            measure(
                f"features of which {explained:.0%} of the variance is explained, density {density:g}",
                absolute.features_computed(sweep, point, explained),
            )


@note(
    "COMP-2",
    "Dense features get neurons of their own, and sparse ones share them, whatever counts as a weight.",
    source=SUPERPOSITION,
    reading="Half and twice of a quarter of a neuron's largest weight.",
)
def test_sparse_features_share_neurons_by_other_weights(trained, measure):
    for sweep, point, density in places(map(trained, SWEEPS)):
        inputs = absolute.rescaled_inputs(sweep, point)
        for weight in (0.125, 0.25, 0.5):
            where = f"density {density:g}, if a weight of {weight:g} counts"
            measure(
                f"share of neurons that serve several features, {where}",
                neurons.polysemantic_share(inputs, weight),
            )
            measure(
                f"features that any neuron serves, {where}",
                neurons.serves(inputs, weight).any(-1).sum(-1).double(),
            )


@claim(
    "COMP-7",
    "The task is learned more easily with more neurons than are needed.",
    source=SUPERPOSITION,
    reading="Two neurons for each feature are needed. It is easier if more runs learn it in as many steps.",
)
def test_more_neurons_make_learning_easier(trained, measure, draw):
    sizes = [trained(paper.learned_with(m)) for m in paper.LEARNED_SIZES]
    learned = torch.stack([absolute.runs_that_learned(sweep, 0) for sweep in sizes])
    needed, most = paper.LEARNED_SIZES[0], paper.LEARNED_SIZES[-1]
    measure(
        f"share of runs that learn the task with {most} neurons, less that with {needed}",
        learned[-1] - learned[0],
        paper=None,
        at_least=0.1,
        because="more easily: a tenth of all runs more",
    )
    measure(
        f"share of runs that learn the task with {most} neurons",
        learned[-1],
        paper=None,
        at_least=0.9,
        because="easily: hardly a run fails",
    )
    draw(
        figures.computation.learning,
        "computation/learning",
        paper.LEARNED_SIZES,
        learned,
        PER_FEATURE * sizes[0].experiment.n_features,
    )
