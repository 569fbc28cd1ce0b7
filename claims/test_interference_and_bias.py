"""Demonstrating superposition: the sign of interference, and the biases that go with it."""

import torch
from torch import Tensor

from claims.harness import claim, note
from tms import paper
from tms.analysis import geometry
from tms.analysis.exact_losses import over_linear_minimum
from tms.analysis.means import mean_of_found, mean_where
from tms.analysis.superposition import closed_outputs, negative_share, paired, positively_disturbed
from tms.training import Trained

IGNORED = 0.045
"""Norm up to which a feature counts as left out: a tenth over the root of 5."""


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
    reading="Read for densities at which every model leaves out features: 1 to 0.01. Left out are norms "
    f"below {IGNORED}: in a model of five antipodal pairs, others overlap with a longer feature by up to the "
    "root of 5 times its norm, which shifts the best bias by more than the tenth that is asked for here.",
)
def test_ignored_features_have_their_mean_as_bias(trained, measure):
    sweep = trained(paper.basic_results)
    ignored = ~geometry.represented(sweep.W, threshold=IGNORED)
    near = near_mean(sweep)
    for point in range(5):
        measure(
            "share of ignored features whose bias is their mean to a tenth, at density "
            f"{paper.BASIC_DENSITIES[point]:g}",
            mean_of_found(near[point], ignored[point]),
            paper=1,
            at_least=0.9,
            because="the optimum for a feature with W_i = 0 is its mean p/2; nine in ten is nearly all",
        )


@note(
    "DEMO-8",
    "How many features with a norm below 0.5 have their mean as bias where nearly all leave a trace, and how "
    "many outputs are closed for good.",
    source="demonstrating-setup-model",
)
def test_how_many_weak_features_have_their_mean_as_bias(trained, measure):
    sweep = trained(paper.basic_results)
    weak, near = ~geometry.represented(sweep.W), near_mean(sweep)
    for point in (5, 6):
        measure(
            "share of weak features whose bias is their mean to a tenth, at density "
            f"{paper.BASIC_DENSITIES[point]:g}",
            mean_where(near[point], weak[point]),
        )
        measure(
            f"outputs that are closed even to their own feature, at density {paper.BASIC_DENSITIES[point]:g}",
            closed_outputs(sweep.W[point], sweep.b[point]).sum(-1).double(),
        )


@claim(
    "DEMO-8",
    "Superposed features have a negative bias, which turns small positive interference into negative.",
    source="demonstrating-math",
    reading="Read for features with which others interfere positively, in the models that have some; hardly "
    "any has where features are denser.",
)
def test_positively_disturbed_features_have_a_negative_bias(trained, measure):
    sweep = trained(paper.basic_results)
    disturbed = positively_disturbed(sweep.W)
    loss = over_linear_minimum(sweep)
    for point in (4, 5, 6):
        measure(
            "loss over the lowest one without superposition, of a linear model, at density "
            f"{paper.BASIC_DENSITIES[point]:g}",
            loss[point],
            paper=None,
            at_most=1,
            because="features are superposed if the model does better for it: m features in dimensions of "
            "their own have the loss of a linear model",
        )
        bias = mean_of_found(sweep.b[point], disturbed[point])
        measure(
            f"mean bias of features with positive interference, at density {paper.BASIC_DENSITIES[point]:g}",
            bias[disturbed[point].any(-1)],
            paper=None,
            at_most=-0.05,
            because="interference of 0.1, the least that counts here, needs a bias of -0.1 to become "
            "negative; half of that is more than training leaves by chance",
        )


@claim(
    "DEMO-8",
    "Biases of superposed features are not positive, at densities where all superposition is pairs.",
    source="demonstrating-math",
    contradicted="At densities 0.3 and 0.1 antipodal pairs keep a small positive bias, as the exact "
    "optimum for two features in one dimension does: it makes up for what they cancel when both are active.",
)
def test_features_in_antipodal_pairs_have_no_positive_bias(trained, measure):
    sweep = trained(paper.basic_results)
    in_pairs = paired(sweep.W)
    for point in (1, 2):
        measure(
            f"mean bias of features in antipodal pairs, at density {paper.BASIC_DENSITIES[point]:g}",
            mean_of_found(sweep.b[point], in_pairs[point]),
            paper=0,
            at_most=0.0,
            because="not positive",
        )


def near_mean(sweep: Trained) -> Tensor:
    """Whether each bias is the feature's mean p/2 to a tenth, shape (point, seed, feature)."""
    mean = torch.from_numpy(sweep.experiment.features.density / 2)[:, None]
    return (sweep.b.double() / mean - 1).abs() <= 0.1
