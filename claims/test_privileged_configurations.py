"""Superposition in a privileged basis: hidden biases, and ranges of sparsity with one configuration."""

import torch
from torch import Tensor

import figures.privileged
from claims.harness import Measure, claim
from tms import paper
from tms.analysis import neurons
from tms.analysis.neurons import distances_up_to_permutation, open_share
from tms.analysis.sweeps import of_lowest_loss
from tms.training import Trained

SOURCE = "privileged-basis"
SAME = 0.5
"""Two models have one configuration below this distance: one weight of size 1 against 0 would make 1."""


@claim(
    "PRIV-5",
    "Given a hidden bias, the model makes the biases positive and so avoids the ReLU.",
    source=SOURCE,
    reading="Positive biases are read for densities of 0.3 and less; that the ReLU is avoided, for 1 too.",
)
def test_positive_hidden_biases_avoid_the_relu(trained, measure):
    biased, plain = trained(paper.privileged_bias), trained(paper.privileged_without_bias)
    active, without = open_share(biased), open_share(plain)
    for point, density in enumerate(paper.BIAS_DENSITIES):
        if density < 1:
            measure_positive_biases(measure, biased, point)
        measure(
            f"how often a neuron's ReLU is open, density {density:g}",
            active[point],
            paper=1,
            at_least=0.95,
            because="where it is always open the layer is linear; one input in twenty is rare",
        )
        if density < 1:
            measure(
                f"how often it is open without the bias, density {density:g}",
                without[point],
                paper=None,
                at_most=0.9,
                because="avoiding must take the bias: without one the ReLU is closed on a tenth of the "
                "inputs or more",
            )


@claim(
    "PRIV-5",
    "Given a hidden bias, the model makes all the biases positive on dense features, too.",
    source=SOURCE,
    contradicted="On dense features about a quarter of them are negative: a neuron of one feature with a "
    "positive weight hardly meets the ReLU, which a bias of either sign leaves so.",
)
def test_hidden_biases_are_positive_on_dense_features(trained, measure):
    measure_positive_biases(measure, trained(paper.privileged_bias), 0)


@claim(
    "PRIV-6",
    "Over whole ranges of sparsity the lowest-loss solution keeps one weight configuration, then jumps.",
    source=SOURCE,
    reading="Read for densities from 0.75 to 0.32, where one run in seven or more finds the configuration of "
    "lowest loss. Below 0.15 hardly two of a hundred runs share a configuration.",
)
def test_the_best_configuration_jumps_between_ranges_of_sparsity(trained, measure, draw):
    sweep, sparser = trained(paper.privileged_ranges), trained(paper.privileged_basis)
    density = sweep.experiment.coordinates["density"]
    step = torch.stack(
        [distances_up_to_permutation(sweep.W[point], sweep.W[point + 1]) for point in range(len(density) - 1)]
    )
    jump = step > SAME
    measure(
        "share of neighbouring densities with one configuration",
        share(~jump, 0),
        paper=None,
        at_least=0.75,
        because="whole ranges: on average four densities or more from one change to the next",
    )
    measure(
        "median distance of the weights at neighbouring densities",
        step.median(0).values,
        paper=0,
        at_most=0.2,
        because="one configuration: all 50 weights together move by less than a fifth of one feature",
    )
    measure(
        "largest distance of the weights at neighbouring densities",
        step.amax(0),
        paper=None,
        at_least=1,
        because="a jump: at least one weight goes from 0 to 1 in one step of the density",
    )
    best = of_lowest_loss(sweep, len(density) - 1)
    measure(
        "distance of the weights at density 0.12 from those at 0.32",
        distances_up_to_permutation(best.expand_as(sparser.W[3]), sparser.W[3]),
        paper=None,
        at_least=1,
        because="it jumps again: the range that holds 0.32 does not reach to 0.12",
    )
    agree = torch.stack(
        [
            distances_up_to_permutation(
                of_lowest_loss(sweep, point).expand_as(sweep.W[point]), sweep.W[point]
            )
            < SAME
            for point in range(len(density))
        ]
    )
    measure(
        "share of densities at which a group's best model has the configuration of the best of all",
        share(agree, 0),
        paper=1,
        at_least=0.75,
        because="the optimum is one configuration, which independent groups of runs find: all but those at "
        "densities beside a jump, where two have nearly one loss",
    )
    draw(
        figures.privileged.configuration_ranges,
        "privileged/configuration_ranges",
        density,
        step.numpy(),
        neurons.features_per_neuron(torch.stack([of_lowest_loss(sweep, p) for p in range(len(density))])),
        SAME,
    )


def measure_positive_biases(measure: Measure, sweep: Trained, point: int) -> None:
    """Measure how many of a point's hidden biases are positive."""
    measure(
        f"share of hidden biases that are positive, density {paper.BIAS_DENSITIES[point]:g}",
        (sweep.parameters["b_hidden"][point] > 0).double().mean(-1),
        paper=1,
        at_least=0.9,
        because="all of them, but for one in ten",
    )


def share(flags: Tensor, axis: int = -1) -> Tensor:
    """Share of true values along an axis."""
    return flags.double().mean(axis)
