"""Computation in superposition: models of |x| with a ReLU hidden layer."""

import numpy as np
import torch
from scipy.stats import spearmanr

import figures.computation
from claims.claim import claim
from tms import features, neurons, paper
from tms.absolute import explained_when_active
from tms.motifs import asymmetric_motifs

SUPERPOSITION = "computation-super-v-sparsity"
PURE = 0.1
"""A neuron of one feature has no second input weight above this share of its largest."""
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
        both_sides(sweep.W[0]),
        paper=1,
        at_least=0.5,
        because="all of the best models: one seed without would put the interval below this",
    )
    runs = both_sides(sweep.trial_parameters["W"][0]).double().mean(-1)
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
    allowed = dense.experiment.n_hidden / 2
    measure(
        "share of neurons that serve one feature, density 1",
        neurons.monosemantic(inputs(dense, 1.0)).double().mean(-1),
        paper=1,
        at_least=0.9,
        because="each neuron a single feature: all but one in ten",
    )
    measure(
        "share of neurons that serve several features, density 0.01",
        neurons.polysemantic(inputs(sparse, 0.01)).double().mean(-1),
        paper=1,
        at_least=0.9,
        because="the paper's sparse models have hardly a neuron of one feature: all but one in ten",
    )
    without = "without superposition a feature takes two neurons, which 40 neurons make 20 features"
    measure(
        "features computed, density 1",
        computed(dense, 1.0),
        paper=None,
        at_most=allowed,
        because=without,
    )
    measure(
        "features computed, density 0.01",
        computed(sparse, 0.01),
        paper=None,
        at_least=allowed,
        because=f"{without}; more are computed only in superposition",
    )
    sweeps = (dense, middle, sparse)
    shown = [(sweep, p) for sweep in sweeps for p in sweep.experiment.coordinates["density"]]
    draw(
        figures.computation.neurons,
        "computation/abs_100x40",
        torch.stack([inputs(sweep, p)[sweep.loss[at(sweep, p)].argmin()] for sweep, p in shown]),
        [p for _, p in shown],
    )


@claim(
    "COMP-3",
    "At intermediate sparsity most neurons of the most important features stay monosemantic, while other "
    "neurons of the same model are highly polysemantic.",
    source=SUPERPOSITION,
    reading="Read at density 0.05, as the paper names none, and as: neurons of both kinds in one model, most "
    "of those of important features pure. That it is the neurons of less important features that serve more "
    "is too weak a tendency to be measured over six models.",
)
def test_neurons_of_important_features_stay_monosemantic(trained, measure):
    W = inputs(trained(paper.absolute_value_intermediate), 0.05)
    count, important = neurons.features_per_neuron(W), W.abs().argmax(-2) < IMPORTANT
    measure(
        "share of monosemantic neurons among those of the ten most important features",
        mean_where(count == 1, important),
        paper=None,
        at_least=0.6,
        because="tend to be monosemantic: clearly more than half of them",
    )
    measure(
        "models with a neuron that serves three features or more",
        (count >= 3).any(-1),
        paper=1,
        at_least=0.4,
        because="all of the models: with one that has none the interval would reach below this",
    )


@claim(
    "COMP-3",
    "At intermediate sparsity it is the neurons of less important features that are highly polysemantic.",
    source=SUPERPOSITION,
    not_replicated="Over the neurons of a model, how many features one serves goes with how unimportant its "
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
    reading="The paper names no density. Read at 0.03; small is read as at most half of the primary weight.",
)
def test_neurons_have_a_primary_and_smaller_secondary_features(trained, measure):
    W = inputs(trained(paper.absolute_value_intermediate), 0.03)
    second = neurons.secondary_share(W)
    several = second >= PURE
    measure(
        "share of neurons of several features whose second weight is at most half of the first",
        mean_where(second <= 0.5, several),
        paper=None,
        at_least=0.5,
        because="many: more often than not; of 100 random weights the second largest is 0.9 of the first",
    )
    measure(
        "neurons with a primary and a small secondary feature",
        (several & (second <= 0.5)).double().sum(-1),
        paper=None,
        at_least=8,
        because="many: no fewer than one neuron in five",
    )


