"""Demonstrating superposition: which features share a dimension first, and in which geometry."""

import numpy as np
import torch

import figures.demonstrating
from claims.harness import claim, note
from tms import paper
from tms.analysis import geometry
from tms.analysis.superposition import dedicated, onset, ordered_share, paired, superposed

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
    first, represented = onset(shared), geometry.represented(sweep.W)
    ever = represented.any(0) & (first < len(shared))
    others = torch.where(ever, first, -1)[:, 1 : sweep.experiment.n_hidden]
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
        paired(sweep.W),
        sweep.experiment.n_hidden,
    )


@note(
    "DEMO-5",
    "How often no other of the top m features enters superposition later than the most important.",
    source=SOURCE,
)
def test_how_often_the_most_important_feature_is_last(trained, measure):
    first = onset(superposed(trained(paper.basic_results).W))
    others = torch.where(first < len(paper.BASIC_DENSITIES), first, -1)
    latest = others[:, 1 : paper.basic_results("paper").n_hidden].amax(-1)
    measure("seeds in which none enters later, as far as the densities tell", first[:, 0] >= latest)


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
