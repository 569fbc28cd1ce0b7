"""Demonstrating superposition: larger models show a rescaled picture."""

import numpy as np

import figures.demonstrating
from claims.harness import claim, note
from tms import paper
from tms.analysis.means import means_of_groups
from tms.analysis.superposition import represented_per_dimension

SOURCE = "demonstrating-basic-results"


@claim(
    "DEMO-7",
    "With 80 features in 20 dimensions the picture is the same, rescaled.",
    source=SOURCE,
    reading="Rescaled is read as: features represented per dimension agree, over the figure's densities.",
)
def test_larger_models_show_a_rescaled_picture(trained, measure, draw):
    small, large = trained(paper.basic_results), trained(paper.basic_results_large)
    small_count, large_count = represented_per_dimension(small.W), represented_per_dimension(large.W)
    ratio = large_count / means_of_groups(small_count, large_count.shape[-1])
    measure(
        "|log ratio| of features per dimension, mean over the densities of the figure",
        ratio.log().abs().mean(0),
        paper=0,
        at_most=0.25,
        because="importance falls 18% faster per dimension in the large model (20 ln 0.9 against 5 ln "
        "0.7), and one feature more or less in the small one is 7 to 20%",
    )
    measure(
        "features represented per dimension in the large model, on dense features",
        large_count[0],
        paper=1,
        within=0.05,
        because="the same picture begins as the linear model's: one of 20 features more or less",
    )
    measure(
        "features represented per dimension in the large model, sparsest less dense",
        large_count[-1] - large_count[0],
        paper=None,
        at_least=1,
        because="the same picture ends with a pair or more in each dimension",
    )
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
        small_count,
        large_count,
    )


@note("DEMO-7", "How far the picture is the same at each density.", source=SOURCE)
def test_how_far_the_picture_is_rescaled_at_each_density(trained, measure):
    large = represented_per_dimension(trained(paper.basic_results_large).W)
    small = means_of_groups(represented_per_dimension(trained(paper.basic_results).W), large.shape[-1])
    for point, density in enumerate(paper.BASIC_DENSITIES):
        measure(
            f"features per dimension in the large model over those in the small one, at density {density:g}",
            large[point] / small[point],
        )
