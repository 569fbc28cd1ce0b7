"""Mathematical understanding: what the loss is made of, exactly."""

import numpy as np

import figures.mathematics
from claims.harness import claim, identity
from tms import paper, theory
from tms.analysis import geometry
from tms.analysis.loss_terms import (
    descend_linear,
    integrated_loss_given_one_active,
    loss_of_zero_input,
    random_models,
    random_obtuse_triples,
    terms_by_number_active,
    two_features_sharing_a_dimension,
)
from tms.analysis.sweeps import point_at

SOURCE = "demonstrating-math"
ROUNDING = "exact but for the rounding of float64, which is 1e-16 an operation"


@identity
@claim(
    "MATH-1",
    "The loss is a sum over the number k of active features: L = sum_k (k active) L_k, for any W and b.",
    source=SOURCE,
)
def test_loss_decomposes_by_the_number_of_active_features(trained, measure, draw):
    W, b, importance, density = random_models(200, n=3, m=2)
    terms = terms_by_number_active(W, b, importance, density)
    total = theory.expected_loss(W, b, density=density[:, None], importance=importance)
    measure.exact(
        "largest relative difference from the loss, over 200 random models",
        np.abs(terms.sum(-1) / total - 1).max(),
        paper=0,
        at_most=1e-9,
        because=ROUNDING,
    )
    sweep = trained(paper.three_in_two)
    density = sweep.experiment.coordinates["density"]
    dense = density > 0.2
    first = (dense, 0, 0)
    exact = terms_by_number_active(
        sweep.trial_parameters["W"][first].double().numpy(),
        sweep.trial_parameters["b"][first].double().numpy(),
        sweep.experiment.importance[dense],
        density[dense],
    ).sum(-1)
    measure(
        "loss of trained models on held-out inputs over the sum of their terms, a model a cell",
        sweep.trial_loss[first].numpy() / exact,
        paper=1,
        within=0.02,
        because="the same but for sampling: 65536 inputs leave up to 2% in a cell, and cells are many",
    )
    p = np.geomspace(0.001, 1, 60)
    pair = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    every = [terms_by_number_active(pair, np.zeros(3), np.ones(3), density) for density in p]
    draw(figures.mathematics.loss_decomposition, "mathematics/loss_decomposition", p, np.array(every))


@claim(
    "MATH-2",
    "L_0 = sum_i I_i ReLU(b_i)^2, and L_1 is the integral of feature benefit and interference.",
    source=SOURCE,
)
def test_loss_of_none_and_of_one_active_feature(measure, draw):
    W, b, importance, _ = random_models(20, n=5, m=2)
    formula = theory.loss_given_none_active(b, importance=importance)
    measure.exact(
        "largest difference of L_0 from the model's loss on an input of zeros, over 20 random models",
        np.abs(formula - loss_of_zero_input(W, b, importance)).max(),
        paper=0,
        at_most=1e-12,
        because=ROUNDING,
        resolution=1e-14,  # one library's rounding is not another's
    )
    closed = theory.loss_given_one_active(W, b, importance=importance)
    integrated = np.array(
        [integrated_loss_given_one_active(*model) for model in zip(W, b, importance, strict=True)]
    )
    measure.exact(
        "largest relative difference of L_1 from numerical integration, over 20 random models",
        np.abs(closed.loss / integrated - 1).max(),
        paper=0,
        at_most=1e-7,
        because="the integration's own error, at kinks, is 1e-8",
    )
    bias = np.array([0.0, -0.1, -0.25])
    norm, cosine = np.linspace(0, 1.5, 80), np.linspace(-1, 1, 81)
    alone = norm[:, None, None] * np.ones((1, 1, 1))
    angle = np.arccos(cosine)
    two = np.stack([np.stack([np.ones(81), np.zeros(81)], -1), np.stack([cosine, np.sin(angle)], -1)], 1)
    benefit = [theory.loss_given_one_active(alone, np.full(1, c)).feature_benefit[:, 0] for c in bias]
    shared = [2 * theory.loss_given_one_active(two, np.full(2, c)).interference[:, 0, 1] for c in bias]
    draw(
        figures.mathematics.one_sparse_loss,
        "mathematics/one_sparse_loss",
        norm=norm,
        benefit_linear=(1 - norm**2) ** 2 / 3,
        benefit_relu=np.array(benefit),
        cosine=cosine,
        interference_linear=cosine**2 / 3,
        interference_relu=np.array(shared),
        bias=bias,
    )


