"""Demonstrating superposition: linear and ReLU output models from dense to sparse."""

import torch

import figures.demonstrating
from claims.harness import claim
from tms import paper, theory
from tms.analysis import geometry
from tms.analysis.exact_losses import kept_losses
from tms.analysis.geometry import gram_deviation
from tms.analysis.superposition import represented_per_dimension

SOURCE = "demonstrating-basic-results"


@claim(
    "DEMO-1",
    "The linear model keeps exactly the top m features, orthogonally, and never superposes.",
    source=SOURCE,
)
def test_linear_model_keeps_the_top_features_orthogonally(trained, measure, draw):
    sweep = trained(paper.basic_results_linear)
    W, m = sweep.W, sweep.experiment.n_hidden
    expected = torch.diag((torch.arange(sweep.experiment.n_features) < m).double())
    measure(
        "largest distance of the Gram matrix from the top-m identity",
        gram_deviation(W, expected, m).amax(0),
        paper=0,
        at_most=0.05,
        because="5% of the identity's own norm: 20 times less than one feature in another's place",
    )
    measure(
        "models that represent exactly m features, of all seeds and densities",
        (geometry.represented(W).sum(-1) == m).flatten(),
        paper=1,
        at_least=0.8,
        because="always: of 112 models, a rate of 95% is found inside, and one of 80% is not",
    )
    top = geometry.interference(W)[..., :m].amax((0, -1))
    measure(
        "largest interference with a represented feature",
        top,
        paper=0,
        at_most=0.05,
        because="an antipodal pair has 1; a twentieth of it is none",
    )
    draw(
        figures.demonstrating.single_model,
        "demonstrating/linear_20x5",
        W[0, 0],
        sweep.b[0, 0],
    )


@claim("DEMO-2", "Trained to convergence, the linear solution does not depend on sparsity.", source=SOURCE)
def test_linear_solution_does_not_depend_on_sparsity(trained, measure):
    sweep = trained(paper.basic_results_linear)
    features = sweep.experiment.features
    lowest = theory.linear_minimum(
        sweep.experiment.n_hidden,
        variance=theory.feature_variance(features.density),
        importance=sweep.experiment.importance,
    )
    measure(
        "largest excess of the loss over the lowest possible one, over all densities",
        (kept_losses(sweep) / lowest[:, None] - 1).max(0),
        paper=0,
        at_most=0.01,
        because="trained to convergence: within 1% of the optimum that the theory of linear models gives",
    )
    dense = geometry.gram(sweep.W[:1])
    measure(
        "largest distance of a sparse Gram matrix from the dense one",
        gram_deviation(sweep.W[1:], dense, sweep.experiment.n_hidden).amax(0),
        paper=0,
        at_most=0.05,
        because="5% of the Gram matrix's own norm, over densities from 1 to 0.001",
    )


@claim("DEMO-3", "On dense features the ReLU output model finds the linear model's solution.", source=SOURCE)
def test_relu_output_on_dense_features_equals_linear(trained, measure):
    relu = trained(paper.basic_results)
    m, kept = relu.experiment.n_hidden, torch.arange(relu.experiment.n_features) < relu.experiment.n_hidden
    measure(
        "distance of the Gram matrix from that of the exact linear solution",
        gram_deviation(relu.W[0], torch.diag(kept.double()), m),
        paper=0,
        at_most=0.05,
        because="5% of the Gram matrix's own norm",
    )
    bias = torch.where(kept, 0.0, 0.5)
    measure(
        "largest difference of a bias from the exact linear solution",
        (relu.b[0].double() - bias).abs().amax(-1),
        paper=0,
        at_most=0.05,
        because="a tenth of the 0.5 between the bias of a represented feature and of one that is not",
    )


@claim(
    "DEMO-4",
    "As sparsity grows, more than m features are represented, and their number never falls.",
    source=SOURCE,
)
def test_sparser_features_are_represented_in_larger_numbers(trained, measure, draw):
    sweep = trained(paper.basic_results)
    count = represented_per_dimension(sweep.W)
    measure(
        "features represented at the sparsest density, per dimension",
        count[-1],
        paper=None,
        at_least=2,
        because="more than m: the least that superposition of every dimension can mean is a pair in each",
    )
    measure(
        "the same at the sparsest density, less that on dense features",
        count[-1] - count[0],
        paper=None,
        at_least=1,
        because="they grow in number with sparsity, from one a dimension to a pair or more",
    )
    never_falls = count[None, :] >= count[:, None]
    pairs = torch.triu(torch.ones(len(count), len(count), dtype=torch.bool), diagonal=1)
    measure(
        "pairs of densities of which the sparser represents at least as many",
        never_falls[pairs].double().mean(0),
        paper=1,
        at_least=0.9,
        because="1 is a number that never falls; one neighbouring pair in disorder, as the noise of a whole "
        "number makes where the number no longer grows, is 1 pair in 21",
    )
    linear = trained(paper.basic_results_linear)
    draw(
        figures.demonstrating.sparsity_row,
        "demonstrating/sparsity_row_20x5",
        torch.cat([linear.W[:1, 0], sweep.W[:, 0]]),
        torch.cat([linear.b[:1, 0], sweep.b[:, 0]]),
        ["linear", *(f"$1-S={p:g}$" for p in paper.BASIC_DENSITIES)],
    )
