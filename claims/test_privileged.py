"""Superposition in a privileged basis: which features the neurons of a ReLU hidden layer serve."""

import torch

import figures.privileged
from claims.harness import claim, note
from tms import paper
from tms.analysis import neurons
from tms.analysis.means import mean_where, means_of_groups
from tms.analysis.neurons import mean_alignment, negligible_share
from tms.analysis.sweeps import of_lowest_loss, places

SOURCE = "privileged-basis"
DENSITIES = [f"{density:g}" for density in paper.PRIVILEGED_DENSITIES]
SWEEPS = (paper.privileged_basis, paper.privileged_basis_sparsest)
"""Models of the six densities, from dense to sparse."""

ALL = "all five neurons of the best model: on average fewer than one in ten is of another kind"


@claim(
    "PRIV-1",
    "With a ReLU hidden layer features align with neurons; with a linear one they do not.",
    source=SOURCE,
)
def test_relu_hidden_layer_aligns_features_with_neurons(trained, measure, draw):
    relu, linear = trained(paper.privileged_basis), trained(paper.linear_basis)
    chance = 3 / (relu.experiment.n_hidden + 2)
    measure(
        "ReLU, dense: alignment of represented features",
        mean_alignment(relu.W[0]),
        paper=1,
        at_least=0.9,
        because="1 is one neuron a feature; a feature 13 degrees off its neuron has 0.9",
    )
    measure(
        f"ReLU, density {DENSITIES[1]}: alignment of represented features",
        mean_alignment(relu.W[1]),
        paper=None,
        at_least=0.6,
        because=f"features on one neuron or on two have 1 or 0.5; a direction that knows of no basis has "
        f"3 / (m + 2) = {chance:.2f}",
    )
    measure(
        f"ReLU, density {DENSITIES[1]}: highest alignment of a feature",
        neurons.alignment(relu.W[1]).amax(-1),
        paper=1,
        between=(0.99, 1 + 1e-9),
        because="1 is a feature that has one neuron to itself; nothing is more aligned",
    )
    for point in range(3):
        measure(
            f"linear, density {DENSITIES[point]}: alignment of represented features",
            mean_alignment(linear.W[point]),
            paper=chance,
            within=0.1,
            because="by chance it is 3 / (m + 2); 0.1 is a sixth of the way from there to 1",
        )
    for point in range(3):
        measure(
            f"ReLU less linear, density {DENSITIES[point]}: share of weights that are negligible",
            negligible_share(relu.W[point])
            - means_of_groups(negligible_share(linear.W[point]), relu.experiment.seeds),
            paper=None,
            at_least=0.1,
            because="aligned features keep off most neurons: a tenth of all weights is one weight in two "
            "features more than without a basis",
        )
    draw(
        figures.privileged.linear_and_relu_weights,
        "privileged/linear_and_relu",
        linear.W[:, 0],
        torch.stack([of_lowest_loss(relu, point) for point in range(3)]),
        [f"$1-S = {p}$" for p in DENSITIES[:3]],
    )


@claim(
    "PRIV-2",
    "From dense to sparse, neurons go from all monosemantic through mixed to all polysemantic.",
    source=SOURCE,
    reading="At the six densities of the paper's figure. A neuron stores a feature from a weight of 0.25 on. "
    "The paper's text gives no number of neurons between the two ends.",
)
def test_neurons_go_from_monosemantic_to_polysemantic(trained, measure, draw):
    sweeps = [trained(factory) for factory in SWEEPS]
    single = torch.cat([neurons.monosemantic_share(sweep.W) for sweep in sweeps])
    measure("share of monosemantic neurons, density 1", single[0], paper=1, at_least=0.9, because=ALL)
    measure(
        f"share of monosemantic neurons, density {DENSITIES[1]}",
        single[1],
        paper=None,
        between=(0.2, 0.8),
        because="mixed: at least one neuron in five of either kind",
    )
    measure(
        f"share of polysemantic neurons, density {DENSITIES[-1]}",
        neurons.polysemantic_share(sweeps[-1].W[-1]),
        paper=1,
        at_least=0.9,
        because=ALL,
    )
    for point in range(1, len(DENSITIES)):
        measure(
            f"share of monosemantic neurons, density {DENSITIES[point]} less density {DENSITIES[point - 1]}",
            single[point] - single[point - 1],
            paper=None,
            at_most=0.1,
            because="from all to none: no step to a sparser density makes half a neuron of the five "
            "monosemantic again",
        )
    draw(
        figures.privileged.monosemantic_to_polysemantic,
        "privileged/monosemantic_to_polysemantic",
        torch.stack([of_lowest_loss(sweep, point) for sweep, point, _ in places(sweeps)]),
        paper.PRIVILEGED_DENSITIES,
    )


