"""The wider picture: what superposition is worth, in neurons and in activations."""

import figures.larger_models
from claims.harness import claim, note
from tms import paper
from tms.analysis.exact_losses import kept_losses
from tms.analysis.hand_built import saved_for_activation, worth_in_dimensions
from tms.analysis.means import ratio_of_means
from tms.analysis.sweeps import nearest_point, point_at

SOURCE = "strategic-approach-no-super"


@claim(
    "WIDE-5",
    "A model with superposition does as well as a k times larger one without, and k grows with sparsity.",
    source=SOURCE,
    reading="For the models of ADV-1. A model without superposition represents as many features as it has "
    "dimensions, exactly; k is at equal loss.",
)
def test_superposition_is_worth_a_larger_model(trained, measure, draw):
    sweep = trained(paper.vulnerable)
    x = sweep.experiment.coordinates["inverse_density"]
    k = worth_in_dimensions(sweep.experiment, sweep.loss.numpy())
    at, plateau = point_at(sweep, "inverse_density", 10.0), nearest_point(sweep, "inverse_density", 3.2)
    measure(
        "k at density 0.1",
        k[at],
        paper=None,
        at_least=1.5,
        because="significantly larger: by half at least",
    )
    measure(
        "k at density 0.1 over k where features are antipodal pairs, at density 1/3.2",
        k[at] / k[plateau],
        paper=None,
        at_least=1.1,
        because="the sparser the features are, the more can be squeezed in: more by a tenth at least, where "
        "density falls by a factor of three",
    )
    shown = x >= 1.5
    draw(figures.larger_models.worth, "wide/worth", x[shown], k[shown])


@note("WIDE-5", "What superposition is worth for sparser features.", source=SOURCE)
def test_worth_of_superposition_for_sparser_features(trained, measure):
    sweep = trained(paper.vulnerable)
    x = sweep.experiment.coordinates["inverse_density"]
    measure(f"k at density 1/{x[-1]:g}", worth_in_dimensions(sweep.experiment, sweep.loss.numpy())[-1])


@claim(
    "WIDE-6",
    "For each activation, superposition saves less loss than own dimensions do, and as much in the limit.",
    source=SOURCE,
    reading="For an antipodal pair in one dimension. The dimension is active if either feature is; a "
    "dimension of its own is active with its feature.",
)
def test_superposition_saves_less_loss_for_each_activation(trained, measure, draw):
    sweep = trained(paper.pair)
    x = sweep.experiment.coordinates["inverse_density"]
    saved = saved_for_activation(sweep.experiment, kept_losses(sweep))
    measure(
        "loss saved for each activation over that of a dimension of its own, density 0.3",
        saved[0],
        paper=None,
        between=(0.5, 0.99),
        because="not optimal on these terms: less by 1% at least. One feature alone would save about half",
    )
    measure(
        "what is missing from 1 at density 0.01, over what is missing at 0.1",
        ratio_of_means(
            1 - saved[point_at(sweep, "inverse_density", 100.0)],
            1 - saved[point_at(sweep, "inverse_density", 10.0)],
        ),
        paper=0,
        at_most=0.3,
        because="becomes as good asymptotically: what is missing goes to 0 with the density, as fast as "
        "its square root or faster",
    )
    measure(
        "loss saved for each activation over that of a dimension of its own, density 0.01",
        saved[point_at(sweep, "inverse_density", 100.0)],
        paper=1,
        within=0.01,
        because="as good: within 1%",
    )
    draw(figures.larger_models.saved_for_activation, "wide/saved_for_activation", x, saved)
