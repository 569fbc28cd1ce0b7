"""Demonstrating superposition: the sign of interference, and the biases that go with it."""

import pytest
from torch import Tensor

from claims.harness import Measure, claim
from tms import paper
from tms.analysis import geometry
from tms.analysis.means import mean_where
from tms.analysis.superposition import negative_share, superposed
from tms.training import Trained


@claim(
    "DEMO-8",
    "Interference is negative wherever it can be.",
    source="demonstrating-math",
)
def test_interference_is_mostly_negative(trained, measure):
    sweep = trained(paper.basic_results)
    share = negative_share(sweep.W)
    for point, density in list(enumerate(paper.BASIC_DENSITIES))[1:]:
        measure(
            f"negative share of the interference between represented features, at density {density:g}",
            share[point],
            paper=None,
            at_least=0.5,
            because="mostly means more than half; random directions have half",
        )


@claim(
    "DEMO-8",
    "Features that are not represented get a bias near their mean.",
    source="demonstrating-setup-model",
    reading="Read for densities from 1 to 0.1, where the bias of an ignored feature makes a visible loss.",
)
def test_ignored_features_have_their_mean_as_bias(trained, measure):
    sweep = trained(paper.basic_results)
    for point in (0, 1, 2):
        measure_ignored_bias(measure, sweep, point)


@claim(
    "DEMO-8",
    "Features that are not represented get a bias near their mean, at densities of 0.03 and less.",
    source="demonstrating-setup-model",
    contradicted="At densities of 0.03 and less ignored features end with a negative bias, more of them "
    "the sparser they are: their output is off, and the gradient with it; what a bias of p/2 would gain is "
    "only 3p/4 of their loss.",
)
def test_ignored_features_have_their_mean_as_bias_when_sparse(trained, measure):
    sweep = trained(paper.basic_results)
    for point in (3, 4, 5):
        measure_ignored_bias(measure, sweep, point)


@claim(
    "DEMO-8",
    "Biases of superposed features are not positive.",
    source="demonstrating-math",
    reading="Read for the sparse end, where more than two features share a dimension (density up to 0.01).",
)
def test_superposed_features_have_no_positive_bias_when_sparse(trained, measure):
    sweep = trained(paper.basic_results)
    for point in (4, 5, 6):
        measure(
            f"mean bias of superposed features, at density {paper.BASIC_DENSITIES[point]:g}",
            superposed_bias(sweep, point),
            paper=0,
            at_most=0.0,
            because="not positive",
        )


@claim(
    "DEMO-8",
    "Biases of superposed features are not positive, at densities where antipodal pairs form.",
    source="demonstrating-math",
    contradicted="At densities 0.3 and 0.1 antipodal pairs keep a small positive bias, as the exact "
    "optimum for two features in one dimension does: it makes up for what they cancel when both are active. "
    "At 0.03 some models still do.",
)
def test_superposed_features_have_no_positive_bias_when_dense(trained, measure):
    sweep = trained(paper.basic_results)
    for point in (1, 2, 3):
        measure(
            f"mean bias of superposed features, at density {paper.BASIC_DENSITIES[point]:g}",
            superposed_bias(sweep, point),
            paper=0,
            at_most=0.0,
            because="not positive",
        )


def measure_ignored_bias(measure: Measure, sweep: Trained, point: int) -> None:
    """Measure how many of a density's ignored features have a bias near their mean."""
    density = paper.BASIC_DENSITIES[point]
    ignored = ~geometry.represented(sweep.W[point], threshold=0.1)
    near = (sweep.b[point].double() / (density / 2) - 1).abs() <= 0.1
    measure(
        f"share of ignored features whose bias is their mean to a tenth, at density {density:g}",
        mean_of_found(near, ignored),
        paper=1,
        at_least=0.9,
        because="the optimum for a feature with W_i = 0 is its mean p/2; nine in ten of them is nearly all",
    )


def superposed_bias(sweep: Trained, point: int) -> Tensor:
    """Mean bias, for each seed, of a point's superposed features."""
    return mean_of_found(sweep.b[point], superposed(sweep.W[point]))


def mean_of_found(values: Tensor, mask: Tensor) -> Tensor:
    """Mean over the features under a mask; the claim fails if a seed has none."""
    if not mask.any(-1).all():
        pytest.fail("no feature of the kind to be measured was found in some seed")
    return mean_where(values, mask)
