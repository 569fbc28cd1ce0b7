"""Superposition in a privileged basis: hidden biases, and ranges of sparsity with one configuration."""

import torch

import figures.privileged
from claims.harness import claim, note
from tms import paper
from tms.analysis import neurons
from tms.analysis.exact_losses import zero_loss
from tms.analysis.means import means_of_groups, ratio_of_means
from tms.analysis.neurons import (
    distances_up_to_permutation,
    mean_alignment,
    mean_features_averaged,
    open_share,
)
from tms.analysis.sweeps import of_lowest_loss

SOURCE = "privileged-basis"
SAME = 0.5
"""Two models have one configuration below this distance: one weight of size 1 against 0 would make 1."""

ALWAYS_OPEN = "where it is always open the layer is linear; one input in twenty is rare"
"""Why a ReLU counts as avoided."""


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
            measure(
                f"share of hidden biases that are positive, density {density:g}",
                (biased.parameters["b_hidden"][point] > 0).double().mean(-1),
                paper=1,
                at_least=0.9,
                because="all of them, but for one in ten",
            )
        measure(
            f"how often a neuron's ReLU is open, density {density:g}",
            active[point],
            paper=1,
            at_least=0.95,
            because=ALWAYS_OPEN,
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


@note(
    "PRIV-5",
    "Given a hidden bias, the model makes all the biases positive on dense features, too.",
    source=SOURCE,
)
def test_hidden_biases_are_positive_on_dense_features(trained, measure):
    measure(
        "share of hidden biases that are positive, density 1",
        (trained(paper.privileged_bias).parameters["b_hidden"][0] > 0).double().mean(-1),
    )


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
    measure(
        "share of neighbouring densities with one configuration",
        (step <= SAME).double().mean(0),
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
        agree.double().mean(0),
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


@claim(
    "PRIV-7",
    "Without a hidden bias, a model of enough features simulates one with the mean of many features.",
    source=SOURCE,
    reading="At density 0.3, where models of ten features close the ReLU on more than a tenth of the inputs. "
    "To simulate a bias is to do most of what a bias does; the paper does not ask that the ReLU never close.",
)
def test_many_features_simulate_a_hidden_bias(trained, measure, draw):
    sweeps = [trained(paper.many_features(n)) for n in paper.FEATURE_COUNTS]
    is_open = [open_share(sweep)[0] for sweep in sweeps]
    few, many = paper.FEATURE_COUNTS[0], paper.FEATURE_COUNTS[-1]
    biased = open_share(trained(paper.privileged_bias))[paper.BIAS_DENSITIES.index(0.3)]
    measure(
        f"loss over that of outputs of 0, {many} features",
        sweeps[-1].loss[0] / float(zero_loss(sweeps[-1].experiment)[0]),
        paper=None,
        at_most=1,
        because="the features are stored: weights that say nothing about them do not lower the loss",
    )
    measure(
        f"how often a neuron's ReLU is open, {few} features",
        is_open[0],
        paper=None,
        between=(0.1, 0.9),
        because="there is something to simulate: the ReLU is closed on a tenth of the inputs or more, and is "
        "used",
    )
    measure(
        f"how far {many} features open it (0: as {few} features, 1: as a hidden bias)",
        ratio_of_means(is_open[-1] - is_open[0], means_of_groups(biased, len(is_open[0])) - is_open[0]),
        paper=1,
        at_least=0.5,
        because="most of what a bias does",
    )
    measure(
        f"features over which a neuron averages besides those that it stores, {many} features",
        mean_features_averaged(sweeps[-1].W)[0],
        paper=None,
        at_least=few,
        because="many: as many as the model has that does not simulate a bias, or more",
    )
    draw(
        figures.privileged.simulated_bias,
        "privileged/simulated_bias",
        paper.FEATURE_COUNTS,
        torch.stack(is_open),
        float(biased.mean()),
    )


@note(
    "PRIV-7",
    "How often the ReLU of a neuron is open without a bias, for more and more features.",
    source=SOURCE,
)
def test_how_often_the_relu_is_open_for_more_features(trained, measure):
    for n in paper.FEATURE_COUNTS:
        measure(
            f"how often a neuron's ReLU is open, {n} features", open_share(trained(paper.many_features(n)))[0]
        )


@claim(
    "PRIV-8",
    "An L1 penalty on the hidden layer gives a privileged basis, too.",
    source=SOURCE,
    reading="The hidden layer is linear, so that only the penalty can tell its directions apart. Read for "
    "features that are sparse, at densities 0.35 and 0.15.",
)
def test_an_l1_penalty_aligns_features_with_neurons(trained, measure, draw):
    penalised, plain = trained(paper.penalised_basis), trained(paper.linear_basis)
    chance = 3 / (plain.experiment.n_hidden + 2)
    for point in (1, 2):
        density = f"{paper.PRIVILEGED_DENSITIES[point]:g}"
        measure(
            f"alignment of represented features with the penalty, density {density}",
            mean_alignment(penalised.W[point]),
            paper=None,
            at_least=0.6,
            because=f"features on one neuron or on two have 1 or 0.5, without a basis {chance:.2f}",
        )
        measure(
            f"alignment of represented features without it, density {density}",
            mean_alignment(plain.W[point]),
            paper=chance,
            within=0.1,
            because="by chance it is 3 / (m + 2); 0.1 is a sixth of the way from there to 1",
        )
    draw(
        figures.privileged.penalised_weights,
        "privileged/penalised",
        plain.W[:, 0],
        penalised.W[:, 0],
        [f"$1-S = {p:g}$" for p in paper.PRIVILEGED_DENSITIES[:3]],
    )


@note("PRIV-8", "An L1 penalty on the hidden layer aligns dense features with neurons, too.", source=SOURCE)
def test_an_l1_penalty_aligns_dense_features_with_neurons(trained, measure):
    for kind, factory in (("with", paper.penalised_basis), ("without", paper.linear_basis)):
        measure(
            f"alignment of represented features {kind} the penalty, density 1",
            mean_alignment(trained(factory).W[0]),
        )