@note(
    "PRIV-2",
    "Neurons go from monosemantic to polysemantic whatever weight counts as stored.",
    source=SOURCE,
    reading="Half and twice of the weight of 0.25.",
)
def test_neurons_go_from_monosemantic_to_polysemantic_by_other_weights(trained, measure):
    for weight in (0.125, 0.5):
        for sweep, point, density in places(map(trained, SWEEPS)):
            measure(
                f"share of monosemantic neurons, density {density:g}, if a weight of {weight:g} counts",
                neurons.monosemantic_share(sweep.W[point], weight),
            )


@claim(
    "PRIV-2",
    "Typical solutions are often similar to the one of lowest loss.",
    source=SOURCE,
    reading="A run is similar to the best if it has as many monosemantic neurons, up to one of the five.",
)
def test_typical_solutions_are_similar_to_the_best(trained, measure):
    sweeps = [trained(factory) for factory in SWEEPS]
    similar = torch.cat([neurons.runs_like_the_best(sweep) for sweep in sweeps])
    measure(
        "share of runs that are similar to the best of their group, mean over the six densities",
        similar.mean(0),
        paper=None,
        at_least=0.5,
        because="often: in half of the runs or more",
    )
    measure(
        f"share of runs at density {DENSITIES[-1]} that are similar to the best at density 1",
        neurons.runs_like(sweeps[0].W[0], sweeps[-1].trial_parameters["W"][-1]),
        paper=0,
        at_most=0.5,
        because="a control: being similar must tell the ends of the sweep apart, or it would say nothing. "
        "Less than half of the runs is not often",
    )


@note("PRIV-2", "Typical solutions are similar to the best at each density.", source=SOURCE)
def test_typical_solutions_are_similar_to_the_best_at_each_density(trained, measure):
    similar = torch.cat([neurons.runs_like_the_best(trained(factory)) for factory in SWEEPS])
    for point, density in enumerate(DENSITIES):
        measure(
            f"share of runs that are similar to the best of their group, density {density}", similar[point]
        )


@claim(
    "PRIV-3",
    "Monosemantic and polysemantic neurons coexist in one model at intermediate sparsity.",
    source=SOURCE,
)
def test_both_kinds_of_neurons_coexist_in_one_model(trained, measure):
    sweep = trained(paper.privileged_basis)
    single, several = neurons.monosemantic(sweep.W[1]), neurons.polysemantic(sweep.W[1])
    for kind, found in (("monosemantic", single), ("polysemantic", several)):
        measure(
            f"{kind} neurons in a best model, density {DENSITIES[1]}",
            found.double().sum(-1),
            paper=3 if kind == "monosemantic" else 2,
            between=(1, 4),
            because="the paper's model has three and two; both kinds are there if each has one of the five",
        )
    measure(
        f"share of all runs with neurons of both kinds, density {DENSITIES[1]}",
        neurons.has_both_kinds(sweep.trial_parameters["W"][1]).double().mean(-1),
        paper=None,
        at_least=0.5,
        because="most single runs too, not a few of the best alone",
    )


@claim(
    "PRIV-4",
    "Polysemanticity grows gradually with sparsity: neurons store a few features first, then more.",
    source=SOURCE,
)
def test_polysemanticity_grows_gradually(trained, measure):
    sweeps = [trained(factory) for factory in SWEEPS]
    mean = torch.cat([neurons.mean_features_per_neuron(sweep) for sweep in sweeps])
    count = neurons.features_per_neuron(sweeps[0].W[1]).double()
    for point in range(1, len(DENSITIES)):
        measure(
            f"features per neuron, density {DENSITIES[point]} less density {DENSITIES[point - 1]}",
            mean[point] - mean[point - 1],
            paper=None,
            at_least=0,
            because="gradually more: no step to a sparser density makes them fewer",
        )
    measure(
        f"features per neuron, density {DENSITIES[-1]} less density 1",
        mean[-1] - mean[0],
        paper=None,
        at_least=1,
        because="it grows: from neurons of one feature to neurons of two or more",
    )
    measure(
        f"features per polysemantic neuron at density {DENSITIES[1]}",
        mean_where(count, count > 1),
        paper=3,
        between=(2, 4),
        because="a few features at first: two to four of the ten",
    )
    measure(
        "largest step of features per neuron along the six densities, as a share of the whole rise",
        mean.diff(dim=0).amax(0) / (mean[-1] - mean[0]).clamp(min=1e-9),
        paper=None,
        at_most=0.6,
        because="gradual: five equal steps are a fifth each, a single jump is 1; 0.6 is half way",
    )
