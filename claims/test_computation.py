"""Computation in superposition: models of |x| with a ReLU hidden layer."""

import numpy as np
import torch

import figures.computation
from claims.claim import claim
from tms import neurons, paper
from tms.motifs import asymmetric_motifs

PURE = 0.1
"""A neuron of one feature has no second input weight above this share of its largest."""


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
