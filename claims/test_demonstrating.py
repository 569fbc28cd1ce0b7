"""Demonstrating superposition: linear and ReLU output models from dense to sparse."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

import figures.demonstrating
from claims.harness import Measure, claim
from tms import paper
from tms.analysis import geometry
from tms.analysis.geometry import ANTIPODAL, gram_deviation
from tms.analysis.means import means_of_groups
from tms.analysis.superposition import dedicated, onset, ordered_share, superposed
from tms.training import Trained

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
        "seeds that represent exactly m features at every density",
        (geometry.represented(W).sum(-1) == m).all(0),
        paper=1,
        at_least=1 / 3,
        because="exactly means all seeds: three others among ten put the interval below this",
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
    relu, linear = trained(paper.basic_results), trained(paper.basic_results_linear)
    m = relu.experiment.n_hidden
    mean = geometry.gram(linear.W[0]).mean(0)
    measure(
        "distance of the Gram matrices",
        gram_deviation(relu.W[0], mean, m),
        paper=0,
        at_most=0.05,
        because="5% of the Gram matrix's own norm",
    )
    bias = (relu.b[0].double() - linear.b[0].double().mean(0)).abs().amax(-1)
    measure(
        "largest difference of a bias",
        bias,
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
    m, count = sweep.experiment.n_hidden, geometry.represented(sweep.W).sum(-1).double()
    measure(
        "features represented at the sparsest density, per dimension",
        count[-1] / m,
        paper=None,
        at_least=2,
        because="more than m: the least that superposition of every dimension can mean is a pair in each",
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


@claim(
    "DEMO-5",
    "Superposition begins with the less important of the represented features; the most important is last.",
    source=SOURCE,
)
def test_superposition_begins_with_the_less_important(trained, measure, draw):
    sweep = trained(paper.basic_results)
    shared, own = superposed(sweep.W), dedicated(sweep.W)
    measure(
        "superposed features that are less important than dedicated ones",
        [ordered_share(shared[:, seed], own[:, seed]) for seed in range(shared.shape[1])],
        paper=1,
        at_least=0.9,
        because="the share of (superposed, dedicated) pairs in this order, over the densities at which there "
        "are both; without a rule it is 0.5",
    )
    first, represented = onset(shared), geometry.represented(sweep.W)
    ever = represented.any(0) & (first < len(shared))
    others = torch.where(ever, first, -1)[:, 1 : sweep.experiment.n_hidden]
    measure(
        "seeds in which none of the top m features enters superposition later than the most important",
        first[:, 0] >= others.amax(-1),
        paper=1,
        at_least=0.5,
        because="last, as far as the sweep's densities can tell features apart: in all seeds; with "
        "six of 24 that differ the interval would reach below this",
    )
    entered = others >= 0
    measure(
        "steps of the sweep by which the most important is later than the others of the top m on average",
        first[:, 0] - (others * entered).sum(-1) / entered.sum(-1),
        paper=None,
        at_least=0.5,
        because="later, and not only no earlier: by half a step or more",
    )
    draw(
        figures.demonstrating.superposition_onset,
        "demonstrating/superposition_onset",
        np.array(paper.BASIC_DENSITIES),
        represented,
        shared,
        (geometry.antipode(sweep.W) < ANTIPODAL) & shared,
        sweep.experiment.n_hidden,
    )


@claim(
    "DEMO-6",
    "The first superposition is antipodal pairs; other geometries come later.",
    source=SOURCE,
)
def test_the_first_superposition_is_antipodal_pairs(trained, measure):
    sweep = trained(paper.basic_results)
    shared = superposed(sweep.W)
    antipodal = (geometry.antipode(sweep.W) < ANTIPODAL) & shared
    share = antipodal.sum(-1) / shared.sum(-1).clamp(min=1)
    at = {point: paper.BASIC_DENSITIES[point] for point in (1, 2, 5, 6)}
    for point in (1, 2):
        measure(
            f"superposed features with an antipode, at density {at[point]:g}",
            share[point],
            paper=1,
            at_least=0.8,
            because="pairs are the rule: no more than one feature in five is in anything else",
        )
    for point in (5, 6):
        measure(
            f"superposed features with an antipode, at density {at[point]:g}",
            share[point],
            paper=None,
            at_most=0.5,
            because="other geometries come later: they hold at least half of the features in superposition",
        )


@claim(
    "DEMO-7",
    "With 80 features in 20 dimensions the picture is the same, rescaled.",
    source=SOURCE,
    reading="Rescaled is read as: features represented per dimension agree, at every density down to 0.003.",
)
def test_larger_models_show_a_rescaled_picture(trained, measure, draw):
    small, large = trained(paper.basic_results), trained(paper.basic_results_large)
    measure_rescaling(measure, small, large, [p for p in paper.BASIC_DENSITIES if p > 0.001])
    draw(
        figures.demonstrating.sparsity_row,
        "demonstrating/sparsity_row_80x20",
        large.W[:, 0],
        large.b[:, 0],
        [f"$1-S={p:g}$" for p in paper.BASIC_DENSITIES],
    )
    draw(
        figures.demonstrating.features_per_dimension,
        "demonstrating/features_per_dimension",
        np.array(paper.BASIC_DENSITIES),
        represented_per_dimension(small),
        represented_per_dimension(large),
    )


@claim(
    "DEMO-7",
    "With 80 features in 20 dimensions the picture is the same, rescaled, at density 0.001, too.",
    source=SOURCE,
    contradicted="At density 0.001 the larger model packs about a third more features into a dimension: "
    "the smaller one runs out of features that matter.",
)
def test_larger_models_show_a_rescaled_picture_when_sparsest(trained, measure):
    sweeps = trained(paper.basic_results), trained(paper.basic_results_large)
    measure_rescaling(measure, *sweeps, (0.001,))


def represented_per_dimension(sweep: Trained) -> Tensor:
    """Represented features for each hidden dimension, shape (point, seed)."""
    return geometry.represented(sweep.W).sum(-1) / sweep.experiment.n_hidden


def measure_rescaling(measure: Measure, small: Trained, large: Trained, densities: Iterable[float]) -> None:
    """Measure how far two sizes differ in features per dimension, density by density."""
    per_dimension = represented_per_dimension(large)
    ratio = per_dimension / means_of_groups(represented_per_dimension(small), per_dimension.shape[-1])
    for density in densities:
        measure(
            f"|log ratio| of features per dimension, at density {density:g}",
            ratio[paper.BASIC_DENSITIES.index(density)].log().abs(),
            paper=0,
            at_most=0.25,
            because="importance falls 18% faster per dimension in the large model (20 ln 0.9 against 5 ln "
            "0.7), and one feature more or less in the small one is 7 to 20%",
        )
