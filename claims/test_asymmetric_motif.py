"""Computation in superposition: the asymmetric superposition motif, with inhibition."""

import torch

import figures.computation
from claims.harness import claim, note
from tms import paper
from tms.analysis import motifs, neurons
from tms.analysis.sweeps import point_at

SOURCE = "computation-asymmetric-motif"


@claim(
    "COMP-5",
    "Asymmetric superposition: two features share a neuron with unequal input weights and reciprocal output "
    "weights, with an inhibiting neuron beside it.",
    source=SOURCE,
    reading="The paper shows one model and names neither its density nor its importances. Read for equally "
    "important features, at densities 0.3 and 0.2, the best of several runs.",
)
def test_two_features_share_a_neuron_asymmetrically(trained, measure, draw):
    sweep = trained(paper.absolute_value_shared)
    for density in (0.3, 0.2):
        point = point_at(sweep, "density", density)
        found = motifs.in_best_models(sweep, point)
        measure(
            f"instances of the motif in a best model, density {density:g}",
            [float(len(each)) for each in found],
            paper=2,
            between=(1, 3),
            because="the paper's model has two; the sixth feature needs one for each of its two sides",
        )
        ratios = motifs.mean_ratios_of_models(found)
        measure(
            f"ratio of the input weights on a shared neuron, density {density:g}",
            ratios[:, 0],
            paper=4,
            between=(2, 8),
            because="the paper's example is 2 to 1/2; half and twice of that are of its kind",
        )
        measure(
            f"log2 of the input ratio over the output ratio, density {density:g}",
            (ratios[:, 0] / ratios[:, 1]).log2(),
            paper=0,
            within=0.5,
            because="reciprocal weights have the same ratio: equal on average within a factor of sqrt 2",
        )
        measure(
            "share of all runs with the motif less that if each neuron had another's output weights, density "
            f"{density:g}",
            motifs.share_of_runs(sweep, point) - motifs.share_of_runs(sweep, point, roll=1),
            paper=None,
            at_least=0.5,
            because="the motif is how models do it, and not found by chance: in more than half of the runs",
        )
    point = point_at(sweep, "density", 0.2)
    best = int(sweep.loss[point].argmin())
    marked = {k for m in motifs.in_best_models(sweep, point)[best] for k in (m.shared, m.inhibiting)}
    draw(
        figures.computation.asymmetric_motif,
        "computation/asymmetric_motif",
        *neurons.rescaled(sweep.W[point, best], sweep.parameters["W_out"][point, best]),
        sorted(marked),
    )


@note("COMP-5", "Models have asymmetric superposition at each density.", source=SOURCE)
def test_two_features_share_a_neuron_asymmetrically_at_each_density(trained, measure):
    sweep = trained(paper.absolute_value_shared)
    for point, density in enumerate(sweep.experiment.coordinates["density"]):
        measure(
            f"best models with the motif, density {density:g}",
            torch.tensor([len(each) > 0 for each in motifs.in_best_models(sweep, point)]),
        )
        measure(
            f"share of all runs with the motif, density {density:g}",
            motifs.share_of_runs(sweep, point),
        )