@claim(
    "COMP-5",
    "Asymmetric superposition: two features share a neuron with unequal input weights and reciprocal output "
    "weights, with an inhibiting neuron beside it.",
    source="computation-asymmetric-motif",
    reading="The paper gives neither density nor importance. Read for equally important features at density "
    "0.2; how often it occurs at others is measured beside it.",
)
def test_two_features_share_a_neuron_asymmetrically(trained, measure, draw):
    sweep = trained(paper.absolute_value_shared)
    density = sweep.experiment.coordinates["density"].tolist()
    at = density.index(0.2)
    W, W_out = sweep.W[at], sweep.parameters["W_out"][at]
    found = [asymmetric_motifs(a, b) for a, b in zip(W, W_out, strict=True)]
    measure(
        "best models with the motif, density 0.2",
        torch.tensor([len(each) > 0 for each in found]),
        paper=1,
        at_least=0.5,
        because="the motif is how the best models do it: more often than not",
    )
    measure(
        "instances of the motif in a best model, density 0.2",
        [float(len(each)) for each in found],
        paper=2,
        between=(1, 3),
        because="the paper's model has two; the sixth feature needs one for each of its two sides",
    )
    ratios = np.array(
        [np.mean([(m.input_ratio, m.output_ratio) for m in each], axis=0) for each in found if each]
    )
    measure(
        "ratio of the input weights on a shared neuron",
        ratios[:, 0],
        paper=4,
        between=(2, 8),
        because="the paper's example is 2 to 1/2; half and twice of that are of its kind",
    )
    measure(
        "log2 of the input ratio over the output ratio",
        np.log2(ratios[:, 0] / ratios[:, 1]),
        paper=0,
        within=0.5,
        because="reciprocal weights have the same ratio: equal on average within a factor of sqrt 2",
    )
    regions = {0.2: {"at_least": 0.5}, 0.3: {"at_least": 0.25}, 1.0: {"at_most": 0.1}}
    reasons = {
        0.2: "the motif is how models do it: it is in more single runs than not",
        0.3: "more often than the quarter that would be accepted as chance below",
        1.0: "dense features interfere whenever they share a neuron, so that none do",
    }
    for p, region in regions.items():
        measure(
            f"share of all runs with the motif, density {p:g}",
            share_with_motif(sweep, density.index(p)),
            paper=None,
            **region,
            because=reasons[p],
        )
    measure(
        "share of all runs with the motif if each neuron had another's output weights, density 0.2",
        share_with_motif(sweep, at, roll=1),
        paper=0,
        at_most=0.25,
        because="what the search finds by chance must be a small part of what it finds",
    )
    best = int(sweep.loss[at].argmin())
    marked = sorted({neuron for m in found[best] for neuron in (m.shared, m.inhibiting)})
    draw(
        figures.computation.asymmetric_motif,
        "computation/asymmetric_motif",
        *neurons.rescaled(W[best], W_out[best]),
        marked,
    )


def both_sides(W):
    """Whether every feature has exactly two pure neurons, one a side."""
    main = W.gather(-2, W.abs().argmax(-2, keepdim=True))[..., 0, :]
    pure = (neurons.secondary_share(W) < PURE).all(-1)
    one = torch.nn.functional.one_hot(W.abs().argmax(-2), W.shape[-2])
    positive = (one * (main > 0)[..., None]).sum(-2)
    negative = (one * (main < 0)[..., None]).sum(-2)
    return pure & ((positive == 1) & (negative == 1)).all(-1)


def share_with_motif(sweep, point, roll=0):
    """Share of the runs of each seed in which the motif is found."""
    W, W_out = (sweep.trial_parameters[name][point] for name in ("W", "W_out"))
    return [
        np.mean([len(asymmetric_motifs(a, b.roll(roll, -1))) > 0 for a, b in zip(*trials, strict=True)])
        for trials in zip(W, W_out, strict=True)
    ]


def at(sweep, density):
    """Position of a density in a sweep."""
    return int(np.abs(sweep.experiment.coordinates["density"] - density).argmin())


def inputs(sweep, density):
    """Input weights at a density, scaled so that the largest of each neuron is 1."""
    point = at(sweep, density)
    return neurons.rescaled(sweep.W[point], sweep.parameters["W_out"][point])[0]


def computed(sweep, density):
    """Number of features of each seed's model of which half of the variance of |x| is explained."""
    point, experiment = at(sweep, density), sweep.experiment
    keys = experiment.instances.keys[point * experiment.trials :][: experiment.seeds]
    spread = np.broadcast_to(experiment.features.density[point], (len(keys), experiment.n_features))
    x = features.sample(experiment.features, spread, keys, step=experiment.steps, batch_size=4096)
    own = torch.linspace(-1, 1, x.shape[1])
    parts = (sweep.parameters[name][point] for name in ("W", "W_out", "b"))
    models = zip(*parts, x, strict=True)
    return torch.stack([(explained_when_active(*each, own) >= 0.5).sum() for each in models]).double()


def mean_where(values, mask):
    """Mean of the values of each seed's neurons under a mask."""
    return (values.double() * mask).sum(-1) / mask.sum(-1).clamp(min=1)
