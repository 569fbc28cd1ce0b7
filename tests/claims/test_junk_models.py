"""Claims end in a verdict on models that lack what they measure, and say what could not be measured."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from claims import (
    test_adversarial_training,
    test_collapsing,
    test_grouping,
    test_interference_and_bias,
    test_nonuniform,
    test_polytopes,
    test_privileged,
    test_rescaled,
    test_uniform,
)
from claims.harness.falsification.controls.junk import constant, filled, initial, normal, one_hot
from claims.harness.judging.outcomes import Verdict
from claims.harness.judging.unmeasured import REST
from tests.helpers.junk_models import JunkModels, judged


def one_feature(generator: np.random.Generator, shape: tuple[int, ...]) -> Tensor:
    """Give the first feature a dimension of its own, with a weight near 1, and all others nothing."""
    weights = torch.zeros(shape)
    if len(shape) == 3:
        weights[:, 0, 0] = 1 + 0.01 * torch.from_numpy(generator.standard_normal(shape[0], np.float32))
    return weights


KINDS = {
    "zeros": filled(constant(0.0)),
    "ones": filled(constant(1.0)),
    "tiny": filled(normal(1e-30)),
    "huge": filled(normal(1e15)),
    "one feature": filled(one_feature),
    "one hot": filled(one_hot),
    "untrained": initial,
}
CLAIMS = (
    test_adversarial_training.test_eliminating_superposition_takes_large_attacks,
    test_adversarial_training.test_eliminating_superposition_takes_80_percent_for_some_number_of_active_features,
    test_collapsing.test_correlated_pairs_collapse_one_after_another,
    test_collapsing.test_single_runs_collapse_one_pair_after_another,
    test_uniform.test_directions_are_arbitrary_where_features_are_dense,
    test_grouping.test_correlated_features_are_not_grouped,
    test_grouping.test_models_group_the_same_features,
    test_interference_and_bias.test_ignored_features_have_their_mean_as_bias,
    test_interference_and_bias.test_interference_is_mostly_negative,
    test_interference_and_bias.test_positively_disturbed_features_have_a_negative_bias,
    test_interference_and_bias.test_features_in_antipodal_pairs_have_no_positive_bias,
    test_rescaled.test_larger_models_show_a_rescaled_picture,
    test_nonuniform.test_equal_features_form_a_regular_pentagon,
    test_nonuniform.test_pentagon_gives_way_to_the_denser_feature,
    test_nonuniform.test_loss_curves_of_the_geometries_cross,
    test_nonuniform.test_pentagon_norms_compensate_the_bias_as_written,
    test_nonuniform.test_pentagon_norms_compensate_the_bias_in_another_reading,
    test_nonuniform.test_other_signs_and_squares_of_the_compensating_norm,
    test_polytopes.test_components_are_known_polytopes,
    test_privileged.test_relu_hidden_layer_aligns_features_with_neurons,
    test_uniform.test_dimensions_per_feature_stick_at_one,
    test_uniform.test_dimensions_per_feature_stick_at_one_half,
)


@cache
def models(kind: str) -> JunkModels:
    return JunkModels(KINDS[kind])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # 0/0 is how a measurement says that nothing is there
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: str(claim.__name__))
@pytest.mark.parametrize("kind", KINDS)
def test_claim_has_a_verdict_on_junk(claim: Callable[..., Any], kind: str) -> None:
    verdict, measure = judged(claim, models(kind))
    assert verdict is not Verdict.NOT_RUN
    assert measure.quantities or measure.unmeasured
    assert (verdict is Verdict.FAILED) <= bool(measure.unmeasured)
    assert all(str(each).count("\n") == 0 and str(each).endswith(".") for each in measure.unmeasured)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("claim", "verdict", "name", "why"),
    [
        (
            test_uniform.test_dimensions_per_feature_stick_at_one,
            "contradicted",
            "D* of dense features, 1/(1-S) from 1 to 1.4, the mean",
            "the value is inf in 3 of 3 seeds",
        ),
        (
            test_privileged.test_relu_hidden_layer_aligns_features_with_neurons,
            "contradicted",
            "ReLU, dense: alignment of represented features",
            "the value is nan in 3 of 3 seeds",
        ),
        (
            test_collapsing.test_single_runs_collapse_one_pair_after_another,
            "contradicted",
            "density at which pair 1 has collapsed in single runs",
            "the value is nan in 3 of 3 seeds",
        ),
        (
            test_adversarial_training.test_eliminating_superposition_takes_large_attacks,
            "contradicted",
            "attack that eliminates superposition, n=20, m=4",
            "the value is nan in 3 of 3 seeds",
        ),
        (
            test_interference_and_bias.test_features_in_antipodal_pairs_have_no_positive_bias,
            "failed",
            "mean bias of features in antipodal pairs, at density 0.3",
            "the value is nan in 4 of 4 seeds",
        ),
        (
            test_nonuniform.test_sparse_feature_makes_the_pentagon_snap_to_two_digons,
            "contradicted",
            "critical relative density",
            "the value is nan in 3 of 3 seeds",
        ),
        (
            test_nonuniform.test_pentagon_gives_way_to_the_denser_feature,
            "contradicted",
            REST,
            "a cubic curve needs more than four densities at which all seeds have a pentagon",
        ),
        (
            test_nonuniform.test_loss_curves_of_the_geometries_cross,
            "contradicted",
            REST,
            "two digons give way to a pentagon in too few seeds",
        ),
        (
            test_nonuniform.test_pentagon_norms_compensate_the_bias_as_written,
            "failed",
            REST,
            "there is no point at which all seeds have a pentagon",
        ),
    ],
)
def test_claim_says_what_models_of_zeros_lack(
    claim: Callable[..., Any], verdict: str, name: str, why: str
) -> None:
    """A statement that is documented as contradicted fails, and is not contradicted by models of zeros."""
    found, measure = judged(claim, models("zeros"))
    assert found == verdict
    assert (name, why) in [(each.name, each.why) for each in measure.unmeasured]
