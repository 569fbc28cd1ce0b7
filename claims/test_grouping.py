"""Correlations decide which features are grouped in superposition."""

import figures.grouping
from claims.harness import claim
from tms import paper
from tms.analysis.grouping import common_over_chance, how_often, within_sets, within_sets_by_chance
from tms.analysis.sets import set_numbers

SOURCE = "geometry-correlated"
HALF = "strongly influenced: less than half of what random groups have"


@claim(
    "CORR-8",
    "Which features are grouped in superposition is not random: correlated ones are not grouped.",
    source=SOURCE,
)
def test_correlated_features_are_not_grouped(trained, measure, draw):
    for name, factory in {
        "two pairs": paper.correlated_pairs,
        "two sets of ten": paper.local_bases,
    }.items():
        sweep = trained(factory)
        W, sets = sweep.trial_parameters["W"][0], sweep.experiment.features.sets
        measure(
            f"{name}: groups of two features of one set, as a share of all groups",
            within_sets(W, sets),
            paper=0,
            at_most=within_sets_by_chance(sweep.experiment.n_features, sets) / 2,
            because=HALF,
        )
        draw(
            figures.grouping.how_often,
            f"correlated/grouping_{name.replace(' ', '_')}",
            how_often(W.flatten(0, 1)),
            set_numbers(sweep.experiment.n_features, sets),
            models=int(W.shape[0] * W.shape[1]),
        )


@claim(
    "CORR-8",
    "Models group the same features more often than by chance.",
    source=SOURCE,
    reading="Of two pairs of correlated features, of which single models make two groups.",
)
def test_models_group_the_same_features(trained, measure):
    sweep = trained(paper.correlated_pairs)
    measure(
        "groups that two models have in common, over chance",
        common_over_chance(sweep.trial_parameters["W"][0]),
        paper=1.5,
        within=0.25,
        because="random groups have 1. If partners are never grouped, two ways to group are left instead of "
        "three. The two are alike, so that independent models share one half of the time, which makes 1.5; "
        "half way from 1 is 1.25. More than that above 1.5 would be copies of one model, which have 3",
    )
