"""Mathematical understanding: interference that compounds, and which inputs the loss comes from."""

import numpy as np

import figures.mathematics
from claims.harness import claim, identity
from tms import paper
from tms.analysis.compounding import (
    alone_among_interfering,
    best_biases,
    sampled_terms_by_number_active,
    with_random_directions,
)
from tms.analysis.exact_losses import over_linear_minimum
from tms.analysis.loss_terms import random_models, terms_by_number_active
from tms.analysis.sweeps import point_at

SOURCE = "demonstrating-math"
PAIRED = 0.1
"""The density of the paper's figure at which all features in superposition are in pairs."""
FEW = 0.84
"""Share of the interference that comes from one active feature alone if few others interfere."""
FEW_NEIGHBOURS = "few is at most the four neighbours in a pentagon, which make 0.85 at this density"
COUNTERPART = "the same norms in random directions, with the best biases for them"


@identity
@claim("MATH-5", "As sparsity grows, inputs with no or one active feature dominate the loss.", source=SOURCE)
def test_the_loss_of_sparse_inputs_is_that_of_none_or_one_active_feature(measure):
    W, b, importance, _ = random_models(200, n=3, m=2)
    share = {}
    for density in (0.5, 0.001):
        terms = terms_by_number_active(W, b, importance, np.full(200, density))
        share[density] = terms[:, :2].sum(-1) / terms.sum(-1)
    measure.exact(
        "least share of L_0 and L_1 in the loss of 200 random models, at density 0.001",
        share[0.001].min(),
        paper=1,
        at_least=0.95,
        because="two of three features are active in 1 of 1000 inputs with any; their loss may be some times "
        "as large",
    )
    measure.exact(
        "largest share of the same at density 0.5",
        share[0.5].max(),
        paper=None,
        at_most=0.9,
        because="the share grows with sparsity: on half-dense inputs it must be visibly lower",
    )


@claim(
    "MATH-5",
    "Features in superposition interfere with few others, so that interference seldom compounds.",
    source=SOURCE,
    reading="Seldom: when others interfere with a feature, it is one of them alone that is active.",
)
def test_interference_seldom_compounds(trained, measure, draw):
    sweep = trained(paper.basic_results)
    point = point_at(sweep, "density", PAIRED)
    measure(
        "loss over the lowest one without superposition, of a linear model, at density 0.1",
        over_linear_minimum(sweep)[point],
        paper=None,
        at_most=1,
        because="features are in superposition if the model does better for it",
    )
    models = sweep.W[point].double().numpy()
    scattered = [with_random_directions(W, seed) for seed, W in enumerate(models)]
    alone = np.nan_to_num([alone_among_interfering(W, PAIRED) for W in models])
    by_chance = np.nan_to_num([alone_among_interfering(W, PAIRED) for W in scattered])
    measure(
        "share of the interference that comes from one active feature alone, at density 0.1",
        alone,
        paper=None,
        at_least=FEW,
        because=FEW_NEIGHBOURS,
    )
    measure(
        f"this share less that of {COUNTERPART.partition(',')[0]}",
        alone - by_chance,
        paper=None,
        at_least=0.1,
        because="the arrangement, and not the number of features, makes compounding rare: by a tenth of the "
        "inputs",
    )
    importance = sweep.experiment.importance[point]
    drawn = [
        sampled_terms_by_number_active(W, b, importance=importance, density=PAIRED, seed=0)
        for W, b in (
            (models[0], sweep.b[point, 0].double().numpy()),
            (scattered[0], best_biases(scattered[0], density=PAIRED, seed=0)),
        )
    ]
    draw(
        figures.mathematics.terms_by_arrangement,
        "mathematics/terms_by_arrangement",
        np.array(drawn) / (importance.sum() * PAIRED / 3),
        ["trained: antipodal pairs", "the same norms in random directions"],
    )


@claim(
    "MATH-5",
    "A sparse interference graph makes the loss of inputs with one active feature more important.",
    source=SOURCE,
    contradicted="Where all superposition is antipodal pairs, the graph is as sparse as it can be. With one "
    "active feature a pair then loses nothing, since negative interference is free, and L_1 is only the loss "
    "of features that are not represented. In random directions L_1 has a larger share.",
)
def test_a_sparse_interference_graph_makes_one_active_feature_more_important(trained, measure):
    sweep = trained(paper.basic_results)
    point = point_at(sweep, "density", PAIRED)
    measure(
        "share of the interference that comes from one active feature alone, at density 0.1",
        np.nan_to_num([alone_among_interfering(W, PAIRED) for W in sweep.W[point].double().numpy()]),
        paper=None,
        at_least=FEW,
        because=f"the graph is sparse: {FEW_NEIGHBOURS}",
    )
    importance = sweep.experiment.importance[point]
    difference = []
    for seed, (W, b) in enumerate(zip(sweep.W[point].double().numpy(), sweep.b[point].numpy(), strict=True)):
        scattered = with_random_directions(W, seed)
        own, other = (
            sampled_terms_by_number_active(*model, importance=importance, density=PAIRED, seed=seed)
            for model in (
                (W, b.astype(np.float64)),
                (scattered, best_biases(scattered, density=PAIRED, seed=seed)),
            )
        )
        difference.append(own[1] / own.sum() - other[1] / other.sum())
    measure(
        f"share of L_1 in the loss, less that of {COUNTERPART}, at density 0.1",
        difference,
        paper=None,
        at_least=0.0,
        because="more important relative to the other terms: a larger share of the loss",
    )
