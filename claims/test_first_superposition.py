"""Demonstrating superposition: which features share a dimension first, and in which geometry."""

import numpy as np

import figures.demonstrating
from claims.harness import claim, note
from tms import paper
from tms.analysis import geometry
from tms.analysis.superposition import (
    dedicated,
    no_later_than_first,
    onset,
    order_of_entry,
    ordered_share,
    paired,
    superposed,
)

SOURCE = "demonstrating-basic-results"


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
    first = onset(shared)[:, : sweep.experiment.n_hidden]
    measure(
        "rank correlation of the importance of the top m with the density of their first superposition",
        order_of_entry(first),
        paper=1,
        at_least=0.5,
        because="the less important enter first: half way at least from no order, 0, to a perfect one; "
        "features that enter together are no order",
    )
    measure(
        "others of the top m that are superposed no later than the most important",
        no_later_than_first(first),
        paper=1,
        at_least=0.75,
        because="the most important is last: no more than one of the four others is later",
    )
    draw(
        figures.demonstrating.superposition_onset,
        "demonstrating/superposition_onset",
        np.array(paper.BASIC_DENSITIES),
        geometry.represented(sweep.W),
        shared,
        paired(sweep.W),
        sweep.experiment.n_hidden,
    )


@note(
    "DEMO-5",
    "How often no other of the top m features enters superposition later than the most important.",
    source=SOURCE,
)
def test_how_often_the_most_important_feature_is_last(trained, measure):
    sweep = trained(paper.basic_results)
    first = onset(superposed(sweep.W))[:, : sweep.experiment.n_hidden]
    measure("seeds in which none enters later, as far as the densities tell", no_later_than_first(first) == 1)
    measure(
        "steps of the sweep by which the most important is later than the others on average",
        (first[:, 0] - first[:, 1:].double().mean(-1)),
    )


@claim(
    "DEMO-6",
    "The first superposition is antipodal pairs; other geometries come later.",
    source=SOURCE,
)
def test_the_first_superposition_is_antipodal_pairs(trained, measure):
    sweep = trained(paper.basic_results)
    shared = superposed(sweep.W)
    antipodal = paired(sweep.W)
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