@claim(
    "MATH-3",
    "For the linear model, representing more features than dimensions is never optimal.",
    source=SOURCE,
)
def test_linear_model_never_gains_by_superposition(trained, measure):
    sweep = trained(paper.basic_results_linear)
    lead = (slice(None), None)
    density, importance = sweep.experiment.features.density[lead], sweep.experiment.importance[lead]
    W, b = sweep.W.double().numpy(), sweep.b.double().numpy()
    loss = theory.linear_expected_loss(W, b, density=density, importance=importance)
    lowest = theory.linear_minimum(
        sweep.experiment.n_hidden, variance=theory.feature_variance(density), importance=importance
    )
    measure(
        "largest excess of a trained loss over the exact minimum, which has no superposition",
        (loss / lowest - 1).max(0),
        paper=0,
        within=0.01,
        because="training reaches the minimum within 1%; nothing is below it",
    )
    measurable = density[:, 0, 0] >= 0.01
    held_out = sweep.loss.double().numpy()[measurable]
    measure(
        "mean held-out loss over that minimum less 1, densities from 0.01 on",
        (held_out / lowest[measurable] - 1).mean(0),
        paper=0,
        within=0.02,
        because="training reaches the minimum within 1%; half a million inputs are 1% off at density 0.01",
    )
    rng = np.random.default_rng(0)
    importance = np.array([1.0, 0.8, 0.6, 0.4])
    floor = float(theory.linear_minimum(2, importance=importance))
    found = [descend_linear(rng.normal(size=(4, 2)), importance) for _ in range(60)]
    measure.exact(
        "most features represented at any of 60 minima found from random starts, n = 4, m = 2",
        max(int((np.linalg.norm(W, axis=-1) > 0.01).sum()) for W, _ in found),
        paper=2,
        at_most=2,
        because="never more than dimensions",
    )
    measure.exact(
        "largest excess of these minima over the exact one",
        max(value / floor - 1 for _, value in found),
        paper=0,
        within=1e-6,
        because="the descent ends at gradients of 1e-8",
    )
    shared = two_features_sharing_a_dimension(reach=1.5, step=0.01, least=0.1)
    gradient = theory.linear_gradient(shared, importance=[1.0, 0.8])
    measure.exact(
        "lowest gradient where two features of importance 1 and 0.8 share one dimension",
        np.linalg.norm(gradient, axis=(-2, -1)).min(),
        paper=None,
        at_least=0.01,
        because="a stationary point has none; the grid, in steps of 0.01, would come near enough to show it",
    )


@claim(
    "MATH-4",
    "With one active feature, negative interference costs nothing in the ReLU output model.",
    source=SOURCE,
)
def test_negative_interference_is_free_with_one_active_feature(trained, measure):
    negative, bias = random_obtuse_triples(400)
    measure.exact(
        f"largest interference in {len(negative)} random models without a positive dot product",
        theory.loss_given_one_active(negative, bias).interference.max(),
        paper=0,
        at_most=0,
        because="exactly nothing",
    )
    measure.exact(
        "lowest interference of the same in the linear model",
        theory.linear_terms(negative).interference.sum((-2, -1)).min(),
        paper=None,
        at_least=0.01,
        because="without the ReLU it costs (W_i . W_j)^2: above 0.01 for some pair of three features",
    )
    sweep = trained(paper.introduction)
    pairs = sweep.at(point_at(sweep, "density", 0.2))
    W, b = pairs.W[0].double().numpy(), pairs.b[0].double().numpy()
    terms = theory.loss_given_one_active(W, np.minimum(b, 0), importance=pairs.experiment.importance)
    free = terms.interference.sum((-2, -1)) / terms.loss
    measure(
        "interference of trained antipodal pairs, as a share of L_1, positive biases set to 0",
        free,
        paper=0,
        at_most=0.01,
        because="antipodal pairs interfere negatively only; a hundredth is the precision of their training",
    )
    strength = geometry.gram(pairs.W[0]).clamp(max=0).sum((-2, -1)).abs()
    measure(
        "negative interference in the same models, sum of |W_i . W_j|",
        strength,
        paper=4,
        at_least=3,
        because="there is much of it to be free: two pairs of unit vectors have 1 for each of 4 entries",
    )
